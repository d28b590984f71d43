using System.IO.Compression;
using ChatOllama.ApiService.Backups;
using ChatOllama.ApiService.Data;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.Data.Sqlite;
using Xunit;

namespace ChatOllama.Tests.Data;

/// <summary>
/// Databases as every version left them (Fixtures/databases, named by the last migration that version knew): two chats, one with branches, a failed
/// answer and an attachment, and one whose answer was running when the process was killed.
/// </summary>
public class MigrationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Versions => [.. Directory.GetFiles(Folder, "*.db.gz").Select(path => Path.GetFileName(path)[..^".db.gz".Length]).Order()];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Fixtures", "databases");

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_database_of_every_version_ever_shipped_comes_up_with_every_word(string version)
    {
        var folder = await UnpackAsync(version);
        await using (var database = await TestDatabase.StartAsync(folder))
        {
            await using var db = await database.Readers.CreateDbContextAsync(Stop);
            Assert.Equal(DatabaseStartup.KnownMigrations().Order().Last(), await database.Writer.WriteAsync(c => c.Scalar("SELECT max(MigrationId) FROM __EFMigrationsHistory")));
            Assert.Equal("Bread at night/demo:latest/Be brief./{\"temperature\":0.5}/1/Kitchen/[\"baking\"]/a3",
                await database.Writer.WriteAsync(c => c.Scalar("SELECT concat_ws('/', title, s.model, system_prompt, options_json, pinned, folder, tags, m.id) FROM sessions s JOIN messages m ON m.seq = s.active_seq WHERE s.id = 'bread'")));
            Assert.Equal("q1--How long does sourdough rest?-complete a1-q1-Twelve hours in the fridge.-complete a2-q1-A night: grüße 🙂-stopped q2-a1-And rye?-complete a3-q2--failed q3--Count-complete a4-q3-one two three-interrupted",
                await database.Writer.WriteAsync(c => c.Scalar("SELECT group_concat(m.id || '-' || coalesce(p.id, '') || '-' || m.content || '-' || m.status, ' ' ORDER BY m.seq) FROM messages m LEFT JOIN messages p ON p.seq = m.parent_seq")));
            Assert.Equal("hm", await database.Writer.WriteAsync(c => c.Scalar("SELECT thinking FROM messages WHERE id = 'a4'")));
            Assert.Equal("notes.txt", await database.Writer.WriteAsync(c => c.Scalar("SELECT a.name FROM attachments a JOIN message_attachments m ON m.attachment_key = a.key AND m.message_seq = 1")));
            Assert.Equal("3", await database.Writer.WriteAsync(c => c.Scalar("SELECT concat_ws('', count(*)) FROM messages_fts WHERE messages_fts MATCH 'three OR sourdough OR gruße'")));
        }
        Assert.Empty(DatabaseCheck.Run(Path.Combine(folder, "chat.db"), deep: true));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_is_migrated_is_copied_first(string version)
    {
        var folder = await UnpackAsync(version);
        await using (await TestDatabase.StartAsync(folder))
        {
            var copies = Directory.GetFiles(folder, "chat.db.*.backup");
            if (version == DatabaseStartup.KnownMigrations().Order().Last()) Assert.Empty(copies);
            else Assert.Equal(version, Applied(Assert.Single(copies)).Max());
        }
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_old_database_and_the_next_start_does_it()
    {
        var folder = await UnpackAsync(DatabaseStartup.KnownMigrations().Order().First());
        var path = Path.Combine(folder, "chat.db");
        // In the way of a later migration.
        Execute(path, "CREATE TABLE pulls (in_the_way INTEGER)");
        await Assert.ThrowsAsync<StartupException>(() => TestDatabase.StartAsync(folder));
        Execute(path, "DROP TABLE pulls");
        await using var database = await TestDatabase.StartAsync(folder);
        Assert.Equal(7L, await database.Writer.WriteAsync(c => c.Scalar("SELECT count(*) FROM messages")));
    }

    /// <summary>
    /// When this fails: start the new version on an empty folder, chat, gzip its <c>chat.db</c> to <c>Fixtures/databases/(the migration).db.gz</c>. Best of all, migrate the
    /// newest fixture and take that, so that the words above are in it.
    /// </summary>
    [Fact]
    public void Every_version_has_its_fixture() => Assert.Equal(DatabaseStartup.KnownMigrations().Order(), Versions.Select(row => row.Data));

    private static async Task<string> UnpackAsync(string version)
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder, version + ".db.gz")), CompressionMode.Decompress);
        await using var database = File.Create(Path.Combine(folder, "chat.db"));
        await packed.CopyToAsync(database, Stop);
        return folder;
    }

    private static List<string> Applied(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return DatabaseStartup.ReadApplied(connection);
    }

    private static void Execute(string path, string statement)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
