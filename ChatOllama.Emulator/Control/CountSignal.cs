namespace ChatOllama.Emulator.Control;

/// <summary>A counter that can be waited for. Thread-safe.</summary>
internal sealed class CountSignal(string what)
{
    private readonly Lock _lock = new();
    private readonly List<(int Target, TaskCompletionSource Reached)> _waiting = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Increment()
    {
        lock (_lock)
        {
            _count++;
            foreach (var (_, reached) in _waiting.Where(waiting => waiting.Target <= _count)) reached.TrySetResult();
            _waiting.RemoveAll(waiting => waiting.Target <= _count);
        }
    }

    public async Task WaitAsync(int target, TimeSpan limit)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_count >= target) return;
            _waiting.Add((target, reached));
        }
        try
        {
            await reached.Task.WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {limit} for {target} {what}; there were {Count}.");
        }
    }
}
