using ChatOllama.ApiService.Attachments;
using ChatOllama.Contracts;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Backups;

/// <summary>Makes a backup and looks whether it is good; works beside a running server as well as inside it, because it only reads.</summary>
internal static class BackupMaker
{
    /// <param name="database">Path of the database.</param>
    /// <param name="keep">How many backups stay, this one included; null: all.</param>
    /// <exception cref="BackupException">It was made but is not good and is removed again, or another one is being made there; older ones stay.</exception>
    /// <exception cref="SqliteException">The database cannot be read, or the disk is full.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static BackupView Make(string database, BackupFolder folder, int? keep, TimeProvider time)
    {
        var start = time.GetTimestamp();
        Directory.CreateDirectory(folder.Path);
        using var turn = folder.Lock();
        var source = Path.GetDirectoryName(database)!;
        // Before the database: what is swept away while the copy is made is here already.
        foreach (var hash in AttachmentFiles.Hashes(source)) AttachmentFiles.Copy(hash, source, folder.Path);
        var now = time.GetUtcNow();
        var path = folder.NewPath(now);
        var made = path + ".part";
        try
        {
            DatabaseSnapshot.Copy(database, made);
            Verify(made, source, folder);
            File.Move(made, path);
        }
        finally
        {
            DatabaseSnapshot.Delete(made);
        }
        if (keep is { } count) Thin(folder, path, count);
        return Describe(path, now.UtcDateTime) with { TookMs = Math.Round(time.GetElapsedTime(start).TotalMilliseconds) };
    }

    /// <summary>What a backup holds.</summary>
    public static BackupView Describe(string path, DateTime createdAt)
    {
        using var connection = DatabaseSnapshot.Open(path, SqliteOpenMode.ReadOnly);
        return new BackupView
        {
            Name = Path.GetFileName(path),
            Size = new FileInfo(path).Length,
            Sessions = Count(connection, "SELECT count(*) FROM sessions WHERE deleted_at IS NULL"),
            Messages = Count(connection, "SELECT count(*) FROM messages"),
            Attachments = Count(connection, "SELECT count(DISTINCT hash) FROM attachments"),
            CreatedAt = createdAt,
        };
    }

    /// <summary>The contents that messages of a backup use.</summary>
    public static List<string> UsedHashes(string path)
    {
        using var connection = DatabaseSnapshot.Open(path, SqliteOpenMode.ReadOnly);
        return Hashes(connection, "SELECT DISTINCT a.hash FROM attachments a JOIN message_attachments m ON m.attachment_key = a.key");
    }

    private static void Verify(string made, string source, BackupFolder folder)
    {
        if (DatabaseCheck.Run(made) is [var first, ..] findings)
            throw new BackupException($"The copy is not whole ({findings.Count} findings, the first: {first}). No backup was kept; older ones are as they were. Run the command check.");
        foreach (var hash in UsedHashes(made))
            if (!AttachmentFiles.Copy(hash, source, folder.Path))
                throw new BackupException($"The attachment {hash} of a message is not in the folder attachments, or is damaged. No backup was kept; older ones are as they were. Run the command check.");
    }

    /// <summary>Keeps the newest, and of the attachments what those need.</summary>
    private static void Thin(BackupFolder folder, string made, int count)
    {
        // The new one first, also where the clock went back and its name sorts below others.
        List<FileInfo> backups = [.. folder.List().OrderBy(backup => backup.FullName == made ? 0 : 1)];
        foreach (var old in backups.Skip(count)) old.Delete();
        if (backups.Count <= count) return;
        var needed = backups.Take(count).SelectMany(backup => AllHashes(backup.FullName)).ToHashSet(StringComparer.Ordinal);
        foreach (var hash in AttachmentFiles.Hashes(folder.Path).Where(hash => !needed.Contains(hash)).ToList())
            File.Delete(AttachmentFiles.PathOf(folder.Path, hash));
    }

    private static List<string> AllHashes(string path)
    {
        using var connection = DatabaseSnapshot.Open(path, SqliteOpenMode.ReadOnly);
        return Hashes(connection, "SELECT DISTINCT hash FROM attachments");
    }

    private static List<string> Hashes(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        var hashes = new List<string>();
        while (reader.Read()) hashes.Add(reader.GetString(0));
        return hashes;
    }

    private static long Count(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return (long)command.ExecuteScalar()!;
    }
}
