using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Data;

/// <summary>What a work item of <see cref="DbWriter"/> sees. Valid only while the item runs, on the writer's thread.</summary>
public sealed class WriteContext : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly DbContextOptions<ChatDbContext> _options;
    private readonly Dictionary<string, SqliteCommand> _commands = [];
    private SqliteTransaction? _transaction;
    private ChatDbContext? _db;
    private long _sequence;

    internal WriteContext(SqliteConnection connection, long sequence, TimeProvider time)
    {
        _connection = connection;
        _sequence = sequence;
        _time = time;
        _options = new DbContextOptionsBuilder<ChatDbContext>().UseSqlite(connection).Options;
    }

    /// <summary>The current time, UTC.</summary>
    public DateTime Now => _time.GetUtcNow().UtcDateTime;

    /// <summary>
    /// The next number of the one sequence that orders messages and activity. Numbers of a rolled-back item are skipped, never used twice.
    /// </summary>
    public long NextSequence() => ++_sequence;

    /// <summary>
    /// A tracking EF context on the writer's transaction, fresh for each item; call <c>SaveChanges()</c> before the item ends.
    /// For features off the hot path: it costs about four times a prepared command.
    /// </summary>
    public ChatDbContext Db
    {
        get
        {
            if (_db is not null) return _db;
            _db = new ChatDbContext(_options);
            _db.Database.UseTransaction(_transaction);
            _db.Database.AutoSavepointsEnabled = false;
            return _db;
        }
    }

    /// <summary>Runs a statement that is prepared once and kept; parameters are named <c>$1</c>, <c>$2</c>, …</summary>
    /// <returns>The number of changed rows.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>The first row through <paramref name="read"/>, or the default when there is none.</summary>
    public T? QueryFirst<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    internal void Begin() => _transaction = _connection.BeginTransaction(deferred: false);

    /// <summary>Runs the only item of a transaction without a savepoint: where it fails, the transaction is to be rolled back.</summary>
    internal void RunAlone(WriteItem item)
    {
        try
        {
            item.Run(this);
        }
        catch (Exception e)
        {
            item.Failure = e;
        }
        finally
        {
            _db?.Dispose();
            _db = null;
        }
    }

    internal void Run(WriteItem item)
    {
        Execute("SAVEPOINT item");
        try
        {
            item.Run(this);
            Execute("RELEASE item");
        }
        // Whatever an item throws belongs to its caller; the others of the group go on.
        catch (Exception e)
        {
            item.Failure = e;
            Execute("ROLLBACK TO item");
            Execute("RELEASE item");
        }
        finally
        {
            _db?.Dispose();
            _db = null;
        }
    }

    internal void Commit()
    {
        _transaction!.Commit();
        _transaction.Dispose();
        _transaction = null;
    }

    internal void Rollback()
    {
        try
        {
            _transaction?.Dispose();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself already (full disk, I/O error); there is nothing left to undo.
        }
        _transaction = null;
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++) command.Parameters.Add(new SqliteParameter($"${i}", null));
            _commands.Add(sql, command);
        }
        command.Transaction = _transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
