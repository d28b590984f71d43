using ChatOllama.ApiService.Configuration;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Data;

/// <summary>
/// Where the database lies, how it is opened, and the lock that keeps a second server away from it.
/// </summary>
public sealed class DatabaseFile(ApiOptions options) : IDisposable
{
    /// <summary>Readers cannot write by accident: a write outside the writer would wait for its lock and break the order.</summary>
    public const string ReadPragmas = "PRAGMA busy_timeout=5000; PRAGMA query_only=ON;";

    private FileStream? _lock;

    /// <summary>Full path of the SQLite file.</summary>
    public string FullPath { get; } = Path.GetFullPath(options.DbPath);

    /// <summary>The folder of the database: attachments and backups lie there too.</summary>
    public string Folder => Path.GetDirectoryName(FullPath)!;

    /// <summary>For readers: pooled connections with a private cache.</summary>
    public string ReadConnectionString => ConnectionString(SqliteOpenMode.ReadWrite, pooling: true);

    /// <summary>Makes the folder and takes the lock; the lock goes with the process, however it ends.</summary>
    /// <exception cref="StartupException">Another server uses the file, or the folder cannot be written.</exception>
    public void Lock()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            _lock = new FileStream(FullPath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(File.Exists(FullPath + ".lock") && e is IOException
                ? $"The database {options.DbPath} is in use by another ChatOllama server. Stop that one, or set DB_PATH to another file."
                : $"The folder of the database {options.DbPath} cannot be written ({e.Message}). Make it writable, or set DB_PATH to another file.");
        }
    }

    /// <summary>A connection for the writer or for migration, with every pragma set.</summary>
    public SqliteConnection OpenForWriting()
    {
        var connection = new SqliteConnection(ConnectionString(SqliteOpenMode.ReadWriteCreate, pooling: false));
        connection.Open();
        using var command = connection.CreateCommand();
        // busy_timeout first: switching to WAL itself can meet a lock.
        // temp_store: what a savepoint may have to undo stays in memory; SQLite would make a file in /var/tmp for it, in every transaction.
        // wal_autocheckpoint: 16 MB, so that fewer than one message in a hundred waits for the log to be folded into the database.
        command.CommandText = "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000;";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>A connection of its own that cannot write.</summary>
    public SqliteConnection OpenForReading()
    {
        var connection = new SqliteConnection(ConnectionString(SqliteOpenMode.ReadWrite, pooling: false));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = ReadPragmas;
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>SQLite's version, or null when the database cannot be read.</summary>
    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new SqliteConnection(ReadConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT sqlite_version() FROM users LIMIT 1";
            return await command.ExecuteScalarAsync(cancellationToken) as string;
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        using (var connection = new SqliteConnection(ReadConnectionString)) SqliteConnection.ClearPool(connection);
        _lock?.Dispose();
    }

    private string ConnectionString(SqliteOpenMode mode, bool pooling) => new SqliteConnectionStringBuilder
    {
        DataSource = FullPath,
        Mode = mode,
        Cache = SqliteCacheMode.Private,
        Pooling = pooling,
        DefaultTimeout = 5,
    }.ToString();
}
