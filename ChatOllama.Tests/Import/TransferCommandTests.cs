using ChatOllama.ApiService.Commands;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ChatOllama.Tests.Import;

/// <summary><c>export</c> and <c>import</c> as commands of the program, beside a running server and without one.</summary>
public class TransferCommandTests
{
    [Fact]
    public async Task A_running_server_is_asked_and_without_one_the_command_opens_the_database_itself()
    {
        await using var old = await ApiHost.StartAsync();
        await old.ChatAsync("""{"message":"Hello","session_id":"s"}""");
        var file = Path.Combine(old.Folder, "all.zip");
        var (code, said, _) = await RunAsync(old.Folder, "export", "--out", file);
        Assert.Equal((0, $"Exported to {file}.\n"), (code, said));

        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        (code, said, _) = await RunAsync(folder, "import", file, "--dry-run", "true");
        Assert.Equal((0, "Would be imported from chatollama: 1 chats added, 0 updated, 0 unchanged; 2 messages, 0 files, 0 models.\n"), (code, said));
        (code, said, _) = await RunAsync(folder, "import", file);
        Assert.Equal((0, "Imported from chatollama: 1 chats added, 0 updated, 0 unchanged; 2 messages, 0 files, 0 models.\n"), (code, said));
        await using var next = await ApiHost.StartAsync(setup => setup.Folder = folder);
        (_, said, _) = await RunAsync(folder, "import", file);
        Assert.StartsWith("Imported from chatollama: 0 chats added, 0 updated, 1 unchanged;", said, StringComparison.Ordinal);
        Assert.Equal(["Hello"], (await next.Client.ReadExportAsync()).Sessions[0].Messages.Where(m => m.Role == "user").Select(m => m.Content));
    }

    [Fact]
    public async Task The_note_of_a_server_that_was_killed_goes_with_the_next_start()
    {
        await using var api = await HttpApi.StartAsync();
        var note = Path.Combine(api.Folder, "chat.db.address");
        Assert.True(File.Exists(note));
        // As it starts, with the note of the one before.
        await api.Services.GetServices<IHostedService>().OfType<ServerAddress>().Single().StartAsync(TestContext.Current.CancellationToken);
        Assert.False(File.Exists(note));
    }

    [Fact]
    public async Task What_cannot_be_done_is_a_sentence_and_a_code()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
        var (code, _, errors) = await RunAsync(folder, "export", "--out", Path.Combine(folder, "all.zip"));
        Assert.Equal(1, code);
        Assert.Contains("There is no database at", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(folder, "export")).Code);
        Assert.Equal(2, (await RunAsync(folder, "import")).Code);
        await File.WriteAllTextAsync(Path.Combine(folder, "x.json"), """{"format":"chatollama","version":9}""", TestContext.Current.CancellationToken);
        (code, var said, _) = await RunAsync(folder, "import", Path.Combine(folder, "x.json"));
        Assert.Equal(1, code);
        Assert.Contains("$.version", said, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(folder, "import", Path.Combine(folder, "nowhere.json"))).Code);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string folder, params string[] args)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await OperatorCommands.RunAsync([.. args, "--DB_PATH", Path.Combine(folder, "chat.db"), "--OLLAMA_HOST", "http://127.0.0.1:9"], output, errors);
        return (code!.Value, output.ToString(), errors.ToString());
    }
}
