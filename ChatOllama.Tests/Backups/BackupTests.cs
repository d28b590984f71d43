using System.Net;
using System.Net.Http.Json;
using ChatOllama.ApiService.Commands;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Backups;

/// <summary>The operator's commands beside and without a server, on real files.</summary>
public sealed class BackupTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_of_a_running_server_is_restored_word_for_word_and_the_old_database_is_kept()
    {
        await using var api = await ApiHost.StartAsync();
        var image = await UploadAsync(api, "notes of mine");
        var kept = await api.ChatAsync($$"""{"message":"Keep this","session_id":"kept","images":["{{image}}"]}""");
        var made = await MakeAsync(api);
        Assert.Equal((1, 2, 1), (made.Sessions, made.Messages, made.Attachments));
        await api.ChatAsync("""{"message":"After the backup","session_id":"later"}""");

        // Beside the running server nothing is put in place of its database.
        var backup = Path.Combine(api.Folder, "backups", made.Name);
        var (refused, _, why) = await RunAsync(api.Folder, "restore", backup);
        Assert.Equal(1, refused);
        Assert.Contains("in use by another ChatOllama server", why, StringComparison.Ordinal);

        await api.StopAsync();
        await api.DisposeAsync();
        // Damaged, as a disk does it: the good one comes back with the backup.
        await File.WriteAllTextAsync(Directory.GetFiles(Path.Combine(api.Folder, "attachments"), "*", SearchOption.AllDirectories).Single(), "notes of mind", Stop);
        var (code, output, _) = await RunAsync(api.Folder, "restore", backup);
        Assert.Equal(0, code);
        Assert.Contains("1 chats, 2 messages", output, StringComparison.Ordinal);
        var old = Assert.Single(Directory.GetFiles(api.Folder, "*.before-restore"));
        Assert.Equal(2L, Scalar(old, "SELECT count(*) FROM sessions"));

        await using var again = await ApiHost.StartAsync(setup => setup.Folder = api.Folder);
        var messages = await again.Client.GetFromJsonAsync("/v1/sessions/kept/messages", ContractsJson.Default.MessageList, Stop);
        Assert.Equal(["Keep this", kept.Content], messages!.Messages.Select(m => m.Content));
        Assert.Equal("notes of mine", await again.Client.GetStringAsync($"/v1/attachments/{image}", Stop));
        Assert.Equal(HttpStatusCode.NotFound, (await again.Client.GetAsync("/v1/sessions/later", Stop)).StatusCode);
    }

    [Fact]
    public async Task A_backup_taken_in_mid_answer_holds_what_was_saved_of_it()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("so far").StallForever());
        using var answer = await api.StreamAsync("""{"message":"Count","session_id":"s","stream":true}""");
        await answer.UntilTextAsync("so far");
        var made = await MakeAsync(api);
        var restored = Directory.CreateTempSubdirectory("chatollama-").FullName;
        Assert.Equal(0, (await RunAsync(restored, "restore", Path.Combine(api.Folder, "backups", made.Name))).Code);
        await using var again = await ApiHost.StartAsync(setup => setup.Folder = restored);
        var messages = await again.Client.GetFromJsonAsync("/v1/sessions/s/messages", ContractsJson.Default.MessageList, Stop);
        Assert.Equal(["complete", "interrupted"], messages!.Messages.Select(m => m.Status));
    }

    [Fact]
    public async Task Only_as_many_backups_stay_as_were_asked_for_and_none_goes_before_the_new_one_is_good()
    {
        await using var api = await ApiHost.StartAsync();
        var gone = await UploadAsync(api, "in the first ones only");
        var stays = await UploadAsync(api, "in all");
        await api.ChatAsync($$"""{"message":"Look","session_id":"s","images":["{{stays}}"]}""");
        for (var i = 0; i < 3; i++) await MakeAsync(api);
        Assert.Equal(2, Attachments(api));
        Assert.Equal(3, (await ListAsync(api)).Count);
        await api.Services.GetRequiredService<DbWriter>().WriteAsync(context => context.Execute("DELETE FROM attachments WHERE id = $1", gone));
        await MakeAsync(api, "?keep=2");
        // One of the two still knows it.
        Assert.Equal(2, Attachments(api));
        var newest = await MakeAsync(api, "?keep=2");
        Assert.Equal(newest.Name, (await ListAsync(api))[0].Name);
        Assert.Equal(2, (await ListAsync(api)).Count);
        Assert.Equal(1, Attachments(api));
        await ApiHost.ProblemAsync(await api.PostAsync("/v1/admin/backup?keep=0", ""), 400, ProblemCodes.Validation);
    }

    [Fact]
    public async Task Check_finds_what_is_wrong_and_says_where()
    {
        await using (var api = await ApiHost.StartAsync())
        {
            await api.ChatAsync("""{"message":"Hello","session_id":"s"}""");
            var (whole, said, _) = await RunAsync(api.Folder, "check");
            Assert.Equal(0, whole);
            Assert.Contains("1 chats, 2 messages, 0 attachments. Whole.", said, StringComparison.Ordinal);
            Break(api);
            var (broken, output, _) = await RunAsync(api.Folder, "check");
            Assert.Equal(1, broken);
            Assert.Contains("A chat shows a message that it does not have: chat s", output, StringComparison.Ordinal);
            Assert.Contains("The index messages_fts does not agree with its rows", output, StringComparison.Ordinal);
            // What is not whole does not become a backup.
            await ApiHost.ProblemAsync(await api.PostAsync("/v1/admin/backup", ""), 500, ProblemCodes.Internal);
            Assert.Empty(await ListAsync(api));
        }
    }

    [Theory]
    [InlineData("not a database", "cannot be read as a database")]
    [InlineData("", "is no database of ChatOllama")]
    public async Task A_file_that_is_no_good_backup_changes_nothing(string content, string says)
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "chat.db"), "the old one", Stop);
        var backup = Path.Combine(folder, "bad.db");
        await File.WriteAllTextAsync(backup, content.Length == 0 ? "" : content.PadRight(5000), Stop);
        var (code, _, errors) = await RunAsync(folder, "restore", backup);
        Assert.Equal(1, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Equal("the old one", await File.ReadAllTextAsync(Path.Combine(folder, "chat.db"), Stop));
        Assert.Empty(Directory.GetFiles(folder, "*.restoring*"));
    }

    [Theory]
    [InlineData("frobnicate", "There is no command frobnicate.")]
    [InlineData("backup --kep 3", "The option --kep is not known here.")]
    [InlineData("backup --keep none", "--keep must be a whole number above zero.")]
    [InlineData("restore", "Name the backup to restore.")]
    [InlineData("check one two", "There is one argument too many: two.")]
    public async Task A_command_that_is_called_in_a_wrong_way_says_how_it_is_called(string line, string says)
    {
        var (code, _, errors) = await RunAsync(Directory.CreateTempSubdirectory("chatollama-").FullName, line.Split(' '));
        Assert.Equal(2, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Contains("restore <backup>", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_command_the_service_runs() => Assert.Null(await OperatorCommands.RunAsync(["--urls", "http://127.0.0.1:0"]));

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string folder, params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await OperatorCommands.RunAsync([.. args, "--DB_PATH", Path.Combine(folder, "chat.db")], output, errors);
        return (code!.Value, output.ToString(), errors.ToString());
    }

    private static async Task<BackupView> MakeAsync(ApiHost api, string query = "")
    {
        using var response = await api.PostAsync("/v1/admin/backup" + query, "");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.BackupView, Stop))!;
    }

    private static async Task<IReadOnlyList<BackupFile>> ListAsync(ApiHost api) =>
        (await api.Client.GetFromJsonAsync("/v1/admin/backups", ContractsJson.Default.BackupList, Stop))!.Backups;

    private static async Task<string> UploadAsync(ApiHost api, string text)
    {
        using var response = await api.Client.PostAsync("/v1/attachments?name=notes.txt", new StringContent(text), Stop);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.AttachmentView, Stop))!.Id;
    }

    private static int Attachments(ApiHost api) => Directory.GetFiles(Path.Combine(api.Folder, "backups", "attachments"), "*", SearchOption.AllDirectories).Length;

    private static void Break(ApiHost api)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(api.Folder, "chat.db")};Pooling=False;Default Timeout=5");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "DROP TRIGGER messages_fts_update; UPDATE messages SET content = 'other words' WHERE role = 'user'; UPDATE sessions SET active_seq = 4711;";
        command.ExecuteNonQuery();
    }

    private static object? Scalar(string path, string query)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }
}
