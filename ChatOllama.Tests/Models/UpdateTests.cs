using System.Net;
using System.Net.Http.Json;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using Xunit;

namespace ChatOllama.Tests.Models;

public class UpdateTests
{
    [Fact]
    public async Task What_differs_from_its_source_is_told_without_downloading_and_pulled_again_on_request()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AllowPull("team/mine");
            e.Control.AllowPull("hf.co/a/b");
            e.Control.AddModel(EmulatedModel.Talker("registry.example/a/b"));
        });
        await api.PullEndAsync((await api.PullAsync("demo-extra")).Id);
        await api.PullEndAsync((await api.PullAsync("team/mine")).Id);
        await api.PullEndAsync((await api.PullAsync("hf.co/a/b")).Id);
        await api.PostAsync("/v1/models/demo-extra/copy", """{"name":"my-copy"}""");
        Assert.Null((await GetAsync(api)).CheckedAt);
        Assert.DoesNotContain(api.Emulator.Control.Requests, r => r.Path.StartsWith("/v2/", StringComparison.Ordinal));

        var states = await CheckAsync(api);
        Assert.Equal(ModelUpdateStates.Current, states["demo-extra:latest"]);
        Assert.Equal(ModelUpdateStates.Current, states["team/mine:latest"]);
        Assert.Equal(ModelUpdateStates.Local, states["my-copy:latest"]);
        Assert.Equal(ModelUpdateStates.Current, states["hf.co/a/b:latest"]);
        Assert.Equal(ModelUpdateStates.Unknown, states["registry.example/a/b:latest"]);
        Assert.Equal(ModelUpdateStates.NotFound, states["demo:latest"]);

        api.Emulator.Control.Publish("demo-extra");
        Assert.Equal(ModelUpdateStates.Current, (await CheckAsync(api))["demo-extra:latest"]);
        Assert.Equal(ModelUpdateStates.Outdated, (await CheckAsync(api, "?fresh=true"))["demo-extra:latest"]);
        Assert.Equal((true, false, null), (await OfferAsync(api, "demo-extra:latest"), await OfferAsync(api, "team/mine:latest"), await OfferAsync(api, "demo:latest")));
        Assert.Equal(3, api.Emulator.Control.Requests.Count(r => r.Path == "/api/pull"));

        using var response = await api.PostAsync("/v1/models/update");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = Assert.Single((await response.Content.ReadFromJsonAsync(ContractsJson.Default.PullList))!.Pulls);
        Assert.Equal("demo-extra:latest", job.Name);
        Assert.Equal(PullEventTypes.Done, (await api.PullEndAsync(job.Id)).Type);
        Assert.False(await OfferAsync(api, "demo-extra:latest"));
        Assert.Equal(ModelUpdateStates.Current, (await GetAsync(api)).Models.Single(m => m.Name == "demo-extra:latest").State);
    }

    [Fact]
    public async Task Named_models_are_pulled_again_and_what_was_made_here_is_not()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AllowPull("demo"));
        await api.PostAsync("/v1/models/demo/copy", """{"name":"my-copy"}""");
        Assert.Contains("made on this Ollama", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/update", ProblemCodes.Validation, """{"models":["demo","my-copy"]}""")).Detail);
        Assert.Empty(await api.PullsAsync());
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/update", ProblemCodes.Validation, """{"models":["nope"]}""");
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/update", ProblemCodes.Validation, """{"models":[]}""");
        using var response = await api.PostAsync("/v1/models/update", """{"models":["demo","DEMO:latest"]}""");
        var job = Assert.Single((await response.Content.ReadFromJsonAsync(ContractsJson.Default.PullList))!.Pulls);
        Assert.Equal(PullEventTypes.Done, (await api.PullEndAsync(job.Id)).Type);
    }

    [Fact]
    public async Task Switched_off_nobody_is_asked_and_a_silent_registry_is_a_reason_and_no_failure()
    {
        await using (var off = await ModelApi.StartAsync(settings: "--MODEL_REGISTRY=off"))
        {
            Assert.Equal(ModelUpdateStates.Unknown, (await CheckAsync(off))["demo:latest"]);
            Assert.Null((await GetAsync(off)).Registry);
            Assert.DoesNotContain(off.Emulator.Control.Requests, r => r.Path.StartsWith("/v2/", StringComparison.Ordinal));
        }
        await using var silent = await ModelApi.StartAsync(settings: "--MODEL_REGISTRY=http://127.0.0.1:9");
        await CheckAsync(silent);
        Assert.All((await GetAsync(silent)).Models, m => Assert.Contains("does not answer", m.Reason));
    }

    [Fact]
    public async Task A_model_of_Hugging_Face_is_compared_with_Hugging_Face_in_either_form_of_its_manifest()
    {
        // As Hugging Face may order it, and as an Ollama rewrites it that does not keep what it was sent.
        const string sent = """{"config":{"digest":"sha256:c","mediaType":"application/vnd.docker.container.image.v1+json","size":2},"layers":[{"digest":"sha256:l","mediaType":"application/vnd.ollama.image.model","size":5}],"mediaType":"application/vnd.docker.distribution.manifest.v2+json","schemaVersion":2}""";
        const string rewritten = """{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:c","size":2},"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:l","size":5}]}""";
        var asked = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using var hub = Ollama.RawServer.Start(c =>
        {
            asked.Add(c.Head.Split("\r\n")[0]);
            return c.AnswerAsync("200 OK", sent);
        });
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("hf.co/user/kept:Q4_K_M") with { Digest = DigestOf(sent) });
            e.Control.AddModel(EmulatedModel.Talker("huggingface.co/user/written:Q4_K_M") with { Digest = DigestOf(rewritten) });
            e.Control.AddModel(EmulatedModel.Talker("hf.co/user/older:Q4_K_M") with { Digest = "another" });
        }, settings: $"--HF_REGISTRY={hub.Url}");
        var states = await CheckAsync(api);
        Assert.Equal((ModelUpdateStates.Current, ModelUpdateStates.Current, ModelUpdateStates.Outdated), (states["hf.co/user/kept:Q4_K_M"], states["huggingface.co/user/written:Q4_K_M"], states["hf.co/user/older:Q4_K_M"]));
        Assert.Contains("GET /v2/user/kept/manifests/Q4_K_M HTTP/1.1", asked);
        Assert.Equal((false, false, true), (await OfferAsync(api, "hf.co/user/kept:Q4_K_M"), await OfferAsync(api, "huggingface.co/user/written:Q4_K_M"), await OfferAsync(api, "hf.co/user/older:Q4_K_M")));

        await using var off = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("hf.co/a/b")), settings: "--HF_REGISTRY=off");
        await CheckAsync(off);
        Assert.Contains("not asked", (await GetAsync(off)).Models.Single(m => m.Name == "hf.co/a/b:latest").Reason);

        static string DigestOf(string manifest) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(manifest)));
    }

    [Fact]
    public async Task What_was_removed_since_the_check_is_not_downloaded_again()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AllowPull("second"));
        await api.PullEndAsync((await api.PullAsync("demo-extra")).Id);
        await api.PullEndAsync((await api.PullAsync("second")).Id);
        api.Emulator.Control.Publish("demo-extra");
        api.Emulator.Control.Publish("second");
        Assert.Equal(ModelUpdateStates.Outdated, (await CheckAsync(api))["second:latest"]);
        await api.Client.DeleteAsync("/v1/models/second");
        Assert.DoesNotContain("second:latest", (await CheckAsync(api)).Keys);
        using var response = await api.PostAsync("/v1/models/update");
        Assert.Equal(["demo-extra:latest"], (await response.Content.ReadFromJsonAsync(ContractsJson.Default.PullList))!.Pulls.Select(p => p.Name));
    }

    [Fact]
    public async Task A_model_that_was_just_pulled_is_never_called_older()
    {
        await using var api = await ModelApi.StartAsync();
        await api.PullEndAsync((await api.PullAsync("demo-extra")).Id);
        api.Emulator.Control.Publish("demo-extra");
        Assert.Equal(ModelUpdateStates.Outdated, (await CheckAsync(api))["demo-extra:latest"]);
        // Published once more between the check and the pull.
        api.Emulator.Control.Publish("demo-extra");
        await api.PullEndAsync((await api.PullAsync("demo-extra")).Id);
        Assert.NotEqual(true, await OfferAsync(api, "demo-extra:latest"));
        Assert.NotEqual(ModelUpdateStates.Outdated, (await GetAsync(api)).Models.Single(m => m.Name == "demo-extra:latest").State);
        Assert.Equal(ModelUpdateStates.Current, (await CheckAsync(api))["demo-extra:latest"]);
    }

    [Fact]
    public async Task Nobody_waits_for_a_silent_registry_model_after_model()
    {
        var asked = 0;
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var api = await ModelApi.StartAsync(
            e =>
            {
                for (var i = 0; i < 20; i++)
                    e.Control.AddModel(EmulatedModel.Talker("more-" + i));
            },
            settings: $"--MODEL_REGISTRY=http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        var accepting = Task.Run(async () =>
        {
            while (true)
            {
                await silent.AcceptTcpClientAsync();
                Interlocked.Increment(ref asked);
            }
        });
        await api.AfterAsync(TimeSpan.FromSeconds(10), CheckAsync(api));
        // Whether the silence or the clock ended it first, each says why it is not known.
        Assert.All((await GetAsync(api)).Models, m => Assert.Equal((ModelUpdateStates.Unknown, true), (m.State, m.Reason is { Length: > 0 })));
        Assert.True(asked <= 8, $"{asked} requests");
        silent.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => accepting);
    }

    private static async Task<Dictionary<string, string>> CheckAsync(ModelApi api, string query = "")
    {
        using var response = await api.PostAsync("/v1/models/updates" + query);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ModelUpdateList))!.Models.ToDictionary(m => m.Name, m => m.State);
    }

    private static async Task<ModelUpdateList> GetAsync(ModelApi api) => (await api.Client.GetFromJsonAsync("/v1/models/updates", ContractsJson.Default.ModelUpdateList))!;

    private static async Task<bool?> OfferAsync(ModelApi api, string name) => (await api.ModelAsync(name)).UpdateAvailable;
}
