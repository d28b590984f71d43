using System.Buffers;
using System.Threading.Tasks.Sources;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// One reader of a <see cref="GenerationLog"/>. Used by one request at a time; dispose it to detach.
/// Its signal is reused for every wait, so following a stream allocates nothing per token.
/// </summary>
public sealed class LogReader : IValueTaskSource<bool>, IDisposable
{
    private readonly GenerationLog _log;
    private ManualResetValueTaskSourceCore<bool> _signal;
    private int _armed;
    private volatile bool _cancelled;

    internal LogReader(GenerationLog log, Cursor from)
    {
        _log = log;
        Position = from;
    }

    // Guarded by the log's lock.
    internal Cursor Position { get; set; }
    internal int Index { get; set; }
    internal bool CaughtUp { get; set; }
    internal bool IsCancelled => _cancelled;

    /// <summary>Writes what is new; see <see cref="ReadResult"/> for what to do then.</summary>
    internal ReadResult Read(IBufferWriter<byte> output) => _log.Drain(this, output);

    /// <summary>Completes with true when there is news, with false when a ping is due or the wait was cancelled.</summary>
    public ValueTask<bool> WaitAsync()
    {
        if (!_log.TryWait(this)) return new ValueTask<bool>(true);
        var wait = new ValueTask<bool>(this, _signal.Version);
        // Cancelled between the look and the arming: nobody else would wake it.
        if (_cancelled) Cancel();
        return wait;
    }

    /// <summary>Ends this wait and every later one from outside, e.g. when the client has gone.</summary>
    public void Cancel()
    {
        _cancelled = true;
        if (Disarm()) Set(news: false, inline: false);
    }

    public void Dispose() => _log.Detach(this);

    internal void Arm()
    {
        _signal.Reset();
        Interlocked.Exchange(ref _armed, 1);
    }

    internal bool Disarm() => Interlocked.Exchange(ref _armed, 0) == 1;

    internal void Set(bool news, bool inline)
    {
        _signal.RunContinuationsAsynchronously = !inline;
        _signal.SetResult(news);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);
}
