using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Data;

/// <summary>
/// Reads on the path of every message: read-only connections whose statements stay prepared. Through EF the same row costs several times as much,
/// and most of that is not SQLite. Thread-safe; a read runs on the caller's thread, as all reads of SQLite do.
/// </summary>
public sealed class PreparedReads(DatabaseFile file) : IDisposable
{
    private const int MaxIdle = 8;
    private readonly ConcurrentBag<Connection> _idle = [];
    private volatile bool _disposed;

    /// <summary>All rows through <paramref name="read"/>; parameters are named <c>$1</c>, <c>$2</c>, …</summary>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object> values)
    {
        var connection = _idle.TryTake(out var idle) ? idle : new Connection(file);
        try
        {
            var rows = new List<T>();
            using (var reader = connection.Execute(sql, values))
                while (reader.Read()) rows.Add(read(reader));
            Return(connection);
            return rows;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection)) connection.Dispose();
    }

    private void Return(Connection connection)
    {
        if (_disposed || _idle.Count >= MaxIdle) connection.Dispose();
        else _idle.Add(connection);
    }

    private sealed class Connection(DatabaseFile file) : IDisposable
    {
        private readonly SqliteConnection _connection = file.OpenForReading();
        private readonly Dictionary<string, SqliteCommand> _commands = [];

        public SqliteDataReader Execute(string sql, ReadOnlySpan<object> values)
        {
            if (!_commands.TryGetValue(sql, out var command))
            {
                command = _connection.CreateCommand();
                command.CommandText = sql;
                for (var i = 1; i <= values.Length; i++) command.Parameters.Add(new SqliteParameter($"${i}", null));
                _commands.Add(sql, command);
            }
            for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
            return command.ExecuteReader();
        }

        public void Dispose()
        {
            foreach (var command in _commands.Values) command.Dispose();
            _connection.Dispose();
        }
    }
}
