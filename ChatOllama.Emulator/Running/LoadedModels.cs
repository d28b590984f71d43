using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Running;

/// <summary>The options that belong to a model's load: a request that differs in one of them loads it again.</summary>
internal sealed record LoadKey(int ContextLength, int? Gpu, int? Batch, int? Thread, int? MainGpu, bool? Mmap, bool? Shift);

/// <summary>What <c>/api/ps</c> says about one model.</summary>
internal sealed record LoadedModel(EmulatedModel Model, int ContextLength, DateTimeOffset ExpiresAt);

/// <summary>
/// The models in memory: loading, loading again for other options, slots, queue, expiry. Thread-safe.
/// Nothing runs in the background: a model is found expired when somebody looks.
/// </summary>
internal sealed class LoadedModels(EmulatorOptions options, EmulatorControl control, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Runner> _runners = [];
    private int _waiting;

    /// <summary>Waits until the model is loaded with these options and has a slot free. Refused with 503 when too many wait already.</summary>
    public async Task<Lease> AcquireAsync(EmulatedModel model, LoadKey key, TimeSpan keepAlive, CancellationToken cancellation)
    {
        while (true)
        {
            var (runner, idle, mustWait) = TakePlace(model, key, keepAlive);
            if (runner is null)
            {
                await InQueueAsync(idle!, cancellation);
                continue;
            }
            try
            {
                await (mustWait ? InQueueAsync(runner.Loaded, cancellation) : runner.Loaded.WaitAsync(cancellation));
                if (runner.Slots is { } slots && !slots.Wait(0, CancellationToken.None)) await InQueueAsync(slots.WaitAsync(cancellation), cancellation);
                return new Lease(this, runner, keepAlive);
            }
            catch
            {
                Leave(runner, keepAlive);
                throw;
            }
        }
    }

    /// <summary>Unloads at once, or as soon as the last answer has ended.</summary>
    public void Unload(EmulatedModel model)
    {
        lock (_lock)
        {
            if (!_runners.TryGetValue(model.Blob, out var runner)) return;
            runner.ExpiresAt = time.GetUtcNow();
            runner.IsLeaving = true;
            RemoveExpired();
        }
    }

    public IReadOnlyList<LoadedModel> List()
    {
        lock (_lock)
        {
            RemoveExpired();
            return [.. _runners.Values.Where(runner => runner.Loaded.IsCompleted).OrderByDescending(runner => runner.ExpiresAt)
                .Select(runner => new LoadedModel(runner.Model, runner.Key.ContextLength, runner.ExpiresAt))];
        }
    }

    private (Runner? Runner, Task? Idle, bool MustWait) TakePlace(EmulatedModel model, LoadKey key, TimeSpan keepAlive)
    {
        lock (_lock)
        {
            RemoveExpired();
            var found = _runners.GetValueOrDefault(model.Blob);
            if (found is not null && found.Key != key)
            {
                if (found.Active > 0) return (null, found.WhenIdle(), true);
                // Everybody who asked for this load has left, and it goes on all the same.
                if (!found.Loaded.IsCompleted) return (null, found.Loaded, true);
                found = null;
            }
            var mustWait = found is { Loaded.IsCompleted: false };
            var runner = found ?? Load(model, key);
            runner.Active++;
            runner.IsLeaving = false;
            runner.ExpiresAt = Expiry(keepAlive);
            return (runner, null, mustWait);
        }
    }

    private Runner Load(EmulatedModel model, LoadKey key)
    {
        // Not tied to the caller: a load goes on when the one who asked for it has left.
        var runner = new Runner(model, key, options.Parallel) { Loaded = LoadAsync(options.LoadTimeOf(model.Name), control.LoadGate) };
        control.LoadBegan();
        return _runners[model.Blob] = runner;
    }

    private async Task LoadAsync(TimeSpan loadTime, Task? gate)
    {
        if (loadTime > TimeSpan.Zero) await Task.Delay(loadTime, time);
        if (gate is not null) await gate;
    }

    private async Task InQueueAsync(Task task, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _waiting) > options.MaxQueue)
        {
            Interlocked.Decrement(ref _waiting);
            throw new WireError(503, "server busy, please try again.  maximum pending requests exceeded");
        }
        control.RequestQueued();
        try
        {
            await task.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private void Leave(Runner runner, TimeSpan keepAlive)
    {
        lock (_lock)
        {
            runner.Active--;
            if (!runner.IsLeaving) runner.ExpiresAt = Expiry(keepAlive);
            RemoveExpired();
            if (runner.Active == 0) runner.SignalIdle();
        }
    }

    private void RemoveExpired()
    {
        var now = time.GetUtcNow();
        foreach (var (blob, runner) in _runners)
        {
            if (runner.Active == 0 && runner.Loaded.IsCompleted && runner.ExpiresAt <= now) _runners.Remove(blob);
        }
    }

    private DateTimeOffset Expiry(TimeSpan keepAlive) => time.GetUtcNow() + keepAlive;

    internal sealed class Lease(LoadedModels owner, Runner runner, TimeSpan keepAlive) : IDisposable
    {
        public void Dispose()
        {
            runner.Slots?.Release();
            owner.Leave(runner, keepAlive);
        }
    }

    internal sealed class Runner(EmulatedModel model, LoadKey key, int parallel)
    {
        private TaskCompletionSource? _idle;

        public EmulatedModel Model => model;
        public LoadKey Key => key;
        public required Task Loaded { get; init; }
        public SemaphoreSlim? Slots { get; } = parallel > 0 ? new SemaphoreSlim(parallel) : null;
        public int Active { get; set; }
        public DateTimeOffset ExpiresAt { get; set; }

        /// <summary>Somebody asked for the model to go while an answer ran: it goes when that has ended, whatever its keep_alive.</summary>
        public bool IsLeaving { get; set; }

        public Task WhenIdle() => (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void SignalIdle()
        {
            _idle?.TrySetResult();
            _idle = null;
        }
    }
}
