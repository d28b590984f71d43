using System.Net;
using System.Net.Http.Json;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Models;

public class ModelListTests
{
    [Fact]
    public async Task The_list_is_made_once_and_again_only_when_something_in_it_has_changed()
    {
        await using var api = await ModelApi.StartAsync();
        var lists = api.Services.GetRequiredService<ModelLists>();
        var snapshot = await api.Catalog.GetAsync(default);
        await api.ListAsync();
        var first = lists.Get(snapshot, onlyAvailable: false);
        Assert.Same(first.Json, lists.Get(snapshot, onlyAvailable: false).Json);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { { "If-None-Match", first.Tag } } };
        using var unchanged = await api.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        await api.Catalog.ResolveAsync("demo", default);
        Assert.NotNull((await api.ModelAsync("demo:latest")).LastUsedAt);
        await api.PutAsync("/v1/models/demo", """{"display_name":"Mine"}""");
        Assert.Equal("Mine", (await api.ModelAsync("demo:latest")).DisplayName);
        Assert.NotEqual(first.Tag, lists.Get(await api.Catalog.GetAsync(default), onlyAvailable: false).Tag);
    }

    [Fact]
    public async Task A_list_is_paged_by_name_where_somebody_asks_for_a_limit()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            for (var i = 0; i < 5; i++)
                e.Control.AddModel(EmulatedModel.Talker("m" + i));
        });
        var all = (await api.ListAsync("?available=true")).Models.Select(m => m.Name).ToList();
        var (names, cursor) = (new List<string>(), "");
        for (var pages = 0; cursor is not null && pages < 20; pages++)
        {
            var page = await api.ListAsync("?available=true&limit=4" + (cursor.Length > 0 ? "&cursor=" + cursor : ""));
            Assert.Equal(all.Count, page.Total);
            names.AddRange(page.Models.Select(m => m.Name));
            cursor = page.NextCursor;
        }
        Assert.Equal(all, names);
        await api.ProblemAsync(HttpMethod.Get, "/v1/models?limit=0", ProblemCodes.Validation);
        await api.ProblemAsync(HttpMethod.Get, "/v1/models?cursor=nonsense", ProblemCodes.Validation);
    }

    [Fact]
    public async Task The_sessions_of_a_model_that_was_deleted_outside_stay_readable()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        using var response = await api.PostAsync("/v1/chat", """{"message":"Hello","model":"tiny","session_id":"kept"}""");
        response.EnsureSuccessStatusCode();
        api.Emulator.Control.RemoveModel("tiny");
        await api.Catalog.SyncAsync(default);
        Assert.Equal(ModelStatuses.Removed, (await api.ModelAsync("tiny:latest")).Status);
        var messages = (await api.Client.GetFromJsonAsync("/v1/sessions/kept/messages", ContractsJson.Default.MessageList))!.Messages;
        Assert.Equal(("Hello", "tiny:latest"), (messages[0].Content, messages[1].Model));
        Assert.Contains("removed", (await api.ProblemAsync(HttpMethod.Post, "/v1/chat", ProblemCodes.Validation, """{"message":"And?","session_id":"kept"}""")).Detail);
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync("/v1/chat", """{"message":"And?","session_id":"kept","model":"demo"}""")).StatusCode);
    }
}
