using ChatOllama.Contracts;

namespace ChatOllama.Web.Api;

/// <summary>
/// Knows how the api and Ollama are doing without making a page wait: an Ollama that accepts and never answers would
/// otherwise hold up every page. Asks at start and every few seconds. Thread-safe.
/// </summary>
public sealed class HealthWatch(ApiClient api, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private volatile HealthReport? _latest;
    private Task? _check;

    /// <summary>The latest report; null while the api does not answer. Only right after the start is it waited for, briefly.</summary>
    public async ValueTask<HealthReport?> LatestAsync()
    {
        if (!_first.Task.IsCompleted) await Task.WhenAny(_first.Task, Task.Delay(TimeSpan.FromMilliseconds(500), time));
        return _latest;
    }

    /// <summary>Asks now, for somebody who wants to know; who asks meanwhile gets the same answer. The api answers within 2 s whatever Ollama does.</summary>
    public Task CheckAsync(CancellationToken stop)
    {
        lock (_gate)
        {
            if (_check is null or { IsCompleted: true }) _check = AskAsync();
            return _check.WaitAsync(stop);
        }
    }

    private async Task AskAsync()
    {
        try
        {
            _latest = await api.GetHealthAsync(CancellationToken.None);
        }
        catch (ApiException)
        {
            _latest = null;
        }
        _first.TrySetResult();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await CheckAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
