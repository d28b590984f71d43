using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Json;
using ChatOllama.ApiService.Backups;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Tests.Emulator;
using Xunit;

namespace ChatOllama.Tests.Survival;

/// <summary>What <c>kill -9</c> costs: nothing that was acknowledged, and of a running answer at most what came in the last moment.</summary>
[Trait("Category", Rounds.Category)]
public sealed class KillTests(ITestOutputHelper output)
{
    /// <summary>The promise is 250 ms or 4 KB; while the disk is overloaded, 1 s.</summary>
    private static readonly TimeSpan Tail = TimeSpan.FromSeconds(1);
    private const int TailBytes = 4096;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_any_moment_nothing_acknowledged_is_lost_and_the_next_start_is_ready_again()
    {
        var random = new Random(Rounds.Seed);
        var folder = Directory.CreateTempSubdirectory("chatollama-kill-").FullName;
        await using var ollama = await EmulatorHost.StartAsync(options => options.TokensPerSecond = 200);
        var api = ApiProcess.Start(folder, ollama.Url);
        var rounds = Rounds.Of(2, 200);
        for (var round = 0; round < rounds; round++)
        {
            await api.WaitReadyAsync(Stop);
            var people = new Chatter(api.Client, $"r{round}");
            var talk = people.RunAsync(random.Next(1, 40), Stop);
            await Task.Delay(random.Next(20, 900), Stop);
            var killed = Stopwatch.GetTimestamp();
            await api.KillAsync();
            await talk;
            api.Dispose();
            CheckFile(folder, round);
            api = ApiProcess.Start(folder, ollama.Url);
            var took = await api.WaitReadyAsync(Stop);
            output.WriteLine($"round {round}: {people.Seen.Count} answers, ready after {took.TotalMilliseconds:0} ms");
            foreach (var answer in people.Seen) await CheckAsync(api.Client, answer, killed, round);
        }
        api.Dispose();
    }

    [Fact]
    public async Task Killed_while_it_migrates_or_backs_up_the_next_start_does_it()
    {
        var random = new Random(Rounds.Seed);
        var oldest = Path.Combine(AppContext.BaseDirectory, "Fixtures", "databases", DatabaseStartup.KnownMigrations().Order().First() + ".db.gz");
        await using var ollama = await EmulatorHost.StartAsync();
        for (var round = 0; round < Rounds.Of(1, 50); round++)
        {
            var folder = Directory.CreateTempSubdirectory("chatollama-kill-").FullName;
            await using (var packed = new GZipStream(File.OpenRead(oldest), CompressionMode.Decompress))
            await using (var database = File.Create(Path.Combine(folder, "chat.db")))
                await packed.CopyToAsync(database, Stop);
            using (var first = ApiProcess.Start(folder, ollama.Url))
            {
                // The copy is the first thing that is made, so the kill falls into it or into one of the migrations behind it.
                while (!Directory.EnumerateFiles(folder, "*.backup").Any() && !first.HasExited) await Task.Delay(1, Stop);
                await Task.Delay(random.Next(0, 400), Stop);
                await first.KillAsync();
            }
            using var second = ApiProcess.Start(folder, ollama.Url);
            await second.WaitReadyAsync(Stop);
            var backup = second.Client.PostAsync("/v1/admin/backup", null, Stop);
            await Task.Delay(random.Next(0, 60), Stop);
            await second.KillAsync();
            // It may have been faster.
            await backup.ContinueWith(static _ => { }, Stop, TaskContinuationOptions.None, TaskScheduler.Default);
            using var third = ApiProcess.Start(folder, ollama.Url);
            await third.WaitReadyAsync(Stop);
            var list = await third.Client.GetFromJsonAsync("/v1/sessions/bread/messages?all=true", ContractsJson.Default.MessageList, Stop);
            Assert.Equal(5, list!.Messages.Count);
            // Whatever has the name of a backup is one.
            Assert.All(Directory.GetFiles(folder, "chat-*.db", SearchOption.AllDirectories), path => Assert.Empty(DatabaseCheck.Run(path)));
            CheckFile(folder, round);
        }
    }

    private static void CheckFile(string folder, int round)
    {
        var copy = Path.Combine(Directory.CreateTempSubdirectory("chatollama-check-").FullName, "copy.db");
        DatabaseSnapshot.Copy(Path.Combine(folder, "chat.db"), copy);
        var findings = DatabaseCheck.Run(copy, deep: true);
        Assert.True(findings.Count == 0, $"Seed {Rounds.Seed}, round {round}: {string.Join("; ", findings)}");
        DatabaseSnapshot.Delete(copy);
    }

    private static async Task CheckAsync(HttpClient client, SeenAnswer seen, long killed, int round)
    {
        var where = $"Seed {Rounds.Seed}, round {round}, {seen.Question}";
        var question = await client.GetFromJsonAsync($"/v1/messages/{seen.QuestionId}", ContractsJson.Default.MessageView, Stop);
        Assert.True(question?.Content == seen.Question, where);
        var answer = (await client.GetFromJsonAsync($"/v1/messages/{seen.Id}", ContractsJson.Default.MessageView, Stop))!;
        Assert.True(MessageStatuses.IsTerminal(answer.Status), $"{where}: {answer.Status}");
        if (seen.Ended) Assert.True(answer.Content == seen.Text, $"{where}: an answer that was whole is not");
        var common = Math.Min(answer.Content.Length, seen.Text.Length);
        Assert.True(answer.Content.AsSpan(0, common).SequenceEqual(seen.Text.AsSpan(0, common)), $"{where}: other words");
        var before = seen.LengthAt(killed - (long)(Tail.TotalSeconds * Stopwatch.Frequency));
        Assert.True(answer.Content.Length >= before, $"{where}: {before} characters were there {Tail.TotalSeconds} s before, {answer.Content.Length} are left");
        Assert.True(seen.Text.Length - answer.Content.Length <= TailBytes, $"{where}: of {seen.Text.Length} characters {answer.Content.Length} are left");
    }
}
