using ChatOllama.ApiService.Chat;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Generations;

/// <summary>Why a generation was told to end before its model did.</summary>
public enum EndCause
{
    None,

    /// <summary>The stop call, or nobody was left to read.</summary>
    Stopped,

    /// <summary>The service stops.</summary>
    Interrupted,

    /// <summary>Ollama was silent for too long.</summary>
    Silent,

    /// <summary>The answer is longer than an answer may be.</summary>
    TooLong,

    /// <summary>It is over: nothing can end it any more.</summary>
    Finished,
}

/// <summary>
/// One running answer. It belongs to <see cref="GenerationService"/>, not to the connection that asked for it:
/// <see cref="GenerationRunner"/> drives it, readers follow its <see cref="Log"/>.
/// </summary>
public sealed class Generation : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _grace;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<Answer> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private ITimer? _graceTimer;
    private int _readers;
    private bool _disposed;
    private volatile EndCause _cause;
    private volatile string _status = MessageStatuses.Queued;
    private volatile ChatEvent? _phase;

    /// <param name="background">True: it runs to its end even when nobody reads it.</param>
    /// <param name="grace">How long it goes on without a reader otherwise.</param>
    public Generation(Answer answer, string userId, EffectiveRequest request, IExchangeStore store, bool background, TimeSpan grace, TimeProvider time)
    {
        Answer = answer;
        UserId = userId;
        Request = request;
        Store = store;
        Background = background;
        _grace = grace;
        _time = time;
        AcceptedAt = time.GetTimestamp();
        Log = new GenerationLog(answer.SessionId, answer.Thinking, answer.Content);
        Saved = Log.Length;
        Log.Mark(answer.StartEvent());
    }

    /// <summary>The answer as it was when this generation began; of a continued one it holds the earlier text.</summary>
    public Answer Answer { get; }
    public string Id => Answer.Id;
    public string UserId { get; }
    public EffectiveRequest Request { get; }
    public IExchangeStore Store { get; }
    public bool Background { get; }
    public GenerationLog Log { get; }

    /// <summary>Timestamp of <see cref="TimeProvider"/> at which the request was accepted.</summary>
    public long AcceptedAt { get; }

    /// <summary>The answer above this one, when that one still runs: this one waits for it.</summary>
    public Generation? After { get; set; }

    /// <summary>The messages from the root down to the question, where they are known without reading them.</summary>
    public IReadOnlyList<BranchMessage>? Branch { get; set; }

    /// <summary>Row of the answer in its store; known once the exchange is committed.</summary>
    public long Seq { get; set; }

    /// <summary>How much of the text is safe in the store. Touched by checkpoints only, one at a time.</summary>
    public (int Thinking, int Content) Saved { get; set; }

    /// <summary>The checkpoint on its way to the disk, if any.</summary>
    public Task Checkpoint { get; set; } = Task.CompletedTask;

    /// <summary>True once no further checkpoint may start.</summary>
    public bool IsClosed { get; set; }

    /// <summary>See <see cref="MessageStatuses"/>.</summary>
    public string Status { get => _status; set => _status = value; }

    /// <summary>What readers were told last about what it waits for.</summary>
    public ChatEvent? Phase { get => _phase; set => _phase = value; }

    /// <summary>Why it was told to end; <see cref="EndCause.None"/> while nobody did.</summary>
    public EndCause Cause => _cause;

    /// <summary>Cancelled by <see cref="End"/>; reaches the socket to Ollama.</summary>
    public CancellationToken Ending => _end.Token;

    /// <summary>The finished answer, once it is stored (or once storing failed and is tried again).</summary>
    public Task<Answer> Completion => _completion.Task;

    /// <summary>Completes when nothing of it runs any more and the service has let go of it.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Tells it to end; the first cause counts. Returns at once, and may be called at any time.</summary>
    public void End(EndCause cause)
    {
        lock (_gate) EndHoldingGate(cause);
    }

    /// <summary>Counts a reader in; dispose the lease when it leaves. The last one leaving starts the grace period.</summary>
    public IDisposable AddReader()
    {
        lock (_gate)
        {
            _readers++;
            _graceTimer?.Dispose();
            _graceTimer = null;
        }
        return new Lease(this);
    }

    /// <summary>What it looks like right now.</summary>
    public RunningAnswer Snapshot()
    {
        var (thinking, content, end) = Log.Snapshot();
        return new RunningAnswer(Status, content, thinking.Length == 0 ? null : thinking, (end with { Marks = 0 }).ToString())
        {
            Phase = Phase?.Phase,
            Place = Phase?.Place,
            Age = _time.GetElapsedTime(AcceptedAt),
        };
    }

    public void Complete(Answer answer)
    {
        Status = answer.Status;
        _completion.TrySetResult(answer);
        lock (_gate)
        {
            if (_cause == EndCause.None) _cause = EndCause.Finished;
            _graceTimer?.Dispose();
            _graceTimer = null;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _graceTimer?.Dispose();
            _end.Dispose();
        }
        _gone.TrySetResult();
    }

    private void EndHoldingGate(EndCause cause)
    {
        // Whoever found it just before it was over may still call: on a timer's thread an exception would end the process.
        if (_cause != EndCause.None || _disposed) return;
        _cause = cause;
        // Not inline: what follows on the pump must not run on the caller's thread.
        _ = _end.CancelAsync();
    }

    private void EndUnlessRead()
    {
        lock (_gate)
        {
            // A reader may have come back while the timer was firing.
            if (_readers == 0) EndHoldingGate(EndCause.Stopped);
        }
    }

    private void RemoveReader()
    {
        lock (_gate)
        {
            if (--_readers > 0 || Background || Completion.IsCompleted) return;
            _graceTimer = _time.CreateTimer(static state => ((Generation)state!).EndUnlessRead(), this, _grace, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Lease(Generation generation) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) generation.RemoveReader();
        }
    }
}
