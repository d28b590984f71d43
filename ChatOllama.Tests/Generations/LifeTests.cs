using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Emulator;
using ChatOllama.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Generations;

/// <summary>An answer lives on the server: readers come and go, it is stopped, cut off, continued, asked again.</summary>
public class LifeTests
{
    private const string Streamed = """{"message":"Hi","session_id":"s","stream":true}""";
    private const string InBackground = """{"message":"Hi","session_id":"s","stream":true,"background":true}""";

    [Fact]
    public async Task Resuming_at_any_event_of_a_running_answer_gives_the_identical_text()
    {
        await using var api = await ApiHost.StartAsync();
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Thinking("thin").Thinking("king").Tokens("Grü", "ße ", "🙂").WaitFor(gate.Task).Tokens(" an", " alle").Done());
        using var stream = await api.StreamAsync(InBackground);
        await stream.UntilTextAsync("🙂");
        var id = stream.Events[0].Data.MessageId!;
        var resumed = new List<(int Seen, EventReader Reader)>();
        for (var i = 0; i < stream.Events.Count; i++) resumed.Add((i + 1, await api.FollowAsync(id, stream.Events[i].Id)));
        gate.SetResult();
        await stream.ToEndAsync();
        foreach (var (seen, reader) in resumed)
        {
            Assert.Equal("done", (await reader.ToEndAsync()).Data.Type);
            Assert.Equal("Grüße 🙂 an alle", Text(stream, seen) + reader.Text);
            reader.Dispose();
        }
        // And again from the database, at every event there was.
        foreach (var (received, index) in stream.Events.Select((e, i) => (e, i)))
        {
            using var replay = await api.FollowAsync(id, received.Id);
            await replay.ToEndAsync();
            Assert.Equal("Grüße 🙂 an alle", Text(stream, index + 1) + replay.Text);
        }

