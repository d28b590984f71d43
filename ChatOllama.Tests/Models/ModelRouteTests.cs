using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Models;

public class ModelRouteTests
{
    [Fact]
    public async Task The_list_carries_every_field_of_the_contract()
    {
        await using var api = await ModelApi.StartAsync();
        var json = await api.Client.GetFromJsonAsync<JsonElement>("/v1/models");
        var models = json.GetProperty("models");
        Assert.Equal(models.GetArrayLength(), json.GetProperty("total").GetInt32());
        Assert.NotEqual(0, models.GetArrayLength());
        foreach (var model in models.EnumerateArray())
        {
            Assert.Superset(new HashSet<string>
            {
                "id", "name", "display_name", "description", "size", "family", "format", "parameters", "quantization", "capabilities", "context_length", "digest",
                "status", "is_default", "is_enabled", "is_loaded", "created_at", "updated_at", "last_used_at",
            }, model.EnumerateObject().Select(p => p.Name).ToHashSet());
            Assert.EndsWith("Z", model.GetProperty("created_at").GetString());
        }
    }

    [Fact]
    public async Task A_model_is_found_by_id_by_name_and_by_its_name_without_latest()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        var id = (await api.ModelAsync("tiny:latest")).Id;
        foreach (var key in new[] { id, "tiny", "tiny:latest", "tiny%3Alatest", "TINY" })
            Assert.Equal(id, (await api.Client.GetFromJsonAsync("/v1/models/" + key, ContractsJson.Default.ModelDetail))!.Model.Id);
    }

    [Fact]
    public async Task Names_with_slashes_and_colons_work_on_every_route_when_encoded_once()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("hf.co/a/b:Q4")));
        const string path = "/v1/models/hf.co%2Fa%2Fb%3AQ4";
        Assert.Equal("hf.co/a/b:Q4", (await api.Client.GetFromJsonAsync(path, ContractsJson.Default.ModelDetail))!.Model.Name);
        Assert.Equal(HttpStatusCode.OK, (await api.PutAsync(path, """{"display_name":"B"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.PutAsync(path + "/config", """{"temperature":0.5}""")).StatusCode);
        Assert.Equal(0.5, (await api.Client.GetFromJsonAsync(path + "/config", ContractsJson.Default.ModelConfigView))!.Temperature);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.PostAsync(path + "/default", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync(path + "/stats?x=/v1/models/other")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync(path)).StatusCode);
        Assert.Equal(ModelStatuses.Removed, (await api.ModelAsync("hf.co/a/b:Q4")).Status);
    }

    [Theory]
    [InlineData("/v1/models/hf.co%2Fa%2Fb%3AQ4", "hf.co/a/b:Q4")]
    [InlineData("/v1/models/hf.co%2fa/config?x=%2F", "hf.co/a")]
    [InlineData("/v1/models/a%252Fb", "a%2Fb")]
    [InlineData("http://host/v1/models/tiny?x", "tiny")]
    [InlineData("/v1/models", null)]
    [InlineData(null, null)]
    public void A_name_is_decoded_exactly_once(string? target, string? name) => Assert.Equal(name, ModelEndpoints.NameIn(target));

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PUT", "")]
    [InlineData("DELETE", "")]
    [InlineData("GET", "/config")]
    [InlineData("PUT", "/config")]
    [InlineData("POST", "/default")]
    [InlineData("GET", "/stats")]
    public async Task An_unknown_model_is_not_found(string method, string suffix)
    {
        await using var api = await ModelApi.StartUnsyncedAsync();
        var problem = await api.ProblemAsync(new HttpMethod(method), "/v1/models/nope" + suffix, ProblemCodes.NotFound, method == "PUT" ? "{}" : null);
        Assert.Contains("nope", problem.Detail);
    }

    [Fact]
    public async Task Detail_holds_model_config_and_stats()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        var detail = await api.Client.GetFromJsonAsync<JsonElement>("/v1/models/tiny");
        Assert.Equal("tiny:latest", detail.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Null, detail.GetProperty("config").GetProperty("temperature").ValueKind);
        Assert.Equal(0, detail.GetProperty("stats").GetProperty("total_messages").GetInt64());
    }

    [Fact]
    public async Task Stats_are_the_totals_kept_on_the_row()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        var id = (await api.ModelAsync("tiny:latest")).Id;
        await api.Services.GetRequiredService<DbWriter>().WriteAsync(context => context.Execute(
            "UPDATE models SET total_messages = 3, total_tokens = 300, speed_tokens = 100, speed_seconds = 2.5, first_token_ms_sum = 90, first_token_count = 3, last_used_at = '2026-11-22 01:02:03' WHERE id = $1", id));
        var stats = await api.Client.GetFromJsonAsync<JsonElement>("/v1/models/tiny/stats");
        Assert.Equal((id, 3, 300, 40.0, 30.0, "2026-11-22T01:02:03Z"), (stats.GetProperty("model_id").GetString(), stats.GetProperty("total_messages").GetInt64(),
            stats.GetProperty("total_tokens").GetInt64(), stats.GetProperty("average_tokens_per_second").GetDouble(), stats.GetProperty("average_first_token_ms").GetDouble(),
            stats.GetProperty("last_used_at").GetString()));
    }

    [Fact]
    public async Task Updates_change_what_was_sent_and_null_takes_it_back()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        using var response = await api.PutAsync("/v1/models/tiny", """{"display_name":"Tiny one","description":"Small."}""");
        var changed = (await response.Content.ReadFromJsonAsync<JsonElement>())!;
        Assert.Equal(("Tiny one", "Small."), (changed.GetProperty("display_name").GetString(), changed.GetProperty("description").GetString()));
        await api.PutAsync("/v1/models/tiny", """{"display_name":null}""");
        var model = await api.ModelAsync("tiny:latest");
        Assert.Equal(("tiny:latest", "Small.", true), (model.DisplayName, model.Description, model.IsEnabled));
    }

    [Theory]
    [InlineData("""{"display_name":" "}""", "display_name")]
    [InlineData("""{"is_enabled":"yes"}""", "is_enabled")]
    [InlineData("""{"display_name":5}""", "display_name")]
    public async Task A_bad_update_names_its_field_and_changes_nothing(string json, string field)
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        var problem = await api.ProblemAsync(HttpMethod.Put, "/v1/models/tiny", ProblemCodes.Validation, json);
        Assert.Equal(field, Assert.Single(problem.Errors!).Key);
        Assert.Equal("tiny:latest", (await api.ModelAsync("tiny:latest")).DisplayName);
    }

    [Fact]
    public async Task Malformed_json_is_a_problem()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        await api.ProblemAsync(HttpMethod.Put, "/v1/models/tiny/config", ProblemCodes.Validation, "{\"temperature\":");
        await api.ProblemAsync(HttpMethod.Put, "/v1/models/tiny/config", ProblemCodes.Validation, "[]");
        await api.ProblemAsync(HttpMethod.Get, "/v1/models?available=perhaps", ProblemCodes.Validation);
    }

    [Fact]
    public async Task Only_available_and_enabled_models_are_listed_as_available()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("on"));
            e.Control.AddModel(EmulatedModel.Talker("off"));
            e.Control.AddModel(EmulatedModel.Talker("gone"));
        });
        await api.PutAsync("/v1/models/off", """{"is_enabled":false}""");
        await api.Client.DeleteAsync("/v1/models/gone");
        var available = await api.ListAsync("?available=true");
        Assert.Contains(available.Models, m => m.Name == "on:latest");
        Assert.DoesNotContain(available.Models, m => m.Name is "off:latest" or "gone:latest");
        Assert.Equal(available.Models.Count, available.Total);
        Assert.Contains((await api.ListAsync()).Models, m => m is { Name: "gone:latest", Status: ModelStatuses.Removed });
    }

    [Fact]
    public async Task A_config_is_changed_field_by_field_and_survives_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-models-");
        await using (var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")), folder))
        {
            using var put = await api.PutAsync("/v1/models/tiny/config",
                """{"temperature":0.3,"top_p":0.8,"top_k":30,"repeat_penalty":1.2,"context_length":8192,"max_tokens":100,"system_prompt":"Be brief.","keep_alive":"10m","think":"low","custom_options":{"min_p":0.1,"stop":["END"]}}""");
            Assert.Equal(HttpStatusCode.OK, put.StatusCode);
            await api.PutAsync("/v1/models/tiny/config", """{"top_k":null,"think":null}""");
        }
        await using (var api = await ModelApi.StartUnsyncedAsync(e => e.Control.Online = false, folder))
        {
            var config = await api.Client.GetFromJsonAsync<JsonElement>("/v1/models/tiny/config");
            Assert.Equal("""{"temperature":0.3,"top_p":0.8,"top_k":null,"repeat_penalty":1.2,"context_length":8192,"max_tokens":100,"system_prompt":"Be brief.","keep_alive":"10m","think":null,"custom_options":{"min_p":0.1,"stop":["END"]}}""", config.GetRawText());
        }
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("""{"temperature":2.1}""", "temperature")]
    [InlineData("""{"temperature":-0.1}""", "temperature")]
    [InlineData("""{"temperature":1e999}""", "temperature")]
    [InlineData("""{"top_p":1.5}""", "top_p")]
    [InlineData("""{"top_k":-1}""", "top_k")]
    [InlineData("""{"top_k":1.5}""", "top_k")]
    [InlineData("""{"repeat_penalty":3}""", "repeat_penalty")]
    [InlineData("""{"context_length":0}""", "context_length")]
    [InlineData("""{"max_tokens":0}""", "max_tokens")]
    [InlineData("""{"keep_alive":"soon"}""", "keep_alive")]
    [InlineData("""{"think":"very"}""", "think")]
    [InlineData("""{"custom_options":{"colour":"red"}}""", "custom_options.colour")]
    [InlineData("""{"custom_options":{"min_p":7}}""", "custom_options.min_p")]
    [InlineData("""{"custom_options":{"temperature":1}}""", "custom_options.temperature")]
    public async Task A_value_out_of_range_names_its_field_and_changes_nothing(string json, string field)
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        var problem = await api.ProblemAsync(HttpMethod.Put, "/v1/models/tiny/config", ProblemCodes.Validation, json[..^1] + ",\"system_prompt\":\"no\"}");
        Assert.Equal(field, Assert.Single(problem.Errors!).Key);
        Assert.Null((await api.Client.GetFromJsonAsync("/v1/models/tiny/config", ContractsJson.Default.ModelConfigView))!.SystemPrompt);
    }

    [Fact]
    public async Task Loaded_models_are_marked_by_what_ollama_has_in_memory()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        Assert.False((await api.ModelAsync("tiny:latest")).IsLoaded);
        await api.Services.GetRequiredService<ApiService.Ollama.OllamaClient>().LoadAsync("tiny", null, default);
        api.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.True((await api.ModelAsync("tiny:latest")).IsLoaded);
        Assert.All((await api.ListAsync()).Models.Where(m => m.Name != "tiny:latest"), m => Assert.False(m.IsLoaded));
        var model = await api.Catalog.ResolveAsync("tiny", default);
        Assert.Equal(4096, (await api.Catalog.FindLoadedAsync(model, TimeSpan.FromMinutes(1), default))!.ContextLength);
    }
}
