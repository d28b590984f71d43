using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Models;

public class CreateTests
{
    [Fact]
    public async Task A_model_is_made_from_another_one_with_its_own_prompt_and_parameters()
    {
        await using var api = await ModelApi.StartAsync();
        using var response = await CreateAsync(api, """{"name":"pirate","from":"demo","system":"Talk like a pirate.","parameters":{"temperature":0.2,"context_length":2048}}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var made = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ModelView))!;
        Assert.Equal(("pirate:latest", ModelStatuses.Available), (made.Name, made.Status));
        Assert.Equal("/v1/models/" + made.Id, response.Headers.Location!.OriginalString);
        var emulated = api.Emulator.Control.Models.Single(m => m.Name == "pirate:latest");
        Assert.Equal("Talk like a pirate.", emulated.System);
        Assert.Contains(new KeyValuePair<string, string>("num_ctx", "2048"), emulated.Parameters);
    }

    [Fact]
    public async Task Its_making_can_be_watched()
    {
        await using var api = await ModelApi.StartAsync();
        using var watcher = new PullWatcher(await CreateAsync(api, """{"name":"pirate","from":"demo","system":"Arr."}""", events: true));
        var done = await watcher.UntilAsync(PullEventTypes.Done);
        Assert.Equal((await api.ModelAsync("pirate:latest")).Id, done.ModelId);
        // However fast it was, each of its steps is told.
        Assert.Equal(["writing manifest", "success"], done.Steps!.TakeLast(2));
        Assert.Contains(done.Steps!, step => step.StartsWith("creating new layer", StringComparison.Ordinal));
        Assert.Null(await watcher.NextAsync());
    }

    [Fact]
    public async Task What_Ollama_refuses_is_told_in_its_words()
    {
        await using var api = await ModelApi.StartAsync();
        const string body = """{"name":"broken","from":"demo","template":"{{ .System"}""";
        Assert.Contains("template error", (await api.ProblemAsync(HttpMethod.Post, "/v1/models", ProblemCodes.Ollama, body)).Detail);
        using var watcher = new PullWatcher(await CreateAsync(api, body, events: true));
        Assert.Contains("template error", (await watcher.UntilAsync(PullEventTypes.Error)).Error);
        Assert.Null(await watcher.NextAsync());
    }

    [Theory]
    [InlineData("""{"from":"demo"}""", "name")]
    [InlineData("""{"name":"x"}""", "from")]
    [InlineData("""{"name":"x","from":"nothing"}""", "from")]
    [InlineData("""{"name":"x","from":"demo","parameters":{"temperature":9}}""", "parameters.temperature")]
    [InlineData("""{"name":"x","from":"demo","system":"\u0000"}""", "system")]
    public async Task A_field_that_cannot_be_used_is_named(string body, string field)
    {
        await using var api = await ModelApi.StartAsync();
        Assert.Contains(field, (await api.ProblemAsync(HttpMethod.Post, "/v1/models", ProblemCodes.Validation, body)).Errors!.Keys);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_a_conflict()
    {
        await using var api = await ModelApi.StartAsync();
        await api.ProblemAsync(HttpMethod.Post, "/v1/models", ProblemCodes.Conflict, """{"name":"demo","from":"demo-think"}""");
        Assert.DoesNotContain(api.Emulator.Control.Requests, r => r.Path == "/api/create");
    }

    [Fact]
    public async Task A_mistake_of_the_service_ends_the_making_for_its_watcher_and_frees_the_name()
    {
        await using var api = await ModelApi.StartAsync();
        var writer = api.Services.GetRequiredService<DbWriter>();
        await writer.WriteAsync(context => context.Execute("CREATE TRIGGER full BEFORE INSERT ON models BEGIN SELECT RAISE(ABORT, 'full'); END"));
        using (var watcher = new PullWatcher(await CreateAsync(api, """{"name":"pirate","from":"demo"}""", events: true)))
        {
            Assert.Equal(ProblemCodes.Internal, (await watcher.UntilAsync(PullEventTypes.Error)).Problem!.Code);
            Assert.Null(await watcher.NextAsync());
        }
        await writer.WriteAsync(context => context.Execute("DROP TRIGGER full"));
        api.Emulator.Control.RemoveModel("pirate");
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(api, """{"name":"pirate","from":"demo"}""")).StatusCode);
    }

    [Fact]
    public async Task A_name_whose_download_failed_is_free_and_one_that_arrives_is_not()
    {
        await using var api = await ModelApi.StartAsync();
        await api.PullEndAsync((await api.PullAsync("pirate")).Id);
        Assert.Equal(ModelStatuses.Error, (await api.ModelAsync("pirate:latest")).Status);
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(api, """{"name":"pirate","from":"demo"}""")).StatusCode);
        Assert.Equal((ModelStatuses.Available, null), ((await api.ModelAsync("pirate:latest")).Status, (await api.ModelAsync("pirate:latest")).Error));

        api.Emulator.Control.PullGate = new TaskCompletionSource().Task;
        await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        Assert.Contains("being downloaded", (await api.ProblemAsync(HttpMethod.Post, "/v1/models", ProblemCodes.Conflict, """{"name":"demo-extra","from":"demo"}""")).Detail);
    }

    private static Task<HttpResponseMessage> CreateAsync(ModelApi api, string json, bool events = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/models") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (events)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        return api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
