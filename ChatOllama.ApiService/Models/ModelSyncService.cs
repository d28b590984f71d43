using ChatOllama.ApiService.Ollama;
using ChatOllama.ServiceDefaults.Hosting;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// Keeps the catalog in touch with Ollama: a sync at start and whenever Ollama comes back, and what is loaded in between.
/// Start-up never waits for it, however long Ollama stays silent.
/// </summary>
public sealed partial class ModelSyncService(ModelCatalog catalog, RunningModels running, OllamaClient ollama, OllamaServers servers, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ModelSyncService> log) : BackgroundService
{
    /// <summary>How often a reachable Ollama is asked what it has loaded.</summary>
    internal static readonly TimeSpan Watch = TimeSpan.FromSeconds(10);

    /// <summary>How often its list is read although nothing is known to have changed: somebody may have used it in another way.</summary>
    internal static readonly TimeSpan Sync = TimeSpan.FromMinutes(1);

    /// <summary>How often an Ollama that is away is looked for, at first and in the end.</summary>
    internal static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    private TimeSpan _retry = FirstRetry;
    private bool _complained;
    private long _syncedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Who looks at the models sees at once that one of several Ollamas has gone.
        servers.Changed += catalog.AnnounceModels;
        try
        {
            await lifetime.WaitUntilStartedAsync(stoppingToken);
            while (true)
            {
                var pause = await StepAsync(stoppingToken);
                // Several servers that lost the same Ollama should not come back in step.
                await Task.Delay(pause * (0.9 + 0.2 * Random.Shared.NextDouble()), time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
        finally
        {
            servers.Changed -= catalog.AnnounceModels;
        }
    }

    /// <returns>How long to pause.</returns>
    private async Task<TimeSpan> StepAsync(CancellationToken stoppingToken)
    {
        try
        {
            await catalog.GetAsync(stoppingToken);
            if (catalog.OllamaReachable)
            {
                var said = await running.GetAsync(Watch / 2, stoppingToken);
                if (await ollama.LookAfterAsync(ProbeLimit, stoppingToken) || time.GetElapsedTime(_syncedAt) >= Sync)
                    await SyncAsync(stoppingToken);
                // What is loaded may stay unanswered without Ollama being away: ask for the least it can say.
                if (said is null)
                    await ollama.GetVersionAsync(stoppingToken, ProbeLimit);
                return Well();
            }
            await ollama.GetVersionAsync(stoppingToken, ProbeLimit);
            await SyncAsync(stoppingToken);
            await running.GetAsync(TimeSpan.Zero, stoppingToken);
            return Well();
        }
        catch (OllamaException e)
        {
            catalog.NoteUnreachable();
            if (!_complained)
                LogAway(e.Sentence);
            _complained = true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A full disk or the like: the sync must live on, or the list would stay as it is until a restart.
            LogFailed(e);
        }
        var pause = _retry;
        _retry = _retry * 2 < LastRetry ? _retry * 2 : LastRetry;
        return pause;
    }

    /// <summary>Whoever found that Ollama is back, and whatever the step before stumbled over.</summary>
    private TimeSpan Well()
    {
        if (_complained)
            LogBack();
        (_retry, _complained) = (FirstRetry, false);
        return Watch;
    }

    private async Task SyncAsync(CancellationToken stoppingToken)
    {
        await catalog.SyncAsync(stoppingToken);
        _syncedAt = time.GetTimestamp();
    }

    [LoggerMessage(LogLevel.Warning, "{Sentence} Looking for it again in the background; the models known here stay listed")]
    private partial void LogAway(string sentence);

    [LoggerMessage(LogLevel.Information, "Ollama is back")]
    private partial void LogBack();

    [LoggerMessage(LogLevel.Error, "Syncing the models failed; it is tried again")]
    private partial void LogFailed(Exception e);
}
