using System.Globalization;

namespace ChatOllama.ApiService.Backups;

/// <summary>
/// A folder of backups: one plain SQLite file each, <c>chat-20261123-041500-123.db</c>, and the attachments of all of them, each once.
/// Copying the folder elsewhere copies everything.
/// </summary>
internal sealed class BackupFolder(string path)
{
    private const string Prefix = "chat-";
    private const string Extension = ".db";

    /// <summary>Beside a database.</summary>
    public static BackupFolder Of(string database) => new(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(database)!, "backups"));

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The backups that are whole, newest first: half-made ones have other names.</summary>
    public IReadOnlyList<FileInfo> List() => Directory.Exists(Path)
        ? [.. new DirectoryInfo(Path).GetFiles(Prefix + "*" + Extension).OrderByDescending(file => file.Name, StringComparer.Ordinal)]
        : [];

    /// <summary>Keeps others, of this process or another, from making a backup here, and clears away what one that was killed has left.</summary>
    /// <exception cref="BackupException">One is being made.</exception>
    public IDisposable Lock()
    {
        FileStream turn;
        try
        {
            turn = new FileStream(System.IO.Path.Combine(Path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException taken) when (File.Exists(System.IO.Path.Combine(Path, ".lock")))
        {
            throw new BackupException($"Another backup is being made in {Path}. Wait for its end.", taken);
        }
        foreach (var left in Directory.GetFiles(Path, Prefix + "*" + Extension + ".part*")) File.Delete(left);
        return turn;
    }

    /// <summary>A name that no other backup has, and that sorts by time.</summary>
    public string NewPath(DateTimeOffset now)
    {
        while (true)
        {
            var name = System.IO.Path.Combine(Path, Prefix + now.UtcDateTime.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture) + Extension);
            if (!File.Exists(name)) return name;
            now = now.AddMilliseconds(1);
        }
    }
}
