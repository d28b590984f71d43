using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Models;
using ChatOllama.Tests.Emulator;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Models;

/// <summary>Two emulators as one: <c>OLLAMA_HOSTS</c>.</summary>
public sealed class SeveralOllamasTests
{
    private const string Both = "both:latest", OnlyA = "only-a:latest", OnlyB = "only-b:latest";

    private sealed class Pair(ModelApi api, EmulatorHost b) : IAsyncDisposable
    {
        public ModelApi Api => api;
        public EmulatorHost A => api.Emulator;
        public EmulatorHost B => b;

        public static async Task<Pair> StartAsync(Action<EmulatorHost, EmulatorHost>? prepare = null, DirectoryInfo? folder = null, bool synced = true)
        {
            var (a, b) = (await EmulatorHost.StartAsync(), await EmulatorHost.StartAsync());
            foreach (var (host, name) in new[] { (a, Both), (b, Both), (a, OnlyA), (b, OnlyB) })
                host.Control.AddModel(EmulatedModel.Talker(name));
            prepare?.Invoke(a, b);
            var api = await ModelApi.StartUnsyncedAsync(null, folder, null, a, $"--OLLAMA_HOSTS={a.Url}, {b.Url}");
            if (synced)
                await api.SyncedAsync();
            return new(api, b);
        }

