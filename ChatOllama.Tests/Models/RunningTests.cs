using System.Net;
using System.Net.Http.Json;
using System.Text;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using Xunit;

namespace ChatOllama.Tests.Models;

public class RunningTests
{
    private const string Slashed = "/v1/models/hf.co%2Fa%2Fb%3AQ4";

    [Fact]
    public async Task A_loaded_model_is_listed_with_its_figures_until_it_is_unloaded()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("hf.co/a/b:Q4")));
        Assert.Empty((await RunningAsync(api)).Models);
        var known = await api.ModelAsync("hf.co/a/b:Q4");

        using var response = await PostAsync(api, Slashed + "/load", """{"keep_alive":"10m"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var loaded = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.RunningModel))!;
        Assert.Equal((known.Id, known.Name, known.Digest), (loaded.Id, loaded.Name, loaded.Digest));
        Assert.True(loaded.Size > 0);
        Assert.NotNull(loaded.ContextLength);
        Assert.NotNull(loaded.ExpiresAt);
        Assert.Equal(1, api.Emulator.Control.Loads);
        Assert.Equal(loaded.Id, Assert.Single((await RunningAsync(api)).Models).Id);

        using var unloaded = await PostAsync(api, Slashed + "/unload");
        Assert.False((await unloaded.Content.ReadFromJsonAsync(ContractsJson.Default.ModelView))!.IsLoaded);
        Assert.Empty((await RunningAsync(api)).Models);
    }

    [Fact]
    public async Task A_model_that_stays_loaded_has_no_expiry_and_runs_with_its_settings()
    {
        await using var api = await ModelApi.StartAsync();
        await api.PutAsync("/v1/models/demo/config", """{"context_length":2048,"keep_alive":-1}""");
        using var response = await PostAsync(api, "/v1/models/demo/load");
        var loaded = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.RunningModel))!;
        Assert.Null(loaded.ExpiresAt);
        Assert.Equal(2048, loaded.ContextLength);
    }

    [Fact]
    public async Task Keeping_a_loaded_model_does_not_load_it_anew_with_another_context()
    {
        await using var api = await ModelApi.StartAsync();
        await api.PutAsync("/v1/models/demo/config", """{"context_length":2048}""");
        await PostAsync(api, "/v1/models/demo/load");
        await api.PutAsync("/v1/models/demo/config", """{"context_length":null}""");
        using var response = await PostAsync(api, "/v1/models/demo/load", """{"keep_alive":-1}""");
        var loaded = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.RunningModel))!;
        Assert.Equal((2048, true, 1), (loaded.ContextLength, loaded.Stays, api.Emulator.Control.Loads));
    }

    [Fact]
    public async Task A_model_for_embeddings_is_not_loaded_by_hand()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Embedder("vectors")));
        Assert.Contains("embeddings", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/vectors/load", ProblemCodes.Validation)).Detail);
    }

    [Theory]
    [InlineData("""{"keep_alive":"soon"}""")]
    [InlineData("""{"keep_alive":0}""")]
    [InlineData("""{"keep_alive":"0s"}""")]
    public async Task A_load_that_would_not_keep_the_model_is_refused(string body)
    {
        await using var api = await ModelApi.StartAsync();
        Assert.Contains("keep_alive", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/load", ProblemCodes.Validation, body)).Errors!.Keys);
        Assert.Equal(0, api.Emulator.Control.Loads);
    }

    [Fact]
    public async Task A_removed_or_disabled_model_is_not_loaded()
    {
        await using var api = await ModelApi.StartAsync();
        await api.PutAsync("/v1/models/demo", """{"is_enabled":false}""");
        await api.Client.DeleteAsync("/v1/models/demo-think");
        Assert.Contains("disabled", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/load", ProblemCodes.Validation)).Detail);
        Assert.Contains("removed", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo-think/load", ProblemCodes.Validation)).Detail);
        Assert.Equal(0, api.Emulator.Control.Loads);
    }

    [Fact]
    public async Task A_copy_is_a_new_model_with_the_same_digest()
    {
        await using var api = await ModelApi.StartAsync();
        using var response = await PostAsync(api, "/v1/models/demo/copy", """{"name":"team/mine"}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var copy = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ModelView))!;
        Assert.Equal("/v1/models/" + copy.Id, response.Headers.Location!.OriginalString);
        Assert.Equal(("team/mine:latest", ModelStatuses.Available), (copy.Name, copy.Status));
        Assert.Equal((await api.ModelAsync("demo:latest")).Digest, copy.Digest);
    }

    [Fact]
    public async Task A_copy_never_overwrites_a_model_even_one_that_was_not_known_here_yet()
    {
        await using var api = await ModelApi.StartAsync();
        api.Emulator.Control.AddModel(EmulatedModel.Talker("fresh"));
        Assert.Contains("fresh:latest", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/copy", ProblemCodes.Conflict, """{"name":"Fresh"}""")).Detail);
        await api.Client.DeleteAsync("/v1/models/demo-vision");
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/copy", ProblemCodes.Conflict, """{"name":"demo-vision"}""");
        Assert.DoesNotContain(api.Emulator.Control.Requests, r => r.Path == "/api/copy");
    }

    [Theory]
    [InlineData("load")]
    [InlineData("unload")]
    [InlineData("copy")]
    public async Task An_unknown_model_is_not_found(string what)
    {
        await using var api = await ModelApi.StartUnsyncedAsync();
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/nope/" + what, ProblemCodes.NotFound, """{"name":"x"}""");
    }

    [Fact]
    public async Task An_Ollama_that_is_away_is_a_problem_of_its_own()
    {
        await using var api = await ModelApi.StartAsync();
        api.Emulator.Control.Online = false;
        await api.ProblemAsync(HttpMethod.Get, "/v1/models/running", ProblemCodes.OllamaUnreachable);
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/load", ProblemCodes.OllamaUnreachable);
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/unload", ProblemCodes.OllamaUnreachable);
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/copy", ProblemCodes.OllamaUnreachable, """{"name":"x"}""");
    }

    [Theory]
    [InlineData("llama3.2:1b", "llama3.2:1b")]
    [InlineData("tiny", "tiny:latest")]
    [InlineData("hf.co/a/b:Q4_K_M", "hf.co/a/b:Q4_K_M")]
    [InlineData("localhost:5000/a/b", "localhost:5000/a/b:latest")]
    [InlineData("a/b", "a/b:latest")]
    public void Names_in_Ollamas_grammar_are_completed(string name, string full) => Assert.Equal(full, ModelNames.Check(name));

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("https://ollama.com/library/tiny")]
    [InlineData("a/b/c/d")]
    [InlineData("../tiny")]
    [InlineData("tiny:")]
    [InlineData("tiny\n")]
    [InlineData("ti ny")]
    [InlineData("tiny:a:b")]
    [InlineData("-tiny")]
    public async Task Other_names_are_refused(string? name)
    {
        await using var api = await ModelApi.StartAsync();
        var problem = await api.ProblemAsync(HttpMethod.Post, "/v1/models/demo/copy", ProblemCodes.Validation, System.Text.Json.JsonSerializer.Serialize(new { name }));
        Assert.Contains("name", problem.Errors!.Keys);
    }

    [Theory]
    [InlineData("2026-11-22T10:15:00.123456789+01:00", "2026-11-22T09:15:00.1234568Z")]
    [InlineData("2319-03-01T00:00:00Z", null)]
    [InlineData("never", null)]
    [InlineData(null, null)]
    public void An_expiry_is_utc_or_absent(string? text, string? expected) => Assert.Equal(expected, RunningEndpoints.Expiry(text)?.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ"));

    private static async Task<RunningModelList> RunningAsync(ModelApi api) => (await api.Client.GetFromJsonAsync("/v1/models/running", ContractsJson.Default.RunningModelList))!;

    private static Task<HttpResponseMessage> PostAsync(ModelApi api, string path, string? json = null) =>
        api.Client.PostAsync(path, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"));
}