        static string Text(EventReader reader, int events) => string.Concat(reader.Events.Take(events).Where(e => e.Data.Type == "token").Select(e => e.Data.Content));
    }

    [Fact]
    public async Task Two_readers_see_the_same_and_one_that_leaves_ends_nothing()
    {
        await using var api = await ApiHost.StartAsync(setup => setup.Settings["DISCONNECT_GRACE"] = "0s");
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("one ").WaitFor(gate.Task).Token("two").Done());
        var first = await api.StreamAsync(Streamed);
        await first.UntilTextAsync("one");
        using var second = await api.FollowAsync(first.Events[0].Data.MessageId!);
        await second.UntilTextAsync("one");
        first.Dispose();
        gate.SetResult();
        Assert.Equal("done", (await second.ToEndAsync()).Data.Type);
        Assert.Equal("one two", second.Text);
    }

    [Fact]
    public async Task Stop_while_Ollama_is_silent_reaches_it_at_once_and_keeps_the_text()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("so far").StallForever());
        using var stream = await api.StreamAsync(InBackground);
        await stream.UntilTextAsync("so far");
        var id = stream.Events[0].Data.MessageId!;
        var watch = Stopwatch.StartNew();
        using var response = await api.PostAsync($"/v1/messages/{id}/stop", "");
        await api.Ollama.WaitForAbortAsync(1);
        // A generous bound: it tells "at once" from "with the next token", which never comes.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
        var stopped = await response.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken);
        Assert.Equal(("so far", "stopped"), (stopped!.Content, stopped.FinishReason));
        var done = (await stream.ToEndAsync()).Data;
        Assert.Equal(("done", "stopped"), (done.Type, done.FinishReason));
        Assert.Equal(("stopped", "so far"), await StoredAsync(api, id));
    }

    [Fact]
    public async Task Stop_before_the_headers_and_in_the_queue_works_too()
    {
        await using var api = await ApiHost.StartAsync(setup => setup.Settings["MAX_CONCURRENT_CHATS"] = "1");
        api.Ollama.Script("demo", new ChatScript().StallForever());
        using var silent = await api.StreamAsync("""{"message":"Hi","session_id":"a","stream":true,"background":true}""");
        await api.Ollama.WaitForChatsAsync(1);
        await silent.UntilAsync("phase");
        using var queued = await api.StreamAsync("""{"message":"Hi","session_id":"b","stream":true,"background":true}""");
        await queued.UntilAsync("phase");
        using var _ = await api.PostAsync($"/v1/messages/{queued.Events[0].Data.MessageId}/stop", "");
        Assert.Equal("stopped", (await queued.ToEndAsync()).Data.FinishReason);
        using var __ = await api.PostAsync($"/v1/messages/{silent.Events[0].Data.MessageId}/stop", "");
        await api.Ollama.WaitForAbortAsync(1);
        Assert.Equal("stopped", (await silent.ToEndAsync()).Data.FinishReason);
    }

    [Fact]
    public async Task When_the_last_reader_leaves_the_answer_is_stopped_after_the_grace_period()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-22T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var api = await ApiHost.StartAsync(setup => setup.Time = time);
        api.Ollama.Script("demo", new ChatScript().Token("so far").StallForever());
        var stream = await api.StreamAsync(Streamed);
        await stream.UntilTextAsync("so far");
        var id = stream.Events[0].Data.MessageId!;
        var generation = api.Services.GetRequiredService<GenerationService>().Find(id)!;
        stream.Dispose();
        // The server hears of the hang-up when it hears of it; the grace period counts from then.
        while (!generation.Completion.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(generation.Completion, Task.Delay(20, TestContext.Current.CancellationToken));
        }
        await api.Ollama.WaitForAbortAsync(1);
        Assert.Equal(("stopped", "so far"), await StoredAsync(api, id));
    }

    [Fact]
    public async Task In_the_background_it_runs_to_its_end_without_a_reader()
    {
        await using var api = await ApiHost.StartAsync(setup => setup.Settings["DISCONNECT_GRACE"] = "0s");
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("one ").WaitFor(gate.Task).Token("two").Done());
        var stream = await api.StreamAsync(InBackground);
        await stream.UntilTextAsync("one");
        var generation = api.Services.GetRequiredService<GenerationService>().Find(stream.Events[0].Data.MessageId!)!;
        stream.Dispose();
        gate.SetResult();
        Assert.Equal(("complete", "one two"), ((await generation.Completion).Status, (await generation.Completion).Content));
    }

    [Fact]
    public async Task Regenerate_makes_a_sibling_and_another_model_may_answer()
    {
        await using var api = await ApiHost.StartAsync();
        var first = await api.ChatAsync("""{"message":"Hi","session_id":"s","options":{"seed":7}}""");
        using var response = await api.PostAsync($"/v1/messages/{first.Id}/regenerate", """{"model":"demo-think","options":{"temperature":0.5}}""");
        var second = await response.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken);
        Assert.Equal("demo-think:latest", second!.Model);
        Assert.NotEqual(first.Id, second.Id);
        var options = api.Ollama.ChatRequests[^1].Body.GetProperty("options");
        Assert.Equal((7, 0.5f), (options.GetProperty("seed").GetInt32(), options.GetProperty("temperature").GetSingle()));
        await using var db = await Db(api);
        var answers = await db.Messages.Where(m => m.Role == "assistant").ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, answers.Count);
        Assert.Single(answers.Select(a => a.ParentSeq).Distinct());
        Assert.Equal(answers.Single(a => a.Id == second.Id).Seq, (await db.Sessions.SingleAsync(TestContext.Current.CancellationToken)).ActiveSeq);
    }

    [Fact]
    public async Task Continue_goes_on_in_the_same_message_and_the_whole_is_what_it_would_have_been()
    {
        await using var api = await ApiHost.StartAsync();
        var whole = await api.ChatAsync("""{"message":"Show me a long answer about rivers","options":{"seed":5}}""");
        Assert.True(whole.Content.Length > 200);
        using var limited = await api.PostAsync("/v1/chat", """{"message":"Show me a long answer about rivers","options":{"seed":5,"max_tokens":20}}""");
        var cut = (await limited.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken))!;
        Assert.Equal("length", cut.FinishReason);
        Assert.StartsWith(cut.Content, whole.Content, StringComparison.Ordinal);

        await api.Services.GetRequiredService<DbWriter>().WriteAsync(c => c.Execute("UPDATE messages SET request_json = '{\"options\":{\"seed\":5}}' WHERE id = $1", cut.Id));
        using var stream = await api.StreamAsync("""{"stream":true}""", $"/v1/messages/{cut.Id}/continue");
        Assert.Equal(("done", "stop"), ((await stream.ToEndAsync()).Data.Type, stream.Events[^1].Data.FinishReason));
        Assert.Equal(("start", cut.Id), (stream.Events[0].Data.Type, stream.Events[0].Data.MessageId));
        Assert.Equal(whole.Content, cut.Content + stream.Text);
        Assert.Equal(("complete", whole.Content), await StoredAsync(api, cut.Id));
    }

    [Fact]
    public async Task What_is_complete_or_still_running_cannot_be_continued()
    {
        await using var api = await ApiHost.StartAsync();
        var answer = await api.ChatAsync("""{"message":"Hi"}""");
        using var complete = await api.PostAsync($"/v1/messages/{answer.Id}/continue", "");
        await ApiHost.ProblemAsync(complete, 409, ProblemCodes.Conflict);
        api.Ollama.Script("demo", new ChatScript().Token("x").StallForever());
        using var stream = await api.StreamAsync(InBackground);
        await stream.UntilAsync("token");
        using var running = await api.PostAsync($"/v1/messages/{stream.Events[0].Data.MessageId}/continue", "");
        await ApiHost.ProblemAsync(running, 409, ProblemCodes.Conflict);
        using var again = await api.PostAsync($"/v1/messages/{stream.Events[0].Data.MessageId}/regenerate", "");
        await ApiHost.ProblemAsync(again, 409, ProblemCodes.Conflict);
    }

    [Fact]
    public async Task Of_many_who_continue_at_once_one_does_and_no_word_is_lost()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.ScriptNext("demo", new ChatScript().Token("one").Done("length"));
        var cut = await api.ChatAsync("""{"message":"Hi","session_id":"s"}""");
        api.Ollama.Script("demo", new ChatScript().Token(" two").Done());
        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.PostAsync($"/v1/messages/{cut.Id}/continue", "")));
        Assert.Single(responses, r => r.StatusCode == HttpStatusCode.OK);
        Assert.Equal(7, responses.Count(r => r.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(("complete", "one two"), await StoredAsync(api, cut.Id));
        foreach (var response in responses) response.Dispose();
    }

    [Theory]
    [InlineData("GET", "/v1/messages/nope/events")]
    [InlineData("POST", "/v1/messages/nope/stop")]
    [InlineData("POST", "/v1/messages/nope/regenerate")]
    [InlineData("POST", "/v1/messages/nope/continue")]
    public async Task An_unknown_message_is_not_found(string method, string path)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
        await ApiHost.ProblemAsync(response, 404, ProblemCodes.NotFound);
    }

    [Fact]
    public async Task A_made_up_cursor_is_refused()
    {
        await using var api = await ApiHost.StartAsync();
        var answer = await api.ChatAsync("""{"message":"Hi"}""");
        using var response = await api.Client.GetAsync($"/v1/messages/{answer.Id}/events?after=abc", TestContext.Current.CancellationToken);
        Assert.True((await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation)).Errors!.ContainsKey("after"));
    }

    [Fact]
    public async Task After_a_crash_the_text_so_far_is_interrupted_and_continue_finishes_it()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        string copy, id;
        await using (var api = await ApiHost.StartAsync(setup => setup.SharedEmulator = emulator))
        {
            var saved = new string('x', 3000);
            api.Ollama.Script("demo", new ChatScript().Token(saved).Token(" and on").StallForever());
            using var stream = await api.StreamAsync(InBackground);
            await stream.UntilTextAsync("and on");
            id = stream.Events[0].Data.MessageId!;
            var generation = api.Services.GetRequiredService<GenerationService>().Find(id)!;
            while (generation.Saved.Content < saved.Length + 7) await Task.Delay(20, TestContext.Current.CancellationToken);
            copy = api.CopyAsAfterCrash();
        }
        await using var again = await ApiHost.StartAsync(setup => { setup.SharedEmulator = emulator; setup.Folder = copy; });
        Assert.Equal(("interrupted", new string('x', 3000) + " and on"), await StoredAsync(again, id));
        using var replay = await again.FollowAsync(id);
        Assert.Equal("error", (await replay.ToEndAsync()).Data.Type);

        again.Ollama.Script("demo", new ChatScript().Token(", finished").Done());
        using var response = await again.PostAsync($"/v1/messages/{id}/continue", "");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("complete", new string('x', 3000) + " and on, finished"), await StoredAsync(again, id));
        var sent = again.Ollama.ChatRequests[^1].Body.GetProperty("messages");
        Assert.Equal("assistant", sent[sent.GetArrayLength() - 1].GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_service_that_stops_tells_every_reader_and_marks_the_answers_interrupted()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        string id;
        await using (var api = await ApiHost.StartAsync(setup => { setup.SharedEmulator = emulator; setup.Folder = folder; setup.Settings["MAX_CONCURRENT_CHATS"] = "1"; }))
        {
            api.Ollama.Script("demo", new ChatScript().Token("so far").StallForever());
            using var running = await api.StreamAsync(InBackground);
            await running.UntilTextAsync("so far");
            using var waiting = await api.StreamAsync("""{"message":"Hi","session_id":"t","stream":true}""");
            await waiting.UntilAsync("phase");
            id = running.Events[0].Data.MessageId!;
            var stop = api.StopAsync();
            Assert.Equal("error", (await running.ToEndAsync()).Data.Type);
            Assert.Equal("error", (await waiting.ToEndAsync()).Data.Type);
            await stop;
        }
        await using var again = await ApiHost.StartAsync(setup => { setup.SharedEmulator = emulator; setup.Folder = folder; });
        Assert.Equal(("interrupted", "so far"), await StoredAsync(again, id));
        await using var db = await Db(again);
        Assert.Equal(0, await db.Messages.CountAsync(m => m.Status == "queued" || m.Status == "generating", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Silence_beyond_the_limit_is_a_timeout_with_the_text_kept(bool afterFirstToken)
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-22T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var api = await ApiHost.StartAsync(setup => setup.Time = time);
        api.Ollama.Script("demo", afterFirstToken ? new ChatScript().Token("so far").StallForever() : new ChatScript().StallForever());
        using var stream = await api.StreamAsync(InBackground);
        if (afterFirstToken) await stream.UntilTextAsync("so far");
        await api.Ollama.WaitForChatsAsync(1);
        var generation = api.Services.GetRequiredService<GenerationService>().Find((await FirstAsync(stream)).Data.MessageId!)!;
        time.Advance(afterFirstToken ? TimeSpan.FromSeconds(119) : TimeSpan.FromSeconds(599));
        Assert.False(generation.Completion.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        var error = (await stream.ToEndAsync()).Data;
        Assert.Equal(ProblemCodes.OllamaTimeout, error.Problem!.Code);
        Assert.Equal(("failed", afterFirstToken ? "so far" : ""), await StoredAsync(api, error.MessageId!));
        await api.Ollama.WaitForAbortAsync(1);

        static async Task<ReceivedEvent> FirstAsync(EventReader reader) => reader.Events.Count > 0 ? reader.Events[0] : (await reader.NextAsync())!;
    }

    [Fact]
    public async Task A_wait_in_the_queue_beyond_the_limit_ends_in_an_error()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-22T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var api = await ApiHost.StartAsync(setup => { setup.Time = time; setup.Settings["MAX_CONCURRENT_CHATS"] = "1"; setup.Settings["QUEUE_TIMEOUT"] = "1m"; });
        api.Ollama.Script("demo", new ChatScript().Token("x").StallForever());
        using var first = await api.StreamAsync("""{"message":"1","session_id":"a","stream":true,"background":true}""");
        await first.UntilAsync("token");
        using var second = await api.StreamAsync("""{"message":"2","session_id":"b","stream":true,"background":true}""");
        await second.UntilAsync("phase");
        time.Advance(TimeSpan.FromSeconds(61));
        var error = (await second.ToEndAsync()).Data;
        Assert.Equal(ProblemCodes.Overloaded, error.Problem!.Code);
        Assert.Equal("failed", (await StoredAsync(api, error.MessageId!)).Status);
    }

    [Fact]
    public async Task A_quiet_stream_is_pinged()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-22T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var api = await ApiHost.StartAsync(setup => setup.Time = time);
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().WaitFor(gate.Task).Token("x").Done());
        using var stream = await api.StreamAsync(InBackground);
        await stream.UntilAsync("phase");
        await api.Ollama.WaitForChatsAsync(1);
        for (var i = 0; i < 76; i++) time.Advance(TimeSpan.FromMilliseconds(200));
        gate.SetResult();
        await stream.ToEndAsync();
        Assert.True(stream.Comments >= 1, "no ping in 15 s");
    }

    [Fact]
    public async Task Another_engine_in_place_of_Ollama_streams()
    {
        await using var api = await ApiHost.StartAsync(setup => setup.Services = services => services.AddSingleton<IChatClient, CountingClient>());
        using var stream = await api.StreamAsync(Streamed);
        var done = (await stream.ToEndAsync()).Data;
        Assert.Equal(("1 2 3 ", "done", 12), (stream.Text, done.Type, done.TotalTokens));
        Assert.Empty(api.Ollama.ChatRequests);
    }

    [Fact]
    public async Task A_clock_that_jumps_back_shuffles_nothing()
    {
        var time = new JumpingTime();
        await using var api = await ApiHost.StartAsync(setup => setup.Time = time);
        await api.ChatAsync("""{"message":"one","session_id":"a"}""");
        time.Jump = TimeSpan.FromDays(-1);
        await api.ChatAsync("""{"message":"two","session_id":"a"}""");
        await api.ChatAsync("""{"message":"three","session_id":"b"}""");
        await using var db = await Db(api);
        Assert.Equal(["one", "two", "three"], await db.Messages.Where(m => m.Role == "user").OrderBy(m => m.Seq).Select(m => m.Content).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["b", "a"], await db.Sessions.OrderByDescending(s => s.Activity).Select(s => s.Id).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["one", "two"], api.Ollama.ChatRequests[1].Body.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() == "user").Select(m => m.GetProperty("content").GetString()));
    }

    private static Task<ChatDbContext> Db(ApiHost api) => api.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    private static async Task<(string Status, string Content)> StoredAsync(ApiHost api, string id)
    {
        await using var db = await Db(api);
        var message = await db.Messages.SingleAsync(m => m.Id == id, TestContext.Current.CancellationToken);
        return (message.Status, message.Content);
    }

    /// <summary>The real clock, moved.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Jump;
    }

    private sealed class CountingClient : IChatClient
    {
        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (var i = 1; i <= 3; i++)
            {
                await Task.Yield();
                yield return new ChatResponseUpdate(ChatRole.Assistant, $"{i} ");
            }
            yield return new ChatResponseUpdate { FinishReason = ChatFinishReason.Stop, Contents = [new UsageContent(new UsageDetails { InputTokenCount = 9, OutputTokenCount = 3 })] };
        }

        public Task<Microsoft.Extensions.AI.ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new InvalidOperationException("Only streams are asked for.");

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
