using System.Text;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Import;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Http;
using ChatOllama.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Import;

/// <summary>An import is written between the writes of others, seen all at once, and gone or whole after a crash.</summary>
public class StagingTests
{
    private static readonly DateTime Then = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task What_is_staged_nobody_sees_and_a_start_takes_it_back()
    {
        await using var api = await ImportSteps.EmptyAsync();
        await StageAsync(api);
        Assert.Empty((await api.ListAsync()).Sessions);
        Assert.Empty((await api.GetAsync("/v1/search?q=words", ContractsJson.Default.SearchResult)).Hits);
        await (await api.Client.GetAsync("/v1/messages/m1")).ReadProblemAsync(ProblemCodes.NotFound);

        await api.Services.GetRequiredService<Importer>().RecoverAsync(TestContext.Current.CancellationToken);
        Assert.Equal("0 0 1", await CountAsync(api));
    }

    [Fact]
    public async Task An_import_that_was_cut_off_behind_its_commit_is_finished_at_the_next_start()
    {
        string folder;
        await using (var api = await ApiHost.StartAsync())
        {
            var writer = api.Services.GetRequiredService<DbWriter>();
            await StageAsync(writer, api.Services.GetRequiredService<AttachmentStore>());
            // As MarkAsync ends.
            await writer.WriteAsync(context => context.Execute("UPDATE users SET name = 'ready:local' WHERE id LIKE 'import:%'"));
            folder = api.CopyAsAfterCrash();
        }
        await using var next = await ApiHost.StartAsync(setup => setup.Folder = folder);
        await next.Services.GetRequiredService<Importer>().RecoverAsync(TestContext.Current.CancellationToken);
        var export = await next.Client.ReadExportAsync();
        Assert.Equal(["s"], export.Sessions.Select(s => s.Id));
        Assert.Equal(3, export.Sessions[0].Messages.Count);
    }

    [Fact]
    public async Task What_a_failed_import_left_does_not_stand_in_the_way_of_the_next_try()
    {
        await using var api = await ImportSteps.EmptyAsync();
        await StageAsync(api);
        const string Again = """
            {"format":"chatollama","version":1,"exported_at":"2026-01-01T00:00:00Z","sessions":[{"id":"s","title":"Again","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z",
            "messages":[{"id":"m0","role":"user","content":"words 0","status":"complete","created_at":"2026-01-01T00:00:00Z"}]}]}
            """;
        Assert.Equal(1, (await api.Client.ImportAsync(Again, "?dry_run=true")).Messages);
        await StageAsync(api);
        Assert.Equal(1, (await api.Client.ImportAsync(Again)).Messages);
        Assert.Equal("1 1 1", await CountAsync(api));
    }

    [Fact]
    public async Task An_import_that_cannot_be_marked_is_taken_back_and_one_that_is_marked_is_said_to_be_stored()
    {
        await using var api = await ImportSteps.EmptyAsync();
        var writer = api.Services.GetRequiredService<DbWriter>();
        var file = Encoding.UTF8.GetBytes(ImportSteps.Sample("librechat-flat.json"));
        await writer.WriteAsync(context => context.Execute("CREATE TRIGGER fault BEFORE UPDATE OF name ON users BEGIN SELECT RAISE(ABORT, 'disk'); END"));
        await api.Client.RefusedAsync(file, ProblemCodes.Internal);
        Assert.Equal("0 0 1", await CountAsync(api));

        await writer.WriteAsync(context => context.Execute("DROP TRIGGER fault"));
        await writer.WriteAsync(context => context.Execute("CREATE TRIGGER fault BEFORE UPDATE OF user_id ON sessions BEGIN SELECT RAISE(ABORT, 'disk'); END"));
        Assert.Contains("The file is stored", (await api.Client.RefusedAsync(file, ProblemCodes.Internal)).Detail, StringComparison.Ordinal);
        await writer.WriteAsync(context => context.Execute("DROP TRIGGER fault"));
        Assert.Equal(new ImportedSessions(0, 0, 1), (await api.Client.ImportAsync(file)).Sessions);
        Assert.Single((await api.ListAsync()).Sessions);
    }

    [Fact]
    public async Task A_session_that_somebody_began_meanwhile_takes_the_messages_in()
    {
        await using var api = await ImportSteps.EmptyAsync();
        await StageAsync(api, beforeCommit: () => api.CreateAsync("""{"id":"s","title":"Mine"}"""));
        var session = Assert.Single((await api.ListAsync()).Sessions);
        Assert.Equal(("Mine", 3), (session.Title, session.MessageCount));
        Assert.Equal(["words 0", "words 1", "words 2"], (await api.MessagesAsync("s")).Messages.Select(m => m.Content));
        Assert.Equal("1 3 1", await CountAsync(api));
    }

