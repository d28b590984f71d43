using System.Net;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using Xunit;

namespace ChatOllama.Tests.Models;

public class DefaultModelTests
{
    private static async Task<string?> DefaultOf(ModelApi api) => (await api.ListAsync()).Models.SingleOrDefault(m => m.IsDefault)?.Name;

    [Fact]
    public async Task The_first_usable_chat_model_becomes_the_default_by_itself()
    {
        await using var api = await ModelApi.StartAsync();
        var name = await DefaultOf(api);
        Assert.NotNull(name);
        Assert.Contains("completion", (await api.ModelAsync(name)).Capabilities);
        Assert.Equal(name, (await api.Catalog.ResolveAsync(null, default)).Name);
    }

    [Fact]
    public async Task Exactly_one_model_is_the_default_at_a_time()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("a"));
            e.Control.AddModel(EmulatedModel.Talker("b"));
        });
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => api.Client.PostAsync(i % 2 == 0 ? "/v1/models/a/default" : "/v1/models/b/default", null)));
        Assert.Single((await api.ListAsync()).Models, m => m.IsDefault);
        await api.Client.PostAsync("/v1/models/a/default", null);
        Assert.Equal("a:latest", await DefaultOf(api));
        await api.PutAsync("/v1/models/b", """{"is_default":true}""");
        Assert.Equal("b:latest", await DefaultOf(api));
    }

    [Fact]
    public async Task A_removed_disabled_or_embedding_model_cannot_be_the_default()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("off"));
            e.Control.AddModel(EmulatedModel.Talker("gone"));
            e.Control.AddModel(EmulatedModel.Embedder("vectors"));
        });
        await api.PutAsync("/v1/models/off", """{"is_enabled":false}""");
        await api.Client.DeleteAsync("/v1/models/gone");
        var before = await DefaultOf(api);
        foreach (var (name, word) in new[] { ("off", "disabled"), ("gone", "removed"), ("vectors", "embeddings") })
        {
            Assert.Contains(word, (await api.ProblemAsync(HttpMethod.Post, $"/v1/models/{name}/default", ProblemCodes.Validation)).Detail);
            var problem = await api.ProblemAsync(HttpMethod.Put, $"/v1/models/{name}", ProblemCodes.Validation, """{"is_default":true,"description":"no"}""");
            Assert.Equal("is_default", Assert.Single(problem.Errors!).Key);
            Assert.Null((await api.ModelAsync(name + ":latest")).Description);
        }
        Assert.Equal(before, await DefaultOf(api));
    }

    [Fact]
    public async Task When_the_default_disappears_the_next_one_takes_its_place()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("a"));
            e.Control.AddModel(EmulatedModel.Talker("b"));
        });
        await api.Client.PostAsync("/v1/models/a/default", null);
        api.Emulator.Control.RemoveModel("a");
        await api.SyncAsync();
        var second = await DefaultOf(api);
        Assert.NotNull(second);
        Assert.NotEqual("a:latest", second);

        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/models/" + second)).StatusCode);
        var third = await DefaultOf(api);
        Assert.NotNull(third);
        Assert.NotEqual(second, third);

        await api.PutAsync("/v1/models/" + third, """{"is_enabled":false}""");
        Assert.NotEqual(third, await DefaultOf(api));
    }

    [Fact]
    public async Task The_default_cannot_be_given_up_without_another()
    {
        await using var api = await ModelApi.StartAsync();
        var name = await DefaultOf(api);
        var problem = await api.ProblemAsync(HttpMethod.Put, "/v1/models/" + name, ProblemCodes.Validation, """{"is_default":false}""");
        Assert.Equal("is_default", Assert.Single(problem.Errors!).Key);
        Assert.Equal(name, await DefaultOf(api));
    }

    [Fact]
    public async Task With_every_model_disabled_there_is_no_default_and_enabling_one_makes_it_the_default()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        foreach (var model in (await api.ListAsync()).Models)
            await api.PutAsync("/v1/models/" + model.Name, """{"is_enabled":false}""");
        Assert.Null(await DefaultOf(api));
        await api.PutAsync("/v1/models/a", """{"is_enabled":true}""");
        Assert.Equal("a:latest", await DefaultOf(api));
    }
}
