using System.Threading.Tasks.Sources;

namespace ChatOllama.Emulator.Running;

/// <summary>
/// Wakes streams when their next token is due: one timer for all of them, running only while somebody waits.
/// A wait allocates nothing. Thread-safe; one <see cref="Waiter"/> belongs to one stream.
/// </summary>
internal sealed class Pacer : IDisposable
{
    /// <summary>The clock's grain: what is due within it leaves together.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];
    private readonly List<Waiter> _due = [];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    public Pacer(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    /// <param name="due">In <see cref="TimeProvider.GetTimestamp"/>'s units.</param>
    public ValueTask WaitAsync(Waiter waiter, long due)
    {
        if (due <= _time.GetTimestamp()) return ValueTask.CompletedTask;
        lock (_lock)
        {
            if (waiter.IsCancelled) throw new OperationCanceledException();
            waiter.Arm(due, _waiting.Count);
            _waiting.Add(waiter);
            if (_waiting.Count == 1) _timer.Change(s_tick, s_tick);
        }
        return waiter.Task;
    }

    /// <summary>Ends a wait with a cancellation, the present one or the next.</summary>
    public void Cancel(Waiter waiter)
    {
        lock (_lock)
        {
            waiter.IsCancelled = true;
            if (waiter.Place < 0) return;
            Remove(waiter);
        }
        waiter.Fail();
    }

    private void Tick()
    {
        // Ticks of a real timer may overlap; the list of the due is one.
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                var waiter = _waiting[i];
                if (waiter.Due > now) continue;
                Remove(waiter);
                _due.Add(waiter);
            }
            if (_waiting.Count == 0) _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            // Safe under the lock: continuations run elsewhere.
            foreach (var waiter in _due) waiter.Complete();
            _due.Clear();
        }
    }

    private void Remove(Waiter waiter)
    {
        var last = _waiting[^1];
        _waiting[waiter.Place] = last;
        last.Place = waiter.Place;
        _waiting.RemoveAt(_waiting.Count - 1);
        waiter.Place = -1;
    }

    internal sealed class Waiter : IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

        public long Due { get; private set; }
        public int Place { get; set; } = -1;
        public bool IsCancelled { get; set; }
        public ValueTask Task => new(this, _core.Version);

        public void Arm(long due, int place)
        {
            _core.Reset();
            (Due, Place) = (due, place);
        }

        public void Complete() => _core.SetResult(true);
        public void Fail() => _core.SetException(new OperationCanceledException());

        void IValueTaskSource.GetResult(short token) => _core.GetResult(token);
        ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);
        void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
