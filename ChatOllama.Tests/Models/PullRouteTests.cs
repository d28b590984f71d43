using System.Net;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ChatOllama.Tests.Models;

public class PullRouteTests
{
    [Fact]
    public async Task A_pull_ends_with_the_model_available()
    {
        await using var api = await ModelApi.StartAsync();
        var job = await api.PullAsync("demo-extra");
        Assert.Equal("demo-extra:latest", job.Name);
        var events = await EventsAsync(api, job.Id);
        Assert.Equal(PullEventTypes.Done, events[^1].Type);
        Assert.Single(events, e => e.Type is PullEventTypes.Done or PullEventTypes.Error);
        var model = await api.ModelAsync("demo-extra:latest");
        Assert.Equal((ModelStatuses.Available, events[^1].ModelId), (model.Status, model.Id));
        var listed = Assert.Single(await api.PullsAsync());
        Assert.Equal((job.Id, PullStatuses.Done), (listed.Id, listed.Status));
        Assert.NotNull(listed.EndedAt);
        // Of an ended one: the last state and its end.
        Assert.Equal([PullEventTypes.Status, PullEventTypes.Done], (await EventsAsync(api, job.Id)).Select(e => e.Type));
    }

    [Fact]
    public async Task Several_watchers_see_one_download_that_outlives_them()
    {
        var gate = new TaskCompletionSource();
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = gate.Task);
        var job = await api.PullAsync("demo-extra");
        Assert.Equal(job.Id, (await api.PullAsync("Demo-Extra:latest")).Id);
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        using var first = await api.WatchAsync(job.Id);
        using (var second = await api.WatchAsync(job.Id))
        {
            var progress = await second.UntilAsync(PullEventTypes.Progress);
            Assert.StartsWith("sha256:", progress.Digest);
            Assert.Equal((0, 120_000_000), (progress.Completed, progress.Total));
        }
        await first.UntilAsync(PullEventTypes.Progress);
        gate.SetResult();
        await first.UntilAsync(PullEventTypes.Done);
        Assert.Null(await first.NextAsync());
        Assert.Single(api.Emulator.Control.Requests, r => r.Path == "/api/pull");
    }

    [Fact]
    public async Task One_download_runs_at_a_time_and_a_known_model_says_that_it_is_being_downloaded()
    {
        var gate = new TaskCompletionSource();
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.PullGate = gate.Task;
            e.Control.AllowPull("demo");
        });
        var running = await api.PullAsync("demo");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        var waiting = await api.PullAsync("demo-extra");
        Assert.Equal([(waiting.Id, PullStatuses.Queued), (running.Id, PullStatuses.Running)], (await api.PullsAsync()).Select(p => (p.Id, p.Status)));
        Assert.Equal((null, 1), ((await api.PullsAsync())[1].Position, (await api.PullsAsync())[0].Position));
        // What is here stays usable while another version arrives; what is not here is on its way.
        Assert.Equal((ModelStatuses.Available, running.Id), await StateAsync(api, "demo:latest"));
        Assert.Contains((await api.ListAsync("?available=true")).Models, m => m.Name == "demo:latest");
        Assert.Equal((ModelStatuses.Downloading, waiting.Id), await StateAsync(api, "demo-extra:latest"));
        gate.SetResult();
        Assert.Equal(PullEventTypes.Done, (await EventsAsync(api, running.Id))[^1].Type);
        Assert.Equal((ModelStatuses.Available, null), await StateAsync(api, "demo:latest"));
        Assert.Equal(PullEventTypes.Done, (await EventsAsync(api, waiting.Id))[^1].Type);
    }

    [Fact]
    public async Task Cancelling_closes_the_request_and_the_name_can_be_pulled_again()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = new TaskCompletionSource().Task);
        var job = await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        using var watcher = await api.WatchAsync(job.Id);
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync($"/v1/models/pulls/{job.Id}")).StatusCode);
        await api.Emulator.Control.WaitForPullsEndedAsync(1);
        Assert.Equal(PullStatuses.Cancelled, (await watcher.UntilAsync(PullEventTypes.Error)).Status);
        Assert.Null(await watcher.NextAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync($"/v1/models/pulls/{job.Id}")).StatusCode);
        api.Emulator.Control.PullGate = null;
        var again = await api.PullAsync("demo-extra");
        Assert.NotEqual(job.Id, again.Id);
        Assert.Equal(PullEventTypes.Done, (await EventsAsync(api, again.Id))[^1].Type);
    }

    [Fact]
    public async Task A_waiting_download_is_cancelled_without_asking_Ollama()
    {
        var gate = new TaskCompletionSource();
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = gate.Task);
        var running = await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        var waiting = await api.PullAsync("other");
        await api.Client.DeleteAsync($"/v1/models/pulls/{waiting.Id}");
        var last = await api.PullAsync("last");
        gate.SetResult();
        await EventsAsync(api, running.Id);
        await EventsAsync(api, last.Id);
        Assert.Equal(2, api.Emulator.Control.Requests.Count(r => r.Path == "/api/pull"));
        Assert.Equal(PullStatuses.Cancelled, (await api.PullsAsync()).Single(p => p.Id == waiting.Id).Status);
    }

    [Fact]
    public async Task A_failed_download_keeps_Ollamas_sentence_and_can_be_pulled_again()
    {
        await using var api = await ModelApi.StartAsync();
        var job = await api.PullAsync("nothing-of-the-kind");
        var end = (await EventsAsync(api, job.Id))[^1];
        Assert.Equal(PullEventTypes.Error, end.Type);
        Assert.Contains("file does not exist", end.Error);
        Assert.Equal(ProblemCodes.Ollama, end.Problem!.Code);
        Assert.Equal((PullStatuses.Failed, end.Error), (await api.PullsAsync()).Select(p => (p.Status, p.Error)).Single());
        api.Emulator.Control.AllowPull("nothing-of-the-kind");
        Assert.Equal(PullEventTypes.Done, (await EventsAsync(api, (await api.PullAsync("nothing-of-the-kind")).Id))[^1].Type);
    }

    [Fact]
    public async Task A_hundred_may_wait_and_no_more()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = new TaskCompletionSource().Task);
        await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        for (var i = 0; i < PullService.MaxWaiting; i++)
            await api.PullAsync($"waiting-{i}");
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/pull", ProblemCodes.Overloaded, """{"name":"one-more"}""");
    }

    [Fact]
    public async Task What_a_person_removed_comes_back_when_it_is_pulled()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AllowPull("demo"));
        await api.Client.DeleteAsync("/v1/models/demo");
        await EventsAsync(api, (await api.PullAsync("demo")).Id);
        Assert.Equal(ModelStatuses.Available, (await api.ModelAsync("demo:latest")).Status);
    }

    [Fact]
    public async Task A_quiet_download_is_pinged()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = new TaskCompletionSource().Task);
        var job = await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        using var watcher = await api.WatchAsync(job.Id);
        await watcher.UntilAsync(PullEventTypes.Progress);
        Assert.Equal(": ping", await api.AfterAsync(PullStream.PingEvery, watcher.LineAsync()));
    }

    [Fact]
    public async Task The_service_stops_at_once_in_the_middle_of_a_download()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = new TaskCompletionSource().Task);
        var job = await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        using var watcher = await api.WatchAsync(job.Id);
        await watcher.UntilAsync(PullEventTypes.Progress);
        api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var end = await watcher.UntilAsync(PullEventTypes.Error);
        Assert.Equal(PullStatuses.Queued, end.Status);
        Assert.Null(await watcher.NextAsync());
        await api.Emulator.Control.WaitForPullsEndedAsync(1);
    }

    [Theory]
    [InlineData("""{"name":"https://ollama.com/tiny"}""")]
    [InlineData("""{"name":"ti\u0000ny"}""")]
    [InlineData("""{"name":""}""")]
    [InlineData("{}")]
    public async Task A_name_that_Ollama_would_not_take_is_refused(string body)
    {
        await using var api = await ModelApi.StartAsync();
        Assert.Contains("name", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/pull", ProblemCodes.Validation, body)).Errors!.Keys);
        Assert.Empty(await api.PullsAsync());
    }

    [Fact]
    public async Task An_unknown_download_is_not_found()
    {
        await using var api = await ModelApi.StartAsync();
        await api.ProblemAsync(HttpMethod.Get, "/v1/models/pulls/nope/events", ProblemCodes.NotFound);
        await api.ProblemAsync(HttpMethod.Delete, "/v1/models/pulls/nope", ProblemCodes.NotFound);
    }

    private static async Task<(string Status, string? PullId)> StateAsync(ModelApi api, string name)
    {
        var model = await api.ModelAsync(name);
        return (model.Status, model.PullId);
    }

    private static async Task<List<PullEvent>> EventsAsync(ModelApi api, string id)
    {
        using var watcher = await api.WatchAsync(id);
        var events = new List<PullEvent>();
        while (await watcher.NextAsync() is { } news)
            events.Add(news);
        return events;
    }
}
