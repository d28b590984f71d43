using System.Collections.Concurrent;
using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Sessions;
using ChatOllama.ApiService.Telemetry;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Owns every running answer: starts it, keeps it safe by checkpoints, stores its end, drains all of them when the service stops.
/// What a crash leaves behind is repaired by <see cref="Data.DatabaseStartup"/>. Thread-safe.
/// </summary>
public sealed partial class GenerationService(
    GenerationRunner runner,
    FairQueue queue,
    Checkpoints checkpoints,
    TokenEstimator estimator,
    ChangeFeed changes,
    ChatMetrics metrics,
    ApiOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<GenerationService> log) : IHostedService, IRunningAnswers, IDisposable
{
    private const int TicksPerSecond = 5;
    private const int TicksPerPing = 10 * TicksPerSecond;
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Generation> _running = new(StringComparer.Ordinal);
    // By object, not by id: an answer can be continued, under the same id, while its first run is still being put away.
    private readonly ConcurrentDictionary<Generation, Task> _unfinished = new();
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private CancellationTokenRegistration _stopping;
    private Task _drained = Task.CompletedTask;
    private int _ticks;
    private bool _draining;

    /// <summary>Generations that run or wait.</summary>
    public int Count => _running.Count;

    /// <summary>The generation of a message that is running or waiting; null when it has ended.</summary>
    public Generation? Find(string messageId) => _running.GetValueOrDefault(messageId);

    /// <inheritdoc/>
    public RunningAnswer? TryGetSnapshot(string messageId) => Find(messageId)?.Snapshot();

    /// <inheritdoc/>
    public Task StopSessionAsync(string userId, string sessionId)
    {
        var ofSession = _running.Values.Where(g => g.UserId == userId && g.Answer.SessionId == sessionId).ToList();
        foreach (var generation in ofSession) generation.End(EndCause.Stopped);
        return Task.WhenAll(ofSession.Select(g => g.Completion));
    }

    /// <summary>Takes a generation in before its exchange is committed, so that the next message of its session finds it.</summary>
    /// <exception cref="ProblemException">503 when too many wait or the service stops; nothing must be stored then.</exception>
    public void Register(Generation generation)
    {
        lock (_gate)
        {
            if (_draining) throw new ProblemException(ProblemCodes.Overloaded, "The service is stopping. Send the message again in a moment.") { RetryAfterSeconds = 5 };
            if (_running.Count >= options.MaxConcurrentChats + options.MaxQueuedChats)
                throw new ProblemException(ProblemCodes.Overloaded, $"{options.MaxQueuedChats} chats are waiting already. Try again in a moment.") { RetryAfterSeconds = 5 };
            if (!_running.TryAdd(generation.Id, generation))
                throw ProblemException.Conflict("This answer is being written already. Attach to it, or stop it first.");
        }
    }

    /// <summary>Lets go of a generation whose exchange could not be committed. Who follows it already (a delete of its session, a reader of an answer that was to be continued) gets its end.</summary>
    public void Forget(Generation generation)
    {
        Remove(generation);
        var answer = generation.Answer;
        if (!MessageStatuses.IsTerminal(answer.Status))
            answer = answer with { Status = MessageStatuses.Failed, ProblemCode = ProblemCodes.Conflict, ProblemDetail = "The message could not be accepted, so there is no answer. Send it again." };
        generation.Log.Complete(answer.TerminalEvent(time));
        generation.Complete(answer);
        generation.Dispose();
    }

    /// <summary>Starts a registered and committed generation. From here on it ends by itself, exactly once.</summary>
    public void Start(Generation generation)
    {
        lock (_gate)
        {
            _timer ??= time.CreateTimer(static state => ((GenerationService)state!).Tick(), this, Checkpoints.Interval, Checkpoints.Interval);
            if (_draining) generation.End(EndCause.Interrupted);
        }
        _unfinished[generation] = generation.Gone;
        _ = RunAsync(generation);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Kestrel waits for open streams before anything else is stopped, so the drain must begin earlier than StopAsync.
        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            lock (_gate) _draining = true;
            _drained = DrainAsync();
        });
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _drained.WaitAsync(cancellationToken);
        // A message that was being committed when the drain began came after it. By now Kestrel has stopped, so this is all.
        await Task.WhenAny(Task.WhenAll(_unfinished.Values), Task.Delay(StoreLimit, cancellationToken));
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _timer?.Dispose();
    }

    private async Task RunAsync(Generation generation)
    {
        // Off the caller's thread at once: the request that asked must get its first event.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var activity = AnswerActivity.Start(generation);
        var finished = await GenerateAsync(generation);
        await Checkpoints.CloseAsync(generation);
        var stored = await TryStoreAsync(generation, finished);
        if (stored) Remove(generation);
        if (finished is { PromptChars: > 0, Answer.Usage.PromptTokens: { } tokens }) estimator.Learn(finished.Answer.Model, finished.PromptChars, tokens);
        generation.Log.Complete(finished.Answer.TerminalEvent(time));
        generation.Complete(finished.Answer);
        changes.Publish(generation.UserId, ChangeTypes.AnswerEnded, finished.Answer.SessionId, generation.Id, finished.Answer.Status);
        AnswerActivity.Ended(activity, finished.Answer);
        activity?.Stop();
        metrics.Ended(finished.Answer);
        LogEnded(generation.Id, finished.Answer.Status, finished.Answer.Usage?.CompletionTokens, finished.Answer.Timings?.TotalMs);
        // Readers have their end; the text stays reachable in memory until the disk takes it.
        while (!stored && !_draining)
        {
            await Task.Delay(StoreRetry, time);
            stored = await TryStoreAsync(generation, finished);
        }
        Remove(generation);
        _unfinished.TryRemove(generation, out _);
        generation.Dispose();
    }

    /// <summary>A bug in the runner must not leave readers, and the next message of the session, waiting for ever.</summary>
    private async Task<FinishedAnswer> GenerateAsync(Generation generation)
    {
        try
        {
            return await runner.RunAsync(generation);
        }
        catch (Exception e)
        {
            LogBroken(e, generation.Id);
            var (thinking, content, _) = generation.Log.Snapshot();
            return new FinishedAnswer(generation.Seq, generation.Answer with
            {
                Status = MessageStatuses.Failed,
                Content = content,
                Thinking = thinking.Length == 0 ? null : thinking,
                ProblemCode = ProblemCodes.Internal,
                ProblemDetail = "The service made a mistake while writing this answer. Try again; its log says more.",
            });
        }
    }

    /// <summary>Takes out this generation only: a later one of the same answer may stand in its place.</summary>
    private void Remove(Generation generation) => _running.TryRemove(KeyValuePair.Create(generation.Id, generation));

    private async Task<bool> TryStoreAsync(Generation generation, FinishedAnswer finished)
    {
        try
        {
            await generation.Store.FinishAsync(finished);
            return true;
        }
        // A full or broken disk must not take the answer away from its readers.
        catch (Exception e)
        {
            LogNotStored(e, generation.Id);
            return false;
        }
    }

    private void Tick()
    {
        var generations = _running.Values;
        checkpoints.Save(generations);
        var tick = Interlocked.Increment(ref _ticks);
        if (tick % TicksPerSecond == 0) queue.ReportPlaces();
        if (tick % TicksPerPing == 0)
            foreach (var generation in generations) generation.Log.Tick();
        lock (_gate)
        {
            if (!_running.IsEmpty) return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private async Task DrainAsync()
    {
        LogDraining(_running.Count);
        foreach (var generation in _running.Values)
            if (generation.Status == MessageStatuses.Queued) generation.End(EndCause.Interrupted);
        var all = Task.WhenAll(_unfinished.Values);
        await Task.WhenAny(all, Task.Delay(options.ShutdownGrace, time));
        foreach (var generation in _running.Values) generation.End(EndCause.Interrupted);
        await Task.WhenAny(Task.WhenAll(_unfinished.Values), Task.Delay(StoreLimit));
    }

    [LoggerMessage(LogLevel.Information, "Answer {MessageId} ended: {Status}, {Tokens} tokens, {Ms} ms")]
    private partial void LogEnded(string messageId, string status, int? tokens, double? ms);

    [LoggerMessage(LogLevel.Error, "Answer {MessageId} broke off because of a bug")]
    private partial void LogBroken(Exception e, string messageId);

    [LoggerMessage(LogLevel.Error, "Answer {MessageId} could not be stored; it stays in memory and is tried again")]
    private partial void LogNotStored(Exception e, string messageId);

    [LoggerMessage(LogLevel.Information, "Stopping: {Count} answers are running or waiting")]
    private partial void LogDraining(int count);
}
