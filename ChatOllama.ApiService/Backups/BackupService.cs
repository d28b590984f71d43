using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Backups;

/// <summary>Backups of a running server, one at a time. Thread-safe.</summary>
public sealed partial class BackupService(DatabaseFile file, TimeProvider time, ILogger<BackupService> log)
{
    private int _running;

    private BackupFolder Folder => BackupFolder.Of(file.FullPath);

    public BackupList List() => new([.. Folder.List().Select(backup => new BackupFile { Name = backup.Name, Size = backup.Length, CreatedAt = backup.LastWriteTimeUtc })]);

    /// <summary>Runs to its end although the caller may leave: half a backup is of no use to anybody.</summary>
    /// <exception cref="ProblemException">One runs already, or it could not be made.</exception>
    public async Task<BackupView> MakeAsync(int? keep)
    {
        if (Interlocked.Exchange(ref _running, 1) == 1) throw ProblemException.Conflict("A backup is being made already. Wait for its end.");
        try
        {
            // A thread of its own: copying is one long call into SQLite.
            var backup = await Task.Factory.StartNew(() => BackupMaker.Make(file.FullPath, Folder, keep, time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            LogMade(backup.Name, backup.Size, backup.TookMs);
            return backup;
        }
        catch (BackupException bad)
        {
            LogFailed(bad);
            throw new ProblemException(ProblemCodes.Internal, bad.Message, bad);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    [LoggerMessage(LogLevel.Information, "Backup {Name} made and verified: {Size} bytes in {Ms} ms")]
    private partial void LogMade(string name, long size, double ms);

    [LoggerMessage(LogLevel.Error, "A backup was made that is not whole")]
    private partial void LogFailed(Exception e);
}
