using System.Text;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Data;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ChatOllama.Tests.Data;

public class DbWriterTests
{
    [Fact]
    public async Task A_fresh_database_is_migrated_and_takes_writes_that_readers_see()
    {
        await using var database = await TestDatabase.StartAsync();
        await database.Writer.WriteAsync(context => AddSession(context, "a", "Bread at night"));

        await using var db = await database.Readers.CreateDbContextAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Bread at night", (await db.Sessions.SingleAsync(TestContext.Current.CancellationToken)).Title);
    }

    [Fact]
    public async Task An_item_that_throws_is_rolled_back_alone()
    {
        await using var database = await TestDatabase.StartAsync();
        using var gate = new ManualResetEventSlim();
        var first = database.Writer.WriteAsync(_ => gate.Wait(TestContext.Current.CancellationToken));
        var good = database.Writer.WriteAsync(context => AddSession(context, "good", "kept"));
        var bad = database.Writer.WriteAsync(context =>
        {
            AddSession(context, "bad", "lost");
            throw new InvalidOperationException("no");
        });
        var later = database.Writer.WriteAsync(context => AddSession(context, "later", "kept"));
        gate.Set();

        await first;
        await good;
        await later;
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        await using var db = await database.Readers.CreateDbContextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["good", "later"], await db.Sessions.OrderBy(s => s.Activity).Select(s => s.Id).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Readers_cannot_write()
    {
        await using var database = await TestDatabase.StartAsync();
        await using var db = await database.Readers.CreateDbContextAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<SqliteException>(() => db.Database.ExecuteSqlRawAsync("DELETE FROM users", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_was_queued_before_the_stop_is_written()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await using (var database = await TestDatabase.StartAsync(folder))
        {
            for (var i = 0; i < 100; i++) _ = database.Writer.WriteAsync(context => AddSession(context, $"s{context.NextSequence()}", "t"));
        }
        await using var again = await TestDatabase.StartAsync(folder);
        await using var db = await again.Readers.CreateDbContextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(100, await db.Sessions.CountAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_second_server_on_the_same_file_stops_with_one_clear_line()
    {
        await using var database = await TestDatabase.StartAsync();
        var error = await Assert.ThrowsAsync<StartupException>(() => TestDatabase.StartAsync(database.Folder));
        Assert.Contains("in use by another ChatOllama server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await using (var database = await TestDatabase.StartAsync(folder))
            await database.Writer.WriteAsync(c => c.Execute("INSERT INTO __EFMigrationsHistory VALUES ('29990101000000_Future', '99.0.0')"));
        var error = await Assert.ThrowsAsync<StartupException>(() => TestDatabase.StartAsync(folder));
        Assert.Contains("29990101000000_Future", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stale_migration_lock_does_not_hang_the_start()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await using (var old = new SqliteConnection($"Data Source={Path.Combine(folder, "chat.db")};Pooling=False"))
        {
            // A file as a start that was killed inside its first migration leaves it.
            await old.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = old.CreateCommand();
            command.CommandText = """
                CREATE TABLE __EFMigrationsHistory (MigrationId TEXT NOT NULL PRIMARY KEY, ProductVersion TEXT NOT NULL);
                CREATE TABLE __EFMigrationsLock (Id INTEGER NOT NULL PRIMARY KEY, Timestamp TEXT NOT NULL);
                INSERT INTO __EFMigrationsLock VALUES (1, '2026-01-01');
                """;
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        await using var database = await TestDatabase.StartAsync(folder);
        Assert.True(database.Startup.IsReady);
    }

    [Fact]
    public async Task A_database_of_an_older_version_is_backed_up_before_it_is_migrated()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await using (var database = await TestDatabase.StartAsync(folder))
        {
            await database.Writer.WriteAsync(context =>
            {
                AddSession(context, "kept", "t");
                // As the first version left it.
                context.Execute("DROP INDEX IX_messages_statistics");
                foreach (var index in new[] { "archived_activity", "folder_archived_activity", "pinned_activity", "tags_archived" }) context.Execute($"DROP INDEX IX_sessions_user_id_{index}");
                context.Execute("DROP TABLE pulls");
                foreach (var column in new[] { "error", "is_local" }) context.Execute($"ALTER TABLE models DROP COLUMN {column}");
                context.Execute("DROP TABLE checkpoint_log");
                context.Execute("CREATE TABLE checkpoints (message_seq INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE, part INTEGER NOT NULL, thinking TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (message_seq, part)) WITHOUT ROWID");
                context.Execute("INSERT INTO messages (seq, id, session_key, role, content, status, created_at, updated_at, dropped_messages) VALUES (1000, 'm', 1, 'assistant', 'one ', 'generating', $1, $1, 0)", context.Now);
                context.Execute("INSERT INTO checkpoints VALUES (1000, 10, 'b', 'three'), (1000, 2, 'a', 'two ')");
                context.Execute("DELETE FROM __EFMigrationsHistory WHERE MigrationId NOT LIKE '%Initial'");
            });
        }
        await using var migrated = await TestDatabase.StartAsync(folder);
        var backup = Assert.Single(Directory.GetFiles(folder, "chat.db.*.backup"));
        await using var copy = new SqliteConnection($"Data Source={backup};Pooling=False;Mode=ReadOnly");
        await copy.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = copy.CreateCommand();
        command.CommandText = "SELECT (SELECT count(*) FROM sessions WHERE id = 'kept') || '/' || (SELECT count(*) FROM __EFMigrationsHistory)";
        Assert.Equal("1/1", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(7L, await migrated.Writer.WriteAsync(c => c.Scalar("SELECT count(*) FROM __EFMigrationsHistory")));
        // What a crash of that version had saved of an answer is part of it now.
        Assert.Equal("one two three/ab/interrupted", await migrated.Writer.WriteAsync(c => c.Scalar("SELECT content || '/' || thinking || '/' || status FROM messages")));
    }

    [Fact]
    public async Task A_broken_file_is_refused_with_one_clear_line()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "chat.db"), new string('x', 8192), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<StartupException>(() => TestDatabase.StartAsync(folder));
        Assert.Contains("cannot be opened", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_that_a_crash_cut_off_get_their_checkpoints_and_are_found_by_search()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await using (var database = await TestDatabase.StartAsync(folder))
        {
            await database.Writer.WriteAsync(context =>
            {
                AddSession(context, "s", "t");
                context.Execute("INSERT INTO messages (seq, id, session_key, role, content, status, created_at, updated_at, dropped_messages) VALUES (1000, 'm', 1, 'assistant', 'one ', 'generating', $1, $1, 0)", context.Now);
                database.Checkpoints.Append(context, [Part(1000, 0, 4, "a", "two "), Part(1001, 0, 0, "", "of an answer that was deleted")]);
                // As long as an earlier run of the answer, which its message has already.
                database.Checkpoints.Append(context, [Part(1000, 0, 0, "", "one ")]);
                database.Checkpoints.Append(context, [Part(1000, 1, 8, "b", "three")]);
            });
        }
        await using var again = await TestDatabase.StartAsync(folder);
        await using var db = await again.Readers.CreateDbContextAsync(TestContext.Current.CancellationToken);
        var message = await db.Messages.SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("one two three", "ab", "interrupted"), (message.Content, message.Thinking, message.Status));
        Assert.Equal(1L, await again.Writer.WriteAsync(c => c.Scalar("SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'three'")));
    }

    [Fact]
    public async Task What_is_saved_of_running_answers_goes_when_no_running_answer_needs_it()
    {
        await using var database = await TestDatabase.StartAsync(Directory.CreateTempSubdirectory("chatollama-").FullName);
        var log = database.Checkpoints;
        await database.Writer.WriteAsync(context => log.Append(context, [Part(1, 0, 0, "", "a"), Part(2, 0, 0, "", "b")]));
        await database.Writer.WriteAsync(context => log.Append(context, [Part(2, 0, 1, "", "b"), Part(3, 0, 0, "", "c")]));
        await database.Writer.WriteAsync(context => log.Release(context, 1));
        Assert.Equal(2L, await CountAsync());
        var first = await database.Writer.WriteAsync(context => log.Release(context, 2));
        Assert.Equal(1L, await CountAsync());
        // A message that could not be written needs its pieces still; the ones that are left stay.
        log.Restore(2, first);
        await database.Writer.WriteAsync(context => log.Release(context, 3));
        Assert.Equal(1L, await CountAsync());
        await database.Writer.WriteAsync(context => log.Release(context, 2));
        Assert.Equal(0L, await CountAsync());

        async Task<object?> CountAsync() => await database.Writer.WriteAsync(context => context.Scalar("SELECT count(*) FROM checkpoint_log"));
    }

    private static CheckpointPart Part(long seq, int thinkingAt, int contentAt, string thinking, string content) =>
        new(seq, thinkingAt, contentAt, Encoding.UTF8.GetBytes(thinking), Encoding.UTF8.GetBytes(content));

    private static void AddSession(WriteContext context, string id, string title)
    {
        context.Db.Sessions.Add(new Session { Id = id, UserId = User.LocalId, Title = title, CreatedAt = context.Now, UpdatedAt = context.Now, Activity = context.NextSequence() });
        context.Db.SaveChanges();
    }
}

/// <summary>The database alone, in a folder of its own.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly IHost _host;

    private TestDatabase(IHost host, string folder)
    {
        _host = host;
        Folder = folder;
    }

    public string Folder { get; }
    public DbWriter Writer => _host.Services.GetRequiredService<DbWriter>();
    public CheckpointLog Checkpoints => _host.Services.GetRequiredService<CheckpointLog>();
    public DatabaseStartup Startup => _host.Services.GetRequiredService<DatabaseStartup>();
    public IDbContextFactory<ChatDbContext> Readers => _host.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>();

    public static async Task<TestDatabase> StartAsync(string? folder = null)
    {
        folder ??= Directory.CreateTempSubdirectory("chatollama-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(new ApiOptions { DbPath = Path.Combine(folder, "chat.db") });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddDatabase();
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }
        return new TestDatabase(host, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }
}
