using System.Net;
using System.Net.Http.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Tests.Emulator;
using ChatOllama.Tests.Ollama;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Models;

/// <summary>What happens to downloads when something goes wrong around them.</summary>
public class PullLifeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_waited_or_ran_goes_on_by_itself_after_a_stop_or_a_crash(bool crash)
    {
        var gate = new TaskCompletionSource();
        await using var emulator = await EmulatorHost.StartAsync();
        emulator.Control.PullGate = gate.Task;
        emulator.Control.AllowPull("second");
        var folder = Directory.CreateTempSubdirectory("chatollama-models-");
        var left = Directory.CreateTempSubdirectory("chatollama-models-");
        PullView running, waiting, cancelled;
        await using (var before = await ModelApi.StartAsync(folder: folder, emulator: emulator))
        {
            running = await before.PullAsync("demo-extra");
            waiting = await before.PullAsync("second");
            cancelled = await before.PullAsync("third");
            await before.Client.DeleteAsync("/v1/models/pulls/" + cancelled.Id);
            await emulator.Control.WaitForPullWaitsAsync(1);
            if (crash)
            {
                foreach (var file in new[] { "chat.db", "chat.db-wal" })
                    File.Copy(Path.Combine(folder.FullName, file), Path.Combine(left.FullName, file));
            }
        }
        await emulator.Control.WaitForPullsEndedAsync(1);
        gate.SetResult();
        await using (var after = await ModelApi.StartAsync(folder: crash ? left : folder, emulator: emulator))
        {
            Assert.Equal(PullEventTypes.Done, (await after.PullEndAsync(running.Id)).Type);
            Assert.Equal(PullEventTypes.Done, (await after.PullEndAsync(waiting.Id)).Type);
            Assert.Equal([(cancelled.Id, PullStatuses.Cancelled), (waiting.Id, PullStatuses.Done), (running.Id, PullStatuses.Done)], (await after.PullsAsync()).Select(p => (p.Id, p.Status)));
            Assert.Equal((ModelStatuses.Available, running.ModelId), ((await after.ModelAsync("demo-extra:latest")).Status, (await after.ModelAsync("demo-extra:latest")).Id));
            var end = await after.PullEndAsync(cancelled.Id);
            Assert.Equal((PullEventTypes.Error, PullStatuses.Cancelled), (end.Type, end.Status));
            Assert.DoesNotContain((await after.ListAsync()).Models, m => m.Name == "third:latest");
        }
        folder.Delete(recursive: true);
        left.Delete(recursive: true);
    }

    [Fact]
    public async Task An_Ollama_that_is_away_or_restarts_is_waited_for_and_whoever_looks_is_told()
    {
        var gate = new TaskCompletionSource();
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = gate.Task, settings: "--PULL_STALL_TIMEOUT=1m");
        var job = await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        using var watcher = await api.WatchAsync(job.Id);
        await watcher.UntilAsync(PullEventTypes.Progress);
        // It breaks off in the middle, and is away for longer than a source may be silent.
        api.Emulator.Control.Online = false;
        var waiting = await watcher.UntilAsync(PullEventTypes.Status);
        Assert.Equal((PullStatuses.WaitingForOllama, 120_000_000, null), (waiting.Status, waiting.Total, waiting.BytesPerSecond));
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30 })
        {
            await api.Time.WaitedForAsync(TimeSpan.FromSeconds(seconds));
            api.Time.Advance(TimeSpan.FromSeconds(seconds));
        }
        await api.Time.WaitedForAsync(PullRun.LastRetry);
        Assert.Equal(PullStatuses.Running, (await api.PullsAsync())[0].Status);
        // One that is asked for meanwhile waits as well, and can be cancelled.
        var other = await api.PullAsync("other");
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/models/pulls/" + other.Id)).StatusCode);

        gate.SetResult();
        api.Emulator.Control.Online = true;
        api.Time.Advance(PullRun.LastRetry);
        await watcher.UntilAsync(PullEventTypes.Done);
        Assert.Equal(ModelStatuses.Available, (await api.ModelAsync("demo-extra:latest")).Status);
    }

    [Fact]
    public async Task After_a_good_stretch_an_Ollama_that_breaks_off_again_is_looked_for_soon()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = first.Task);
        using var watcher = await api.WatchAsync((await api.PullAsync("demo-extra")).Id);
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        api.Emulator.Control.Online = false;
        foreach (var seconds in new[] { 1, 2, 4 })
        {
            await api.Time.WaitedForAsync(TimeSpan.FromSeconds(seconds));
            api.Time.Advance(TimeSpan.FromSeconds(seconds));
        }
        await api.Time.WaitedForAsync(TimeSpan.FromSeconds(8));
        api.Emulator.Control.Online = true;
        api.Time.Advance(TimeSpan.FromSeconds(8));
        await api.Emulator.Control.WaitForPullWaitsAsync(2);
        // The weights arrive; then it breaks off again.
        api.Emulator.Control.PullGate = second.Task;
        first.SetResult();
        while ((await watcher.UntilAsync(PullEventTypes.Progress)).Completed != 120_000_000)
        {
            // Until they are there.
        }
        api.Emulator.Control.Online = false;
        await api.Time.WaitedForAsync(PullRun.FirstRetry);
    }

    [Fact]
    public async Task An_Ollama_that_drops_each_download_and_answers_all_else_is_not_asked_for_ever()
    {
        await using var dropping = RawServer.Start(async c =>
        {
            if (c.Head.Contains("/api/pull"))
                c.Reset();
            else
                await c.AnswerAsync("200 OK", c.Head.Contains("/api/version") ? "{\"version\":\"0.12.0\"}" : "{\"models\":[]}");
        });
        await using var api = await ModelApi.StartAsync(settings: $"--OLLAMA_HOST={dropping.Url}");
        var job = await api.PullAsync("demo-extra");
        foreach (var seconds in new[] { 1, 2, 4, 8, 16 })
        {
            await api.Time.WaitedForAsync(TimeSpan.FromSeconds(seconds));
            if (seconds == 1)
                await api.PullAsync("other");
            api.Time.Advance(TimeSpan.FromSeconds(seconds));
        }
        var end = await api.PullEndAsync(job.Id);
        Assert.Equal((PullEventTypes.Error, PullStatuses.Failed), (end.Type, end.Status));
        Assert.Contains("closed the connection", end.Error);
        // The next one of that Ollama gets its turn.
        await api.Time.WaitedForAsync(PullRun.FirstRetry);
    }

    [Fact]
    public async Task What_was_cancelled_stays_cancelled_where_the_service_stops_in_that_moment()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        emulator.Control.PullGate = new TaskCompletionSource().Task;
        var folder = Directory.CreateTempSubdirectory("chatollama-models-");
        string id;
        Task cancelling;
        await using (var before = await ModelApi.StartAsync(folder: folder, emulator: emulator))
        {
            id = (await before.PullAsync("demo-extra")).Id;
            await emulator.Control.WaitForPullWaitsAsync(1);
            // The look at Ollama's list after a cancellation takes its time, and the service stops meanwhile.
            emulator.Control.Hang = true;
            cancelling = before.Client.DeleteAsync("/v1/models/pulls/" + id);
            await before.Time.WaitedForAsync(TimeSpan.FromSeconds(2));
        }
        await Task.WhenAny(cancelling);
        emulator.Control.Hang = false;
        emulator.Control.PullGate = null;
        await using (var after = await ModelApi.StartAsync(folder: folder, emulator: emulator))
        {
            Assert.Equal((id, PullStatuses.Cancelled), (Assert.Single(await after.PullsAsync()).Id, (await after.PullsAsync())[0].Status));
            Assert.Single(emulator.Control.Requests, r => r.Path == "/api/pull");
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_was_stored_twice_unfinished_goes_on_once()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-models-");
        await using (var before = await ModelApi.StartAsync(folder: folder))
        {
            await before.Services.GetRequiredService<DbWriter>().WriteAsync(context =>
            {
                foreach (var (id, name) in new[] { ("one", "demo-extra:latest"), ("two", "Demo-Extra:latest") })
                    context.Execute("INSERT INTO pulls (id, name, insecure, status, created_at) VALUES ($1, $2, 0, 'running', '2026-11-22 01:02:03')", id, name);
            });
        }
        for (var start = 1; start <= 2; start++)
        {
            await using var api = await ModelApi.StartAsync(folder: folder);
            await api.PullEndAsync("one");
            Assert.Equal([("two", PullStatuses.Cancelled), ("one", PullStatuses.Done)], (await api.PullsAsync()).Select(p => (p.Id, p.Status)));
            Assert.Contains("twice", (await api.PullEndAsync("two")).Error);
            Assert.Equal(start == 1 ? 1 : 0, api.Emulator.Control.Requests.Count(r => r.Path == "/api/pull"));
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_first_download_while_Ollama_is_away_says_so_and_can_be_cancelled()
    {
        await using var api = await ModelApi.StartAsync();
        api.Emulator.Control.Online = false;
        var job = await api.PullAsync("demo-extra");
        using var watcher = await api.WatchAsync(job.Id);
        while ((await watcher.UntilAsync(PullEventTypes.Status)).Status != PullStatuses.WaitingForOllama)
        {
            // It was queued a moment ago.
        }
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/models/pulls/" + job.Id)).StatusCode);
        Assert.Equal(PullStatuses.Cancelled, (await watcher.UntilAsync(PullEventTypes.Error)).Status);
        Assert.DoesNotContain((await api.ListAsync()).Models, m => m.Name == "demo-extra:latest");
    }

    [Fact]
    public async Task An_end_that_could_not_be_stored_is_stored_later_and_the_job_does_not_run_again()
    {
        await using var api = await ModelApi.StartAsync();
        var writer = api.Services.GetRequiredService<DbWriter>();
        await writer.WriteAsync(context => context.Execute("CREATE TRIGGER full BEFORE UPDATE OF ended_at ON pulls BEGIN SELECT RAISE(ABORT, 'full'); END"));
        var job = await api.PullAsync("nothing-of-the-kind");
        Assert.Equal(PullEventTypes.Error, (await api.PullEndAsync(job.Id)).Type);
        await api.Catalog.SyncAnewAsync(default);
        Assert.Equal(ModelStatuses.Removed, (await api.ModelAsync("nothing-of-the-kind:latest")).Status);

        await writer.WriteAsync(context => context.Execute("DROP TRIGGER full"));
        await api.PullEndAsync((await api.PullAsync("demo-extra")).Id);
        Assert.Equal(PullStatuses.Failed, await writer.WriteAsync(context => context.Scalar("SELECT status FROM pulls WHERE name = 'nothing-of-the-kind:latest'")));
        var model = await api.ModelAsync("nothing-of-the-kind:latest");
        Assert.Equal(ModelStatuses.Error, model.Status);
        Assert.Contains("file does not exist", model.Error);
    }

    [Fact]
    public async Task A_download_that_cannot_be_stored_ends_for_everybody()
    {
        await using var api = await ModelApi.StartAsync();
        var writer = api.Services.GetRequiredService<DbWriter>();
        await writer.WriteAsync(context => context.Execute("CREATE TRIGGER full BEFORE INSERT ON pulls BEGIN SELECT RAISE(ABORT, 'full'); END"));
        using var refused = await api.PostAsync("/v1/models/pull", """{"name":"demo-extra"}""");
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Empty(await api.PullsAsync());
        Assert.Equal(0, api.Services.GetRequiredService<PullService>().Unfinished);
        await writer.WriteAsync(context => context.Execute("DROP TRIGGER full"));
        Assert.Equal(PullEventTypes.Done, (await api.PullEndAsync((await api.PullAsync("demo-extra")).Id)).Type);
    }

    [Fact]
    public async Task A_pull_in_the_moment_of_a_cancellation_is_a_job_of_its_own()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = new TaskCompletionSource().Task);
        var job = await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        // The look at Ollama's list after a cancellation takes its time.
        api.Emulator.Control.Hang = true;
        var cancelling = api.Client.DeleteAsync("/v1/models/pulls/" + job.Id);
        await api.Emulator.Control.WaitForPullsEndedAsync(1);
        var pulling = api.PullAsync("demo-extra");
        api.Emulator.Control.PullGate = null;
        api.Emulator.Control.Hang = false;
        await cancelling;
        var again = await pulling;
        Assert.NotEqual(job.Id, again.Id);
        Assert.Equal(PullEventTypes.Done, (await api.PullEndAsync(again.Id)).Type);
    }

    [Fact]
    public async Task What_somebody_decided_about_a_name_outlives_a_cancelled_download()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = new TaskCompletionSource().Task);
        var job = await api.PullAsync("demo-extra");
        await api.Emulator.Control.WaitForPullWaitsAsync(1);
        await api.PutAsync("/v1/models/demo-extra/config", """{"temperature":0.1}""");
        await api.Client.DeleteAsync("/v1/models/pulls/" + job.Id);
        var model = await api.ModelAsync("demo-extra:latest");
        Assert.Equal((job.ModelId, ModelStatuses.Removed), (model.Id, model.Status));
    }

    [Fact]
    public async Task A_download_that_stands_still_fails_with_a_sentence_and_can_be_retried()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.PullGate = new TaskCompletionSource().Task, settings: "--PULL_STALL_TIMEOUT=1m");
        var job = await api.PullAsync("demo-extra");
        using var watcher = await api.WatchAsync(job.Id);
        await watcher.UntilAsync(PullEventTypes.Progress);
        api.Time.Advance(TimeSpan.FromMinutes(1));
        var end = await watcher.UntilAsync(PullEventTypes.Error);
        Assert.Contains("Nothing has arrived for 60 s", end.Error);
        Assert.Equal(ProblemCodes.OllamaTimeout, end.Problem!.Code);
        var model = await api.ModelAsync("demo-extra:latest");
        Assert.Equal((ModelStatuses.Error, end.Error), (model.Status, model.Error));

        api.Emulator.Control.PullGate = null;
        var again = await api.PullAsync("", $"/v1/models/pulls/{job.Id}/retry");
        Assert.NotEqual(job.Id, again.Id);
        Assert.Equal((again.ModelId, model.Id), (model.Id, (await api.PullEndAsync(again.Id)).ModelId));
        model = await api.ModelAsync("demo-extra:latest");
        Assert.Equal((ModelStatuses.Available, null), (model.Status, model.Error));
    }

    [Fact]
    public async Task A_full_disk_is_told_in_Ollamas_words_and_what_has_arrived_is_kept()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.DiskSpace = 50_000_000);
        var end = await api.PullEndAsync((await api.PullAsync("demo-extra")).Id);
        Assert.EndsWith("no space left on device", end.Error);
        Assert.Equal(48_000_000, end.Completed);
        Assert.Equal(ModelStatuses.Error, (await api.ModelAsync("demo-extra:latest")).Status);
        // An error that nobody acts on stays told; removing it forgets the name.
        await api.SyncAsync();
        Assert.Equal(ModelStatuses.Error, (await api.ModelAsync("demo-extra:latest")).Status);

        api.Emulator.Control.DiskSpace = null;
        api.Emulator.Control.PullGate = new TaskCompletionSource().Task;
        using (var watcher = await api.WatchAsync((await api.PullAsync("demo-extra")).Id))
            Assert.Equal(48_000_000, (await watcher.UntilAsync(PullEventTypes.Progress)).Completed);
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/models/demo-extra")).StatusCode);
        Assert.Equal(PullStatuses.Cancelled, (await api.PullsAsync())[0].Status);
        Assert.DoesNotContain((await api.ListAsync()).Models, m => m.Name == "demo-extra:latest");
    }

    [Fact]
    public async Task A_failed_update_leaves_the_model_available()
    {
        await using var api = await ModelApi.StartAsync();
        Assert.Equal(PullEventTypes.Error, (await api.PullEndAsync((await api.PullAsync("demo")).Id)).Type);
        var model = await api.ModelAsync("demo:latest");
        Assert.Equal((ModelStatuses.Available, null, null), (model.Status, model.Error, model.PullId));
    }

    [Fact]
    public async Task Several_run_at_once_where_the_operator_says_so()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.PullGate = new TaskCompletionSource().Task;
            e.Control.AllowPull("second");
        }, settings: "--MAX_PULLS=2");
        await api.PullAsync("demo-extra");
        await api.PullAsync("second");
        await api.PullAsync("third");
        await api.Emulator.Control.WaitForPullWaitsAsync(2);
        Assert.Equal([PullStatuses.Queued, PullStatuses.Running, PullStatuses.Running], (await api.PullsAsync()).Select(p => p.Status));
    }

    [Fact]
    public async Task Another_host_and_plain_http_need_the_operators_consent()
    {
        const string foreign = """{"name":"127.0.0.1:9/a/b"}""", insecure = """{"name":"demo-extra","insecure":true}""";
        await using (var api = await ModelApi.StartAsync())
        {
            Assert.Contains("name", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/pull", ProblemCodes.Validation, foreign)).Errors!.Keys);
            Assert.Contains("insecure", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/pull", ProblemCodes.Validation, insecure)).Errors!.Keys);
            Assert.DoesNotContain(api.Emulator.Control.Requests, r => r.Path == "/api/pull");
        }
        await using (var api = await ModelApi.StartAsync(settings: "--ALLOW_INSECURE_PULLS=true"))
        {
            Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync("/v1/models/pull", foreign)).StatusCode);
            Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync("/v1/models/pull", insecure)).StatusCode);
            await api.PullEndAsync((await api.PullsAsync())[0].Id);
            Assert.True(api.Emulator.Control.Requests.Last(r => r.Path == "/api/pull").Body.GetProperty("insecure").GetBoolean());
        }
    }

    [Fact]
    public async Task The_last_hundred_that_ended_are_listed_page_by_page_and_survive_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-models-");
        await using (var api = await ModelApi.StartAsync(folder: folder))
        {
            await api.Services.GetRequiredService<DbWriter>().WriteAsync(context =>
            {
                for (var i = 0; i < PullService.MaxEnded; i++)
                    context.Execute("INSERT INTO pulls (id, name, insecure, status, error, error_code, created_at) VALUES ($1, $2, 0, 'failed', 'no luck', 'ollama', '2026-11-22 01:02:03')", $"id-{i}", $"old-{i}:latest");
            });
        }
        await using (var api = await ModelApi.StartAsync(folder: folder))
        {
            Assert.Equal(("id-99", "no luck", ProblemCodes.Ollama), ((await api.PullsAsync())[0].Id, (await api.PullsAsync())[0].Error, (await api.PullsAsync())[0].ErrorCode));
            await api.PullEndAsync((await api.PullAsync("no-such")).Id);
            var all = await api.PullsAsync();
            Assert.Equal((PullService.MaxEnded, "no-such:latest", "old-1:latest"), (all.Count, all[0].Name, all[^1].Name));
            Assert.Equal(PullService.MaxEnded, (long)(await api.Services.GetRequiredService<DbWriter>().WriteAsync(context => context.Scalar("SELECT count(*) FROM pulls")))!);
            var first = (await api.Client.GetFromJsonAsync("/v1/models/pulls?limit=60", ContractsJson.Default.PullList))!;
            var second = (await api.Client.GetFromJsonAsync("/v1/models/pulls?limit=60&cursor=" + first.NextCursor, ContractsJson.Default.PullList))!;
            Assert.Equal(all.Select(p => p.Id), first.Pulls.Concat(second.Pulls).Select(p => p.Id));
            Assert.Null(second.NextCursor);
        }
        folder.Delete(recursive: true);
    }
}