        public async Task<ChatResponse> ChatAsync(string model)
        {
            using var response = await PostAsync("/v1/chat", JsonSerializer.Serialize(new { model, message = "Hello" }));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse))!;
        }

        public Task<HttpResponseMessage> PostAsync(string path, string json) => api.Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

        public async Task<RunningModelList> RunningAsync() => (await api.Client.GetFromJsonAsync("/v1/models/running", ContractsJson.Default.RunningModelList))!;

        /// <summary>The next look of the background sync.</summary>
        public async Task LookAsync()
        {
            api.Time.Advance(ModelSyncService.Watch * 1.2);
            api.Loop.Advance(ModelSyncService.Watch * 1.2);
            await api.SyncedAsync();
        }

        public static async Task LoadAsync(EmulatorHost host, string model) => (await host.Client.PostAsJsonAsync("/api/generate", new { model })).Dispose();

        /// <summary>How many chats each has got.</summary>
        public (int A, int B) Chats => (A.Control.StartedChats, B.Control.StartedChats);

        public IEnumerable<int> Busy => api.Services.GetRequiredService<ApiService.Ollama.OllamaServers>().All.Select(s => s.Busy);

        public async ValueTask DisposeAsync()
        {
            await api.DisposeAsync();
            await A.DisposeAsync();
            await b.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_list_tells_of_each_model_where_it_lives()
    {
        await using var pair = await Pair.StartAsync((_, b) => b.Control.AddModel(EmulatedModel.Talker(Both) with { Digest = "another", Size = 5 }));
        var list = await pair.Api.ListAsync();
        Assert.Equal([(pair.A.Url, true), (pair.B.Url, true)], list.OllamaHosts!.Select(h => (h.Name, h.Reachable)));
        string[]? HostsOf(string name) => Assert.Single(list.Models, m => m.Name == name).Hosts;
        Assert.Equal([pair.A.Url, pair.B.Url], HostsOf(Both)!);
        Assert.Equal([pair.A.Url], HostsOf(OnlyA)!);
        Assert.Equal([pair.B.Url], HostsOf(OnlyB)!);
        // Of copies that differ the first is described.
        Assert.NotEqual(5, list.Models.Single(m => m.Name == Both).Size);
    }

    [Fact]
    public async Task With_one_nothing_of_hosts_is_said_and_nothing_stands_before_its_chat()
    {
        await using var api = await ModelApi.StartAsync();
        Assert.DoesNotContain("host", await api.Client.GetStringAsync("/v1/models"));
        Assert.IsType<ApiService.Ollama.OllamaChatClient>(api.Services.GetRequiredService<Microsoft.Extensions.AI.IChatClient>());
        using var _ = await api.Client.PostAsync("/v1/models/sync", null);
        Assert.Equal(2, api.Emulator.Control.Requests.Count(r => r.Path == "/api/tags"));
    }

    [Fact]
    public async Task A_chat_goes_to_who_has_the_model_then_to_who_has_it_loaded_then_to_the_shortest_queue()
    {
        await using var pair = await Pair.StartAsync((a, b) => (a.Options.ContextLength, b.Options.ContextLength) = (2048, 8192));
        await pair.ChatAsync(OnlyB);
        Assert.Equal((0, 1), pair.Chats);

        await Pair.LoadAsync(pair.B, Both);
        Assert.Contains((Both, pair.B.Url), (await pair.RunningAsync()).Models.Select(m => (m.Name, m.Host)));
        var answer = await pair.ChatAsync(Both);
        Assert.Equal((0, 2), pair.Chats);
        // The context is that of the server that answered.
        Assert.Equal(8192, answer.Usage?.ContextLength);

        await Pair.LoadAsync(pair.A, Both);
        await pair.RunningAsync();
        var gate = new TaskCompletionSource();
        pair.A.Control.ScriptNext(Both, new ChatScript().WaitFor(gate.Task).Token("a").Done());
        var first = pair.ChatAsync(Both);
        await pair.A.Control.WaitForChatsAsync(1);
        Assert.Equal([1, 0], pair.Busy);
        Assert.Equal(8192, (await pair.ChatAsync(Both)).Usage?.ContextLength);
        Assert.Equal((1, 3), pair.Chats);
        gate.SetResult();
        Assert.Equal(2048, (await first).Usage?.ContextLength);
        await pair.ChatAsync(Both);
        Assert.Equal((2, 3), pair.Chats);
        Assert.Equal([0, 0], pair.Busy);
    }

    [Fact]
    public async Task One_that_is_down_is_left_out_keeps_its_models_listed_and_comes_back_by_itself()
    {
        await using var pair = await Pair.StartAsync();
        pair.A.Control.Online = false;
        await pair.ChatAsync(Both);
        Assert.Equal(1, pair.B.Control.StartedChats);

        var list = await pair.Api.SyncAsync();
        Assert.True(list.OllamaReachable);
        Assert.Equal([false, true], list.OllamaHosts!.Select(h => h.Reachable));
        Assert.All(list.Models, m => Assert.Equal(ModelStatuses.Available, m.Status));
        Assert.Equal([pair.A.Url], list.Models.Single(m => m.Name == OnlyA).Hosts!);
        var health = await pair.Api.Client.GetFromJsonAsync("/health", ContractsJson.Default.HealthReport);
        Assert.Equal(("degraded", "healthy", pair.A.Url), (health!.Status, health.Services["ollama"], health.Metadata["ollama_down"]));

        var problem = await pair.Api.ProblemAsync(HttpMethod.Post, "/v1/chat", ProblemCodes.OllamaUnreachable, JsonSerializer.Serialize(new { model = OnlyA, message = "Hello" }));
        Assert.Contains(pair.A.Url, problem.Detail);
        Assert.True((await pair.Api.ListAsync()).OllamaReachable);

        pair.A.Control.Online = true;
        pair.A.Control.AddModel(EmulatedModel.Talker("new"));
        await pair.LookAsync();
        list = await pair.Api.ListAsync();
        Assert.All(list.OllamaHosts!, h => Assert.True(h.Reachable));
        Assert.Equal([pair.A.Url], list.Models.Single(m => m.Name == "new:latest").Hosts!);
        await pair.ChatAsync(OnlyA);
        Assert.Equal(1, pair.A.Control.CompletedChats);
    }

    [Fact]
    public async Task When_all_are_down_the_background_finds_whoever_comes_first()
    {
        await using var pair = await Pair.StartAsync((a, b) => (a.Control.Online, b.Control.Online) = (false, false), synced: false);
        await pair.Api.MissedAsync();
        Assert.False((await pair.Api.ListAsync()).OllamaReachable);
        pair.B.Control.Online = true;
        pair.Api.Loop.Advance(ModelSyncService.LastRetry);
        await pair.Api.SyncedAsync();
        var list = await pair.Api.ListAsync();
        Assert.True(list.OllamaReachable);
        Assert.Equal([false, true], list.OllamaHosts!.Select(h => h.Reachable));
        Assert.Contains(list.Models, m => m.Name == OnlyB);
    }

    [Fact]
    public async Task A_server_that_is_full_or_cannot_run_the_model_is_passed_over_before_the_first_word()
    {
        await using var pair = await Pair.StartAsync((a, _) =>
        {
            a.Control.ScriptNext(Both, new ChatScript().Status(503, """{"error":"server busy, please try again.  maximum pending requests exceeded"}"""));
            a.Control.ScriptNext(Both, new ChatScript().Status(500, """{"error":"model requires more system memory (9.0 GiB) than is available (4.0 GiB)"}"""));
        });
        await pair.ChatAsync(Both);
        // Now it is loaded there, so the other one is not asked any more.
        await pair.ChatAsync(Both);
        Assert.Equal((1, 2), pair.Chats);
    }

    [Fact]
    public async Task After_the_first_word_a_failure_is_a_failure()
    {
        var read = new TaskCompletionSource();
        await using var pair = await Pair.StartAsync((a, _) => a.Control.Script(Both, new ChatScript().Token("half").WaitFor(read.Task).AbortConnection()));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { model = Both, message = "Hello", stream = true }), Encoding.UTF8, "application/json"),
        };
        using var response = await pair.Api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await lines.ReadLineAsync() is { } line && !line.Contains("half"))
        {
            // Until the word is here.
        }
        read.SetResult();
        Assert.Contains("\"error\"", await lines.ReadToEndAsync());
        Assert.Equal((1, 0), pair.Chats);
    }

    [Fact]
    public async Task What_a_server_may_have_that_has_not_answered_since_the_start_is_not_called_removed()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-hosts-");
        await using (await Pair.StartAsync(folder: folder))
        {
            // Only to know the models.
        }
        await using (var pair = await Pair.StartAsync((_, b) => b.Control.Online = false, folder))
        {
            Assert.All((await pair.Api.ListAsync()).Models, m => Assert.Equal(ModelStatuses.Available, m.Status));
            pair.B.Control.RemoveModel(OnlyB);
            pair.B.Control.Online = true;
            await pair.LookAsync();
            Assert.Equal(ModelStatuses.Removed, (await pair.Api.ModelAsync(OnlyB)).Status);
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Purge_deletes_from_all_that_have_it_or_from_none()
    {
        await using var pair = await Pair.StartAsync();
        pair.B.Control.Online = false;
        using var _ = await pair.Api.Client.PostAsync("/v1/models/sync", null);
        var problem = await pair.Api.ProblemAsync(HttpMethod.Delete, $"/v1/models/{Both}?purge=true", ProblemCodes.OllamaUnreachable);
        Assert.Contains(pair.B.Url, problem.Detail);
        Assert.Contains(pair.A.Control.Models, m => m.Name == Both);

        pair.B.Control.Online = true;
        using var deleted = await pair.Api.Client.DeleteAsync($"/v1/models/{Both}?purge=true");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.All(new[] { pair.A, pair.B }, host => Assert.DoesNotContain(host.Control.Models, m => m.Name == Both));
        var model = await pair.Api.ModelAsync(Both);
        Assert.Equal((ModelStatuses.Removed, 0), (model.Status, model.Hosts!.Length));
    }

    [Fact]
    public async Task A_pull_goes_where_it_was_told_else_to_who_has_it_else_to_the_first()
    {
        await using var pair = await Pair.StartAsync((a, b) =>
        {
            b.Control.AllowPull(OnlyB);
            a.Control.AllowPull("fresh");
        });
        Assert.Equal(pair.B.Url, await PullAsync(pair, "demo-extra", pair.B.Url["http://".Length..]));
        Assert.Equal([pair.B.Url], (await pair.Api.ModelAsync("demo-extra:latest")).Hosts!);
        Assert.Equal(pair.B.Url, await PullAsync(pair, OnlyB, null));
        Assert.Equal(pair.A.Url, await PullAsync(pair, "fresh", null));
        Assert.Equal((1, 2), (Pulls(pair.A), Pulls(pair.B)));
        // An update is for all that have it.
        using var update = await pair.PostAsync("/v1/models/update", JsonSerializer.Serialize(new { models = new[] { Both } }));
        Assert.Equal([pair.A.Url, pair.B.Url], (await update.Content.ReadFromJsonAsync(ContractsJson.Default.PullList))!.Pulls.Select(p => p.Host!));

        var problem = await pair.Api.ProblemAsync(HttpMethod.Post, "/v1/models/pull", ProblemCodes.Validation, """{"name":"demo-extra","host":"elsewhere"}""");
        Assert.Contains(pair.B.Url, Assert.Single(problem.Errors!["host"]));
        static int Pulls(EmulatorHost host) => host.Control.Requests.Count(r => r.Path == "/api/pull");
    }

    [Fact]
    public async Task A_download_whose_server_is_away_lets_the_others_go_first_and_takes_its_turn_again()
    {
        await using var pair = await Pair.StartAsync((a, b) =>
        {
            a.Control.AllowPull("also-a");
            b.Control.AllowPull("for-b");
        });
        pair.A.Control.Online = false;
        var waiting = await StartPullAsync(pair, "demo-extra", pair.A.Url);
        using var watcher = await pair.Api.WatchAsync(waiting.Id);
        while ((await watcher.UntilAsync(PullEventTypes.Status)).Status != PullStatuses.WaitingForOllama)
        {
            // It was queued a moment ago.
        }
        var other = await StartPullAsync(pair, "also-a", pair.A.Url);
        Assert.Equal(PullEventTypes.Done, (await pair.Api.PullEndAsync((await StartPullAsync(pair, "for-b", pair.B.Url)).Id)).Type);
        // What it would find there the first one has found: it is not tried.
        Assert.Equal((PullStatuses.Queued, PullStatuses.Running), (await StatusAsync(pair, other), await StatusAsync(pair, waiting)));

        // Back while another one has the only place.
        var gate = new TaskCompletionSource();
        pair.B.Control.PullGate = gate.Task;
        var going = await StartPullAsync(pair, "demo-extra", pair.B.Url);
        await pair.B.Control.WaitForPullWaitsAsync(1);
        pair.A.Control.Online = true;
        pair.Api.Time.Advance(PullRun.FirstRetry);
        while ((await watcher.UntilAsync(PullEventTypes.Status)).Status != PullStatuses.Queued)
        {
            // Until it knows.
        }
        Assert.DoesNotContain(pair.A.Control.Requests, r => r.Path == "/api/pull");
        gate.SetResult();
        Assert.Equal(PullEventTypes.Done, (await pair.Api.PullEndAsync(going.Id)).Type);
        await watcher.UntilAsync(PullEventTypes.Done);
        Assert.Equal(PullEventTypes.Done, (await pair.Api.PullEndAsync(other.Id)).Type);
    }

    [Fact]
    public async Task When_the_download_that_looks_for_a_server_is_cancelled_the_next_one_looks()
    {
        await using var pair = await Pair.StartAsync((a, _) => a.Control.AllowPull("also-a"));
        pair.A.Control.Online = false;
        var first = await StartPullAsync(pair, "demo-extra", pair.A.Url);
        await WaitsAsync(first);
        var second = await StartPullAsync(pair, "also-a", pair.A.Url);
        Assert.Equal(HttpStatusCode.NoContent, (await pair.Api.Client.DeleteAsync("/v1/models/pulls/" + first.Id)).StatusCode);
        await WaitsAsync(second);

        async Task WaitsAsync(PullView job)
        {
            using var watcher = await pair.Api.WatchAsync(job.Id);
            while ((await watcher.NextAsync())!.Status != PullStatuses.WaitingForOllama)
            {
                // It was queued a moment ago.
            }
        }
    }

    [Fact]
    public async Task One_that_hangs_gets_no_new_chat_after_one_silent_question_and_nobody_waits_for_it()
    {
        await using var pair = await Pair.StartAsync();
        pair.A.Control.Hang = true;
        pair.Api.Time.Advance(ModelSyncService.Watch * 1.6);
        pair.Api.Loop.Advance(ModelSyncService.Watch * 1.2);
        // The question is on its way: a chat that is for the other one does not wait for what the first one says.
        await pair.Api.Time.WaitedForAsync(TimeSpan.FromSeconds(2));
        await pair.ChatAsync(OnlyB);
        pair.Api.Time.Advance(TimeSpan.FromSeconds(2));
        // Then its list is asked for, which takes five seconds more to be missed.
        await pair.Api.Time.WaitedForAsync(TimeSpan.FromSeconds(5));
        await pair.ChatAsync(Both);
        Assert.Equal((0, 2), pair.Chats);
        Assert.Equal([true, true], (await pair.Api.ListAsync()).OllamaHosts!.Select(h => h.Reachable));
        pair.Api.Time.Advance(TimeSpan.FromSeconds(5));
        await pair.Api.SyncedAsync();
        Assert.Equal([false, true], (await pair.Api.ListAsync()).OllamaHosts!.Select(h => h.Reachable));

        pair.A.Control.Hang = false;
        await pair.LookAsync();
        Assert.Equal([true, true], (await pair.Api.ListAsync()).OllamaHosts!.Select(h => h.Reachable));
        await pair.ChatAsync(OnlyA);
        Assert.Equal((1, 2), pair.Chats);
    }

    [Fact]
    public async Task Many_that_ask_one_server_what_it_has_loaded_make_one_call()
    {
        await using var pair = await Pair.StartAsync();
        var running = pair.Api.Services.GetRequiredService<RunningModels>();
        var server = pair.Api.Services.GetRequiredService<ApiService.Ollama.OllamaServers>().All[1];
        var half = TimeSpan.FromSeconds(0.5);
        pair.Api.Time.Advance(TimeSpan.FromMinutes(5)); // what the background read is old by now
        var before = Calls();
        await Pair.LoadAsync(pair.B, Both);
        using var gone = new CancellationTokenSource();
        var first = running.GetAsync(server, half, gone.Token).AsTask();
        var others = Enumerable.Range(0, 9).Select(_ => running.GetAsync(server, half, default).AsTask()).ToList();
        // That the first one goes does not take the answer from the others.
        await gone.CancelAsync();
        Assert.All(await Task.WhenAll(others), models => Assert.Contains(models!, m => m.Name == Both));
        await Task.WhenAny(first);
        await running.GetAsync(server, half, default);
        Assert.Equal(1, Calls() - before);
        pair.Api.Time.Advance(half);
        await running.GetAsync(server, half, default);
        Assert.Equal(2, Calls() - before);

        int Calls() => pair.B.Control.Requests.Count(r => r.Path == "/api/ps");
    }

    [Fact]
    public async Task Load_and_unload_happen_where_they_are_told_to()
    {
        await using var pair = await Pair.StartAsync();
        foreach (var url in new[] { pair.B.Url, pair.A.Url })
        {
            using var loaded = await pair.PostAsync($"/v1/models/{Both}/load", JsonSerializer.Serialize(new { host = url }));
            Assert.Equal(url, (await loaded.Content.ReadFromJsonAsync(ContractsJson.Default.RunningModel))!.Host);
        }
        using (await pair.PostAsync($"/v1/models/{Both}/unload", JsonSerializer.Serialize(new { host = pair.B.Url["http://".Length..] })))
            Assert.Equal([pair.A.Url], (await pair.RunningAsync()).Models.Where(m => m.Name == Both).Select(m => m.Host));
        foreach (var path in new[] { "load", "unload" })
        {
            Assert.Contains(pair.B.Url, Assert.Single((await RefusedAsync($"/v1/models/{Both}/{path}", "elsewhere")).Errors!["host"]));
            Assert.Contains(pair.A.Url, Assert.Single((await RefusedAsync($"/v1/models/{OnlyA}/{path}", pair.B.Url)).Errors!["host"]));
        }
        await using var single = await ModelApi.StartAsync();
        await single.ProblemAsync(HttpMethod.Post, "/v1/models/demo/load", ProblemCodes.Validation, """{"host":"elsewhere"}""");
        Assert.Equal(HttpStatusCode.OK, (await single.PostAsync("/v1/models/demo/load", JsonSerializer.Serialize(new { host = single.Emulator.Url }))).StatusCode);

        Task<Problem> RefusedAsync(string path, string host) => pair.Api.ProblemAsync(HttpMethod.Post, path, ProblemCodes.Validation, JsonSerializer.Serialize(new { host }));
    }

    [Fact]
    public async Task A_pull_goes_on_at_the_same_server_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-hosts-");
        await using var a = await EmulatorHost.StartAsync();
        await using var b = await EmulatorHost.StartAsync();
        b.Control.PullGate = new TaskCompletionSource().Task;
        string id;
        await using (var api = await ModelApi.StartAsync(null, folder, a, $"--OLLAMA_HOSTS={a.Url},{b.Url}"))
        {
            using var response = await api.Client.PostAsync("/v1/models/pull", new StringContent(JsonSerializer.Serialize(new { name = "demo-extra", host = b.Url }), Encoding.UTF8, "application/json"));
            id = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.PullView))!.Id;
            await b.Control.WaitForPullWaitsAsync(1);
        }
        b.Control.PullGate = null;
        await using (var api = await ModelApi.StartAsync(null, folder, a, $"--OLLAMA_HOSTS={a.Url},{b.Url}"))
        {
            using var watcher = new PullWatcher(await api.Client.GetAsync($"/v1/models/pulls/{id}/events", HttpCompletionOption.ResponseHeadersRead));
            await watcher.UntilAsync(PullEventTypes.Done);
            Assert.Equal([b.Url], (await api.ModelAsync("demo-extra:latest")).Hosts!);
            Assert.DoesNotContain(a.Control.Requests, r => r.Path == "/api/pull");
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Load_copy_create_and_unload_happen_where_the_model_is()
    {
        await using var pair = await Pair.StartAsync();
        using (var loaded = await pair.PostAsync($"/v1/models/{OnlyB}/load", "{}"))
            Assert.Equal(pair.B.Url, (await loaded.Content.ReadFromJsonAsync(ContractsJson.Default.RunningModel))!.Host);
        using (var copied = await pair.PostAsync($"/v1/models/{OnlyB}/copy", """{"name":"copy"}"""))
            Assert.Equal([pair.B.Url], (await copied.Content.ReadFromJsonAsync(ContractsJson.Default.ModelView))!.Hosts!);
        using (var made = await pair.PostAsync("/v1/models", JsonSerializer.Serialize(new { name = "made", from = OnlyB, system = "Be kind." })))
            Assert.Equal([pair.B.Url], (await made.Content.ReadFromJsonAsync(ContractsJson.Default.ModelView))!.Hosts!);
        await Pair.LoadAsync(pair.A, Both);
        await Pair.LoadAsync(pair.B, Both);
        Assert.Equal(2, (await pair.RunningAsync()).Models.Count(m => m.Name == Both));
        using var unloaded = await pair.PostAsync($"/v1/models/{Both}/unload", "{}");
        Assert.DoesNotContain((await pair.RunningAsync()).Models, m => m.Name == Both);
    }

    private static async Task<PullView> StartPullAsync(Pair pair, string name, string? host)
    {
        using var response = await pair.PostAsync("/v1/models/pull", JsonSerializer.Serialize(new { name, host }));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.PullView))!;
    }

    private static async Task<string> StatusAsync(Pair pair, PullView job) => (await pair.Api.PullsAsync()).Single(p => p.Id == job.Id).Status;

    /// <returns>Where it went, when it has ended.</returns>
    private static async Task<string?> PullAsync(Pair pair, string name, string? host)
    {
        var job = await StartPullAsync(pair, name, host);
        using var watcher = new PullWatcher(await pair.Api.Client.GetAsync($"/v1/models/pulls/{job.Id}/events", HttpCompletionOption.ResponseHeadersRead));
        await watcher.UntilAsync(PullEventTypes.Done);
        return job.Host;
    }
}
