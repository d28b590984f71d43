using System.Globalization;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Data;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Backups;

/// <summary>
/// Puts a backup in the place of the database. No server may have it open; at any moment, whatever happens, the database's name leads either
/// to the old one or to the verified new one.
/// </summary>
internal static class Restore
{
    private static readonly string[] LogSuffixes = ["-wal", "-shm"];

    /// <returns>Where the old database is kept; null when there was none.</returns>
    /// <exception cref="BackupException">The backup is not good, or of a newer program: nothing was changed.</exception>
    /// <exception cref="StartupException">A server uses the database.</exception>
    public static string? Run(DatabaseFile file, string backup, DateTimeOffset now)
    {
        if (!File.Exists(backup)) throw new BackupException($"There is no file {backup}.");
        file.Lock();
        var coming = file.FullPath + ".restoring";
        try
        {
            DatabaseSnapshot.Delete(coming);
            Verify(backup, coming);
            BringAttachments(coming, Path.GetDirectoryName(Path.GetFullPath(backup))!, file.Folder);
            return Swap(file.FullPath, coming, now);
        }
        finally
        {
            DatabaseSnapshot.Delete(coming);
        }
    }

    /// <summary>Of a copy: the backup itself is never written to, and lies perhaps where nobody can write.</summary>
    private static void Verify(string backup, string coming)
    {
        if (new FileInfo(backup + "-wal") is { Exists: true, Length: > 0 })
            throw new BackupException($"Beside {backup} lies {Path.GetFileName(backup)}-wal with a part of it. Open it once with SQLite, or use the command backup on it (--DB_PATH), and restore that. Nothing was changed.");
        File.Copy(backup, coming);
        File.SetAttributes(coming, FileAttributes.Normal);
        if (DatabaseCheck.Run(coming) is [var first, ..] findings)
            throw new BackupException($"The backup {backup} is not whole ({findings.Count} findings, the first: {first}). Nothing was changed.");
        using var connection = DatabaseSnapshot.Open(coming, SqliteOpenMode.ReadOnly);
        var applied = DatabaseStartup.ReadApplied(connection);
        if (applied.Except(DatabaseStartup.KnownMigrations()).Order().LastOrDefault() is { } newer)
            throw new BackupException($"The backup {backup} was made by a newer ChatOllama (it has {newer}). Restore it with that version. Nothing was changed.");
    }

    private static void BringAttachments(string coming, string from, string to)
    {
        foreach (var hash in BackupMaker.UsedHashes(coming).Where(hash => !AttachmentFiles.IsWhole(to, hash)))
        {
            // A damaged one is no longer what its name says: it gives way.
            File.Delete(AttachmentFiles.PathOf(to, hash));
            if (!AttachmentFiles.Copy(hash, from, to))
                throw new BackupException($"The attachment {hash}, which a message needs, is whole neither in {Path.Combine(from, "attachments")} nor beside the database. The database was not changed.");
        }
    }

    private static string? Swap(string database, string coming, DateTimeOffset now)
    {
        Flush(coming);
        if (!File.Exists(database))
        {
            File.Move(coming, database);
            return null;
        }
        var kept = $"{database}.{now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.before-restore";
        var moved = PutLogAway(database, kept);
        try
        {
            // The old one gets its second name first, then the new one takes the place in one step.
            File.Replace(coming, database, kept);
            return kept;
        }
        catch
        {
            foreach (var suffix in moved) File.Move(kept + suffix, database + suffix);
            throw;
        }
    }

    /// <summary>A write-ahead log belongs to its database and would spoil another one: it is folded in, or moved along where that does not work any more.</summary>
    /// <returns>The suffixes of what was moved.</returns>
    private static List<string> PutLogAway(string database, string kept)
    {
        try
        {
            using var connection = DatabaseSnapshot.Open(database, SqliteOpenMode.ReadWrite);
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=DELETE";
            if (command.ExecuteScalar() is "delete") return [];
        }
        catch (SqliteException)
        {
            // Broken, which may be why something is restored.
        }
        List<string> there = [.. LogSuffixes.Where(suffix => File.Exists(database + suffix))];
        foreach (var suffix in there) File.Move(database + suffix, kept + suffix);
        return there;
    }

    private static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }
}
