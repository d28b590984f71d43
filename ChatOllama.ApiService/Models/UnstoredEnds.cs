using System.Collections.Concurrent;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// Ends of downloads that the database has refused, as a full disk makes it, kept until it takes them: else a model would stay <c>downloading</c>, and the job would run
/// again after a restart. Thread-safe.
/// </summary>
internal sealed class UnstoredEnds(PullStore store, ActivePulls active) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private readonly ConcurrentQueue<(PullJob Job, PullOutcome Outcome)> _ends = new();
    private readonly SemaphoreSlim _one = new(1), _any = new(0);

    public void Add(PullJob job, PullOutcome outcome)
    {
        active.AddUnstored(job);
        _ends.Enqueue((job, outcome));
        _any.Release();
    }

    /// <summary>Tries again and again, until the service stops.</summary>
    public async Task RunAsync(TimeProvider time, CancellationToken stopping)
    {
        while (true)
        {
            while (_ends.IsEmpty)
                await _any.WaitAsync(stopping);
            await Task.Delay(Pause, time, stopping);
            await StoreAsync();
        }
    }

    /// <summary>Stores what it can, in the order of the ends. Never throws.</summary>
    public async Task StoreAsync()
    {
        if (_ends.IsEmpty)
            return;
        await _one.WaitAsync();
        try
        {
            while (_ends.TryPeek(out var end))
            {
                await store.EndAsync(end.Job, end.Outcome);
                active.RemoveUnstored(end.Job);
                _ends.TryDequeue(out _);
            }
        }
        catch (Exception)
        {
            // It was told in the log when it was refused first; the rest waits for the next time.
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _one.Dispose();
        _any.Dispose();
    }
}
