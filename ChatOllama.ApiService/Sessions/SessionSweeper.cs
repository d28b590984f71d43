using ChatOllama.ServiceDefaults.Hosting;

namespace ChatOllama.ApiService.Sessions;

/// <summary>Lets <see cref="SessionDeletion"/> finish its work, at the start (a crash may have left some) and every ten seconds.</summary>
internal sealed partial class SessionSweeper(SessionDeletion deletion, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SessionSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            await lifetime.WaitUntilStartedAsync(stoppingToken);
            do
                await SweepAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is found at the next start.
        }
    }

    private async Task SweepAsync(CancellationToken cancellation)
    {
        try
        {
            await deletion.SweepAsync(cancellation);
        }
        // A full disk today must not stop tomorrow's sweep.
        catch (Exception e) when (e is not OperationCanceledException and not ObjectDisposedException)
        {
            LogFailed(e);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Deleted sessions could not be removed; the next sweep tries again")]
    private partial void LogFailed(Exception e);
}
