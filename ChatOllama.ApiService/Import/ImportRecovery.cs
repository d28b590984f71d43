using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Import;

/// <summary>After the start: finishes an import that a crash cut off behind its commit, takes back one that was cut off before.</summary>
internal sealed partial class ImportRecovery(Importer importer, ImportUpload upload, ILogger<ImportRecovery> log) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Before the first upload can come.
            upload.Clean();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(e);
        }
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await importer.RecoverAsync(stoppingToken);
        }
        // Nobody sees these rows, and the next import or the next start tries again.
        catch (Exception e) when (e is SqliteException or ObjectDisposedException or OperationCanceledException)
        {
            if (!stoppingToken.IsCancellationRequested)
                LogFailed(e);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "What an import left when the service last ended could not be finished or removed; the next import or start tries again")]
    private partial void LogFailed(Exception e);
}
