using System.Diagnostics;
using ChatOllama.ServiceDefaults.Telemetry;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Data;

/// <summary>
/// The one writer of the database. Work items from all threads queue up; a dedicated thread runs everything that has
/// gathered in one transaction, each item inside its own savepoint, and commits once: with <c>synchronous=FULL</c> the
/// disk is asked once per group instead of once per item. A returned task completes only after the commit is durable.
/// </summary>
/// <remarks>
/// Items must be short and synchronous, and must not wait for another write. An item that throws is rolled back alone;
/// its exception reaches its caller only.
/// </remarks>
public sealed partial class DbWriter(DatabaseFile file, TimeProvider time, ILogger<DbWriter> log) : IAsyncDisposable
{
    private const int MaxGroup = 512;
    // A plain object, not a Lock: the writer's thread waits on it with Monitor.
    private readonly object _gate = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<WriteItem> _pending = new();
    private bool _stopping;
    private bool _started;

    /// <summary>Items that wait for the writer right now.</summary>
    public int QueueLength { get { lock (_gate) return _pending.Count; } }

    /// <summary>Opens the connection and starts the thread. Called once, after migration.</summary>
    public void Start()
    {
        var connection = file.OpenForWriting();
        long sequence;
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT max(coalesce((SELECT max(seq) FROM messages), 0), coalesce((SELECT max(activity) FROM sessions), 0))";
            sequence = (long)command.ExecuteScalar()!;
        }
        _started = true;
        new Thread(() => Loop(connection, sequence)) { IsBackground = true, Name = "db-writer" }.Start();
    }

    /// <summary>Runs <paramref name="work"/> in the next group and returns its result once it is durable.</summary>
    /// <exception cref="SqliteException">The disk or the database refused; nothing of the item was kept.</exception>
    public Task<T> WriteAsync<T>(Func<WriteContext, T> work)
    {
        var item = new WriteItem<T>(work);
        lock (_gate)
        {
            if (_stopping) return Task.FromException<T>(new ObjectDisposedException(nameof(DbWriter), "The database is closed because the service stops."));
            _pending.Enqueue(item);
            Monitor.Pulse(_gate);
        }
        return Activities.Source.HasListeners() ? TraceAsync(item.Task) : item.Task;
    }

    /// <summary>The wait for the writer and the disk, as the caller sees it.</summary>
    private static async Task<T> TraceAsync<T>(Task<T> written)
    {
        using var activity = Activities.Source.StartActivity("database write", ActivityKind.Client);
        activity?.SetTag("db.system.name", "sqlite");
        return await written;
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<WriteContext> work) => WriteAsync(context => { work(context); return true; });

    /// <summary>Lets everything queued finish, then closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            if (!_started) return;
            Monitor.Pulse(_gate);
        }
        await _stopped.Task;
    }

    private void Loop(SqliteConnection connection, long sequence)
    {
        using var context = new WriteContext(connection, sequence, time);
        var group = new List<WriteItem>(MaxGroup);
        while (Take(group))
        {
            RunGroup(context, group);
            group.Clear();
        }
        Close(connection);
        _stopped.SetResult();
    }

    private bool Take(List<WriteItem> group)
    {
        lock (_gate)
        {
            while (_pending.Count == 0)
            {
                if (_stopping) return false;
                Monitor.Wait(_gate);
            }
            while (group.Count < MaxGroup && _pending.TryDequeue(out var item)) group.Add(item);
            return true;
        }
    }

    private void RunGroup(WriteContext context, List<WriteItem> group)
    {
        try
        {
            context.Begin();
            if (group.Count == 1) context.RunAlone(group[0]);
            else foreach (var item in group) context.Run(item);
            if (group.Count == 1 && group[0].Failure is not null) context.Rollback();
            else context.Commit();
        }
        // Whatever goes wrong belongs to the waiting callers; the writer itself must live.
        catch (Exception e)
        {
            // A full disk undoes the whole transaction by itself: what fails after that fails because of the first.
            var cause = group.Find(item => item.Failure is SqliteException)?.Failure ?? e;
            LogGroupFailed(cause, group.Count);
            context.Rollback();
            foreach (var item in group) item.Failure ??= cause;
        }
        foreach (var item in group) item.Finish();
    }

    private void Close(SqliteConnection connection)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);";
            command.ExecuteNonQuery();
        }
        catch (SqliteException e)
        {
            LogCloseFailed(e);
        }
        connection.Dispose();
    }

    [LoggerMessage(LogLevel.Error, "A group of {Count} writes failed and was rolled back")]
    private partial void LogGroupFailed(Exception e, int count);

    [LoggerMessage(LogLevel.Warning, "The write-ahead log could not be folded into the database at the end; the next start does it")]
    private partial void LogCloseFailed(Exception e);
}

/// <summary>One queued piece of work and its waiting caller.</summary>
internal abstract class WriteItem
{
    public Exception? Failure { get; set; }
    public abstract void Run(WriteContext context);
    public abstract void Finish();
}

internal sealed class WriteItem<T>(Func<WriteContext, T> work) : WriteItem
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _done.Task;

    public override void Run(WriteContext context) => _result = work(context);

    public override void Finish()
    {
        if (Failure is null) _done.SetResult(_result!);
        else _done.SetException(Failure);
    }
}
