using System.Net;
using ChatOllama.ApiService.Changes;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Contract;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Http;
using ChatOllama.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Changes;

/// <summary><c>GET /v1/events</c>: what a page hears of what others do.</summary>
public class ChangeRouteTests
{
    [Fact]
    public async Task A_session_is_heard_of_from_its_beginning_to_its_end()
    {
        await using var api = await HttpApi.StartAsync();
        using var feed = await ChangeWatcher.AttachAsync(api.Client);
        await api.CreateAsync("""{"id":"s","title":"Secret plans"}""");
        await api.PatchAsync("s", """{"title":"Secret plans, changed","folder":"Hidden"}""");
        await api.Client.DeleteAsync("/v1/sessions/s");
        await api.PostAsync("/v1/sessions/s/restore", "");
        Assert.Equal("session_created s, session_changed s, session_deleted s, session_restored s", await feed.NextAsync(4));
        Assert.DoesNotContain(feed.Lines, line => line.Contains("Secret", StringComparison.Ordinal) || line.Contains("Hidden", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_refused_is_not_announced()
    {
        await using var api = await HttpApi.StartAsync();
        using var feed = await ChangeWatcher.AttachAsync(api.Client);
        await api.PatchAsync("none", """{"title":"x"}""");
        await api.Client.DeleteAsync("/v1/sessions/none");
        await api.PostAsync("/v1/sessions", """{"id":"not an id"}""");
        await api.CreateAsync("""{"id":"s"}""");
        await api.PostAsync("/v1/sessions", """{"id":"s"}""");
        await api.PatchAsync("s", """{"pinned":true}""");
        Assert.Equal("session_created s, session_changed s", await feed.NextAsync(2));
    }

    [Fact]
    public async Task An_exchange_is_heard_of_when_it_can_be_read_and_when_its_answer_has_ended()
    {
        await using var api = await ApiHost.StartAsync();
        using var feed = await ChangeWatcher.AttachAsync(api.Client);
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("secret").WaitFor(gate.Task).Done());
        using var stream = await api.StreamAsync("""{"message":"hush","session_id":"s","stream":true,"background":true}""");
        await feed.UntilAsync(ChangeTypes.SessionCreated);
        var question = await feed.NextAsync();
        Assert.Equal(("message_added", "s"), (question!.Type, question.SessionId));
        using var found = await api.Client.GetAsync("/v1/messages/" + question.MessageId);
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        var started = await feed.NextAsync();
        Assert.Equal("answer_started", started!.Type);
        gate.SetResult();
        var ended = await feed.UntilAsync(ChangeTypes.AnswerEnded);
        Assert.Equal(("s", started.MessageId, "complete"), (ended.SessionId, ended.MessageId, ended.Status));
        using var again = await api.PostAsync($"/v1/messages/{ended.MessageId}/regenerate", "");
        Assert.Equal("answer_started s, answer_ended s", await feed.NextAsync(2));
        Assert.DoesNotContain(feed.Lines, line => line.Contains("secret", StringComparison.Ordinal) || line.Contains("hush", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_version_of_a_list_leads_to_everything_that_came_behind_it()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"before"}""");
        var list = await api.ListAsync();
        await api.CreateAsync("""{"id":"after"}""");
        using var feed = await ChangeWatcher.AttachAsync(api.Client, after: list.Version);
        Assert.Equal("session_created after", await feed.NextAsync(1));
        var id = feed.Id;
        await api.PatchAsync("after", """{"pinned":true}""");
        await feed.NextAsync();
        using var back = await ChangeWatcher.AttachAsync(api.Client, after: "nonsense", lastEventId: id);
        Assert.Equal("session_changed after", await back.NextAsync(1));
    }

    [Fact]
    public async Task Who_missed_too_much_or_knew_the_run_before_is_told_to_read_again()
    {
        await using var api = await HttpApi.StartAsync();
        var feed = api.Services.GetRequiredService<ChangeFeed>();
        var version = feed.Version;
        for (var i = 0; i <= ChangeFeed.Capacity; i++)
            feed.Publish("local", ChangeTypes.SessionChanged, "s");
        foreach (var after in new[] { version, "0123abcd-7" })
        {
            using var late = await ChangeWatcher.AttachAsync(api.Client, after);
            Assert.Equal(ChangeTypes.Resync, (await late.NextAsync())!.Type);
            feed.Publish("local", ChangeTypes.SessionChanged, "later");
            Assert.Equal("session_changed later", await late.NextAsync(1));
        }
    }

    [Fact]
    public async Task A_quiet_feed_is_pinged()
    {
        await using var api = await HttpApi.StartAsync();
        using var feed = await ChangeWatcher.AttachAsync(api.Client);
        var line = feed.LineAsync();
        while (!line.IsCompleted)
        {
            api.Time.Advance(ChangeStream.PingEvery);
            await Task.WhenAny(line, Task.Delay(20, TestContext.Current.CancellationToken));
        }
        Assert.Equal(": ping", await line);
    }

    [Fact]
    public async Task The_feed_ends_when_the_service_stops()
    {
        await using var api = await ApiHost.StartAsync();
        using var feed = await ChangeWatcher.AttachAsync(api.Client);
        var rest = feed.NextAsync();
        await api.StopAsync();
        while (await rest is not null) rest = feed.NextAsync();
    }

    [Fact]
    public async Task Models_that_change_and_an_Ollama_that_goes_are_heard_of()
    {
        await using var api = await ApiHost.StartAsync();
        using (await api.PostAsync("/v1/models/sync", "")) { }
        using var feed = await ChangeWatcher.AttachAsync(api.Client);
        using var changed = await api.Client.PutAsync("/v1/models/demo", new StringContent("""{"description":"mine"}""", System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await feed.UntilAsync(ChangeTypes.ModelsChanged);
        var catalog = api.Services.GetRequiredService<ApiService.Models.ModelCatalog>();
        catalog.NoteUnreachable();
        Assert.Equal("degraded", (await feed.UntilAsync(ChangeTypes.HealthChanged)).Status);
        await catalog.SyncAsync(TestContext.Current.CancellationToken);
        Assert.Equal("healthy", (await feed.UntilAsync(ChangeTypes.HealthChanged)).Status);
    }

    [Fact]
    public async Task The_feed_is_described_and_a_foolish_id_is_named()
    {
        await using var api = await HttpApi.StartAsync();
        using var document = await Wire.ReadAsync(await api.Client.GetAsync("/openapi/v1.json"));
        var operation = document.RootElement.GetProperty("paths").GetProperty("/v1/events").GetProperty("get");
        Assert.Equal("#/components/schemas/ChangeEvent",
            operation.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("text/event-stream").GetProperty("schema").GetProperty("$ref").GetString());
        var problem = await (await api.Client.GetAsync("/v1/events?after=" + new string('x', 101))).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal(["after"], problem.Errors!.Keys);
    }
}
