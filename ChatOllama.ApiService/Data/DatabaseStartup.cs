using System.Globalization;
using System.Reflection;
using ChatOllama.ApiService.Backups;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ChatOllama.ApiService.Data;

/// <summary>
/// Brings the database up before the first request and closes it after the last one: lock, migrate, repair, start the writer.
/// </summary>
public sealed partial class DatabaseStartup(DatabaseFile file, DbWriter writer, TimeProvider time, ILogger<DatabaseStartup> log) : IHostedService
{
    private const int BackupsKept = 3;
    private static readonly TimeSpan MigrationLimit = TimeSpan.FromMinutes(10);

    /// <summary>True once the database is migrated and repaired.</summary>
    public bool IsReady { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        file.Lock();
        try
        {
            await MigrateAsync(cancellationToken);
            Repair();
            writer.Start();
        }
        catch (SqliteException e)
        {
            throw new StartupException($"The database {file.FullPath} cannot be opened: {e.Message} Restore a backup, or set DB_PATH to another file.");
        }
        IsReady = true;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        IsReady = false;
        await writer.DisposeAsync();
    }

    /// <summary>
    /// EF is touched only when something is pending: its first query costs half a second, the list of applied migrations some microseconds.
    /// </summary>
    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = file.OpenForWriting();
        var applied = ReadApplied(connection);
        var known = KnownMigrations();
        if (applied.Except(known).Any())
            throw new StartupException($"The database {file.FullPath} was made by a newer ChatOllama (it has {applied.Except(known).Order().Last()}). Run that version, or restore the backup that it made.");
        var pending = known.Except(applied).Order().ToList();
        if (pending.Count == 0) return;

        if (applied.Count > 0) Backup(connection, applied.Max()!);
        ClearStaleLock(connection);
        await using var context = new ChatDbContext(new DbContextOptionsBuilder<ChatDbContext>().UseSqlite(connection).Options);
        try
        {
            await context.Database.MigrateAsync(cancellationToken).WaitAsync(MigrationLimit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new StartupException($"Migrating the database took more than {MigrationLimit.TotalMinutes} minutes and was given up. The backup beside {file.FullPath} holds the state before.");
        }
        LogMigrated(pending.Count, pending[^1]);
    }

    internal static List<string> ReadApplied(SqliteConnection connection)
    {
        if (!TableExists(connection, "__EFMigrationsHistory")) return [];
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT MigrationId FROM __EFMigrationsHistory";
        using var reader = command.ExecuteReader();
        var applied = new List<string>();
        while (reader.Read()) applied.Add(reader.GetString(0));
        return applied;
    }

    internal static List<string> KnownMigrations() =>
        [.. typeof(ChatDbContext).Assembly.GetTypes()
            .Where(t => t.GetCustomAttribute<DbContextAttribute>()?.ContextType == typeof(ChatDbContext))
            .Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id)
            .OfType<string>()];

    /// <summary>A migration that died leaves its lock row behind and the next one would wait for ever; our file lock proves that nobody holds it.</summary>
    private static void ClearStaleLock(SqliteConnection connection)
    {
        if (!TableExists(connection, "__EFMigrationsLock")) return;
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM __EFMigrationsLock";
        command.ExecuteNonQuery();
    }

    private void Backup(SqliteConnection connection, string version)
    {
        var stamp = time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var path = $"{file.FullPath}.{stamp}.{version}.backup";
        DatabaseSnapshot.Copy(connection, path);
        LogBackedUp(path);
        foreach (var old in Directory.GetFiles(file.Folder, Path.GetFileName(file.FullPath) + ".*.backup").Order().SkipLast(BackupsKept))
            File.Delete(old);
    }

    /// <summary>
    /// Answers that a crash cut off get what their checkpoints saved and the status <c>interrupted</c>.
    /// </summary>
    private void Repair()
    {
        using var connection = file.OpenForWriting();
        using var transaction = connection.BeginTransaction();
        var repaired = CheckpointLog.Fold(connection, transaction, time.GetUtcNow().UtcDateTime);
        transaction.Commit();
        if (repaired > 0) LogRepaired(repaired);
    }

    private static bool TableExists(SqliteConnection connection, string name)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $name";
        command.Parameters.AddWithValue("$name", name);
        return (long)command.ExecuteScalar()! > 0;
    }

    [LoggerMessage(LogLevel.Information, "Database migrated: {Count} steps, now at {Version}")]
    private partial void LogMigrated(int count, string version);

    [LoggerMessage(LogLevel.Information, "Database backed up to {Path} before migrating")]
    private partial void LogBackedUp(string path);

    [LoggerMessage(LogLevel.Warning, "{Count} answers were cut off when the service last ended; they are marked interrupted and can be continued")]
    private partial void LogRepaired(int count);
}