    [Fact]
    public async Task Others_write_in_between()
    {
        await using var api = await ImportSteps.EmptyAsync();
        var file = new StringBuilder("""{"format":"chatollama","version":1,"exported_at":"2026-01-01T00:00:00Z","sessions":[{"id":"long","title":"Long","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","messages":[""");
        const int Count = 3000;
        for (var i = 0; i < Count; i++)
            file.Append(i == 0 ? "" : ",").Append($$"""{"id":"m{{i}}","parent_id":{{(i == 0 ? "null" : $"\"m{i - 1}\"")}},"role":"{{(i % 2 == 0 ? "user" : "assistant")}}","content":"{{i}}","status":"complete","created_at":"2026-01-01T00:00:00Z"}""");
        var import = api.Client.ImportAsync(file.Append("]}]}").ToString());
        var writer = api.Services.GetRequiredService<DbWriter>();
        var seen = new HashSet<long>();
        while (!import.IsCompleted)
            seen.Add(await writer.WriteAsync(context => (long)context.Scalar("SELECT count(*) FROM messages")!));
        Assert.Equal(Count, (await import).Messages);
        // At most 100 rows in a row.
        Assert.True(seen.Count >= 8, $"between {Count} messages others wrote {seen.Count} times");
    }

    [Fact]
    public async Task A_file_that_is_here_is_kept_for_the_message_that_comes_and_one_that_has_gone_is_no_silent_loss()
    {
        await using var api = await ImportSteps.EmptyAsync();
        var writer = api.Services.GetRequiredService<DbWriter>();
        var file = HostileImportTests.Good().ToJsonString();
        await api.Client.ImportAsync(file);
        await writer.WriteAsync(context => context.Execute("DELETE FROM sessions"));
        api.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, (await api.Client.ImportAsync(file)).Attachments);
        Assert.Equal(api.Time.GetUtcNow().UtcDateTime, await writer.WriteAsync(context => context.Db.Attachments.Single().CreatedAt));
        Assert.Single((await api.MessagesAsync("s")).Messages[0].Attachments!);

        await writer.WriteAsync(context => context.Execute("DELETE FROM sessions"));
        var lost = new IncomingMessage { Place = "", Id = "m", Role = "user", Content = "x", CreatedAt = Then, Attachments = ["gone"] };
        var session = new IncomingSession { Place = "", Id = "t", Title = "T", CreatedAt = Then, UpdatedAt = Then, ActiveId = "m", Messages = [lost] };
        var staged = new StagedImport(writer, api.Services.GetRequiredService<AttachmentStore>(), User.LocalId);
        await staged.BeginAsync();
        await staged.AddSessionAsync(new SessionPlan(session, IsHere: false, [lost], new Dictionary<string, long>()));
        Assert.Equal(ProblemCodes.Conflict, (await Assert.ThrowsAsync<ProblemException>(staged.FlushAsync)).Code);
    }

    [Fact]
    public async Task A_long_session_is_taken_back_in_pieces()
    {
        await using var api = await ImportSteps.EmptyAsync();
        await api.CreateAsync("""{"id":"long"}""");
        await api.AddBranchAsync("long", 1000);
        var writer = api.Services.GetRequiredService<DbWriter>();
        await writer.WriteAsync(context =>
        {
            context.Execute("INSERT INTO users (id, name, created_at) VALUES ('import:x', 'staged:local', $1)", Then);
            context.Execute("UPDATE sessions SET user_id = 'import:x'");
        });
        var recovery = api.Services.GetRequiredService<Importer>().RecoverAsync(TestContext.Current.CancellationToken);
        var seen = new HashSet<long>();
        while (!recovery.IsCompleted)
            seen.Add(await writer.WriteAsync(context => (long)context.Scalar("SELECT count(*) FROM messages")!));
        await recovery;
        Assert.Equal("0 0 1", await CountAsync(api));
        Assert.True(seen.Count >= 3, $"others wrote only {seen.Count} times");
    }

    private static Task StageAsync(HttpApi api, Func<Task>? beforeCommit = null) =>
        StageAsync(api.Services.GetRequiredService<DbWriter>(), api.Services.GetRequiredService<AttachmentStore>(), beforeCommit);

    private static async Task StageAsync(DbWriter writer, AttachmentStore files, Func<Task>? beforeCommit = null)
    {
        var messages = Enumerable.Range(0, 3).Select(i => new IncomingMessage
        {
            Place = "",
            Id = $"m{i}",
            ParentId = i == 0 ? null : $"m{i - 1}",
            Role = i % 2 == 0 ? "user" : "assistant",
            Content = $"words {i}",
            CreatedAt = Then,
        }).ToList();
        var session = new IncomingSession { Place = "", Id = "s", Title = "Staged", CreatedAt = Then, UpdatedAt = Then, ActiveId = "m2", Messages = messages };
        var staged = new StagedImport(writer, files, User.LocalId);
        await staged.BeginAsync();
        await staged.AddSessionAsync(new SessionPlan(session, IsHere: false, messages, new Dictionary<string, long>()) { FirstSeq = -3, Activity = -1 });
        await staged.FlushAsync();
        if (beforeCommit is null)
            return;
        await beforeCommit();
        await staged.MarkAsync();
        await staged.HandOverAsync();
    }

    private static Task<string> CountAsync(HttpApi api) => api.Services.GetRequiredService<DbWriter>().WriteAsync(context =>
        string.Join(' ', new[] { "sessions", "messages", "users" }.Select(table => context.Scalar($"SELECT count(*) FROM {table}"))));
}
