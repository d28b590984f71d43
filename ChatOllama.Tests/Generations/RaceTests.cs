using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Telemetry;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ChatOllama.Tests.Generations;

/// <summary>What happens when two things happen at once to one answer; each test holds one of them at the point that matters.</summary>
public class RaceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task An_answer_that_is_continued_while_its_first_run_is_put_away_stays_known()
    {
        using var putAway = new HeldLog("ended:");
        await using var api = await ApiHost.StartAsync(setup =>
        {
            setup.Settings["LOG_LEVEL"] = "info";
            setup.Services = services => services.AddSingleton<ILoggerProvider>(putAway);
        });
        var service = api.Services.GetRequiredService<GenerationService>();
        var gate = new TaskCompletionSource();
        api.Ollama.ScriptNext("demo", new ChatScript().Token("one").WaitFor(gate.Task).Done("length"));
        using var first = await api.StreamAsync("""{"message":"Hi","session_id":"s","stream":true}""");
        await first.UntilTextAsync("one");
        var id = first.Events[0].Data.MessageId!;
        var firstRun = service.Find(id)!;
        gate.SetResult();
        await first.ToEndAsync();
        await putAway.Reached.WaitAsync(Patience, TestContext.Current.CancellationToken);

        api.Ollama.Script("demo", new ChatScript().Token(" two").StallForever());
        using var second = await api.StreamAsync("""{"stream":true,"background":true}""", $"/v1/messages/{id}/continue");
        await second.UntilTextAsync("two");
        putAway.Release();
        await firstRun.Gone.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.NotNull(service.Find(id));
        using var _ = await api.PostAsync($"/v1/messages/{id}/stop", "");
        Assert.Equal("stopped", (await second.ToEndAsync()).Data.FinishReason);
    }

    [Fact]
    public async Task Who_waits_for_an_answer_that_could_not_be_committed_is_told()
    {
        await using var api = await ApiHost.StartAsync();
        var service = api.Services.GetRequiredService<GenerationService>();
        var generation = await NewAsync(api, "s");
        service.Register(generation);
        var deleting = service.StopSessionAsync(User.LocalId, "s");
        using var reader = generation.Log.Attach(default);
        service.Forget(generation);
        await deleting.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(await reader.WaitAsync());
        Assert.Equal(ReadResult.End, reader.Read(new System.Buffers.ArrayBufferWriter<byte>()));
        // And whoever found it just before may still tell it to stop.
        generation.End(EndCause.Stopped);
    }

    [Fact]
    public async Task A_generation_ends_even_when_its_runner_breaks()
    {
        await using var api = await ApiHost.StartAsync();
        var services = api.Services;
        // No clock: that is a bug no runner survives.
        var broken = new GenerationRunner(services.GetRequiredService<FairQueue>(), services.GetRequiredService<IChatClient>(), services.GetRequiredService<IModelCatalog>(),
            services.GetRequiredService<PromptBuilder>(), services.GetRequiredService<TokenEstimator>(), services.GetRequiredService<Checkpoints>(),
            services.GetRequiredService<ApiOptions>(), null!, NullLogger<GenerationRunner>.Instance);
        using var service = new GenerationService(broken, services.GetRequiredService<FairQueue>(), services.GetRequiredService<Checkpoints>(), services.GetRequiredService<TokenEstimator>(),
            services.GetRequiredService<ChangeFeed>(), services.GetRequiredService<ChatMetrics>(), services.GetRequiredService<ApiOptions>(), TimeProvider.System, services.GetRequiredService<IHostApplicationLifetime>(), NullLogger<GenerationService>.Instance);
        var generation = await NewAsync(api, "s");
        service.Register(generation);
        service.Start(generation);
        var answer = await generation.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal((MessageStatuses.Failed, ProblemCodes.Internal), (answer.Status, answer.ProblemCode));
        await generation.Gone.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0, service.Count);
    }

    [Fact]
    public async Task A_reader_that_comes_back_as_the_grace_period_ends_keeps_the_answer()
    {
        await using var api = await ApiHost.StartAsync();
        var time = new HandTimers();
        using var generation = await NewAsync(api, "s", time);
        generation.AddReader().Dispose();
        using var back = generation.AddReader();
        // The timer had fired already when it was disposed.
        time.Fire();
        Assert.Equal(EndCause.None, generation.Cause);
        back.Dispose();
        time.Fire();
        Assert.Equal(EndCause.Stopped, generation.Cause);
    }

    [Fact]
    public async Task Nothing_is_added_to_an_answer_that_has_become_too_long()
    {
        var big = new string('x', 3_000_000);
        await using var api = await ApiHost.StartAsync(setup => setup.Services = services => services.AddSingleton<IChatClient>(new SayingClient(big, big, "tail")));
        var answer = await api.ChatAsync("""{"message":"Hi"}""");
        Assert.Equal(("length", 3_000_000), (answer.FinishReason, answer.Content.Length));
    }

    [Fact]
    public async Task An_answer_that_nobody_writes_any_more_never_looks_done()
    {
        await using var api = await ApiHost.StartAsync();
        var answer = await api.ChatAsync("""{"message":"Hi"}""");
        await api.Services.GetRequiredService<DbWriter>().WriteAsync(c => c.Execute("UPDATE messages SET status = 'generating' WHERE id = $1", answer.Id));
        using var replay = await api.FollowAsync(answer.Id);
        Assert.Equal("error", (await replay.ToEndAsync()).Data.Type);
        Assert.Equal(answer.Content, replay.Text);
    }

    [Fact]
    public async Task An_answer_of_a_session_that_was_deleted_meanwhile_is_not_reopened()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.ScriptNext("demo", new ChatScript().Token("one").Done("length"));
        var cut = await api.ChatAsync("""{"message":"Hi","session_id":"s"}""");
        var store = api.Services.GetRequiredService<DatabaseExchanges>();
        var stored = (await store.FindAnswerAsync(User.LocalId, cut.Id, TestContext.Current.CancellationToken))!;
        using var deleted = await api.Client.DeleteAsync("/v1/sessions/s", TestContext.Current.CancellationToken);
        var problem = await Assert.ThrowsAsync<ProblemException>(() => store.ReopenAsync(stored));
        Assert.Equal(ProblemCodes.NotFound, problem.Code);
    }

    [Fact]
    public async Task A_place_in_the_queue_that_is_told_too_late_does_not_look_like_waiting()
    {
        await using var api = await ApiHost.StartAsync();
        using var generation = await NewAsync(api, "s");
        var run = new Run(generation, TimeProvider.System);
        run.Waiting(2);
        run.Started();
        run.Phase(ChatPhases.Loading);
        run.Waiting(1);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        using var reader = generation.Log.Attach(default);
        reader.Read(output);
        var text = System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Contains("\"loading\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"queued\"", text, StringComparison.Ordinal);
    }

    private static async Task<Generation> NewAsync(ApiHost api, string session, TimeProvider? time = null)
    {
        var model = await api.Services.GetRequiredService<IModelCatalog>().ResolveAsync("demo", TestContext.Current.CancellationToken);
        var answer = new Answer
        {
            Id = Guid.NewGuid().ToString(),
            UserMessageId = "question",
            SessionId = session,
            Model = model.Name,
            CreatedAt = DateTime.UnixEpoch,
            Status = MessageStatuses.Queued,
        };
        var request = new EffectiveRequest(model, new Dictionary<string, System.Text.Json.JsonElement>(), null, null, null, null);
        return new Generation(answer, User.LocalId, request, api.Services.GetRequiredService<TemporaryExchanges>(), background: false, TimeSpan.FromSeconds(2), time ?? TimeProvider.System);
    }

    /// <summary>Holds the thread that logs a line with these words, until it is released.</summary>
    private sealed class HeldLog(string words) : ILoggerProvider, ILogger
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _release = new();

        public Task Reached => _reached.Task;

        public void Release() => _release.Set();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!formatter(state, exception).Contains(words, StringComparison.Ordinal)) return;
            _reached.TrySetResult();
            _release.Wait(Patience);
        }

        public void Dispose() => _release.Set();
    }

    /// <summary>Timers that fire when the test says so, disposed or not: a callback may be on its way when its timer is disposed.</summary>
    private sealed class HandTimers : TimeProvider
    {
        private Action? _fire;

        public void Fire() => _fire!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return new NoTimer();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    private sealed class SayingClient(params string[] texts) : IChatClient
    {
        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            foreach (var text in texts) yield return new ChatResponseUpdate(ChatRole.Assistant, text);
            yield return new ChatResponseUpdate { FinishReason = ChatFinishReason.Stop };
        }

        public Task<Microsoft.Extensions.AI.ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new InvalidOperationException("Only streams are asked for.");

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
