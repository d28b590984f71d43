using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Backups;

/// <summary>A copy of a database as it is at one moment, taken while others read and write it.</summary>
internal static class DatabaseSnapshot
{
    /// <summary>SQLite's own online backup: one read transaction, so writers go on. The copy is one plain file without a write-ahead log, and on disk when this returns.</summary>
    public static void Copy(SqliteConnection source, string path)
    {
        using var copy = Open(path, SqliteOpenMode.ReadWriteCreate);
        source.BackupDatabase(copy);
        using var command = copy.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=DELETE";
        command.ExecuteNonQuery();
    }

    /// <summary>Of a database that a server may have open.</summary>
    public static void Copy(string database, string path)
    {
        using var source = Open(database, SqliteOpenMode.ReadWrite);
        using var command = source.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout=5000; PRAGMA query_only=ON;";
        command.ExecuteNonQuery();
        Copy(source, path);
    }

    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, Cache = SqliteCacheMode.Private }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Removes a database and what SQLite may have left beside it.</summary>
    public static void Delete(string path)
    {
        foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" }) File.Delete(path + suffix);
    }
}
