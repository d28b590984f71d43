using System.Net.Http.Json;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using ChatOllama.Tests.Emulator;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Survival;

[Trait("Category", Rounds.Category)]
public sealed class StopTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Told_to_stop_with_many_answers_running_every_stream_gets_its_end_and_nothing_stays_behind()
    {
        var answers = Rounds.Of(20, 200);
        var folder = Directory.CreateTempSubdirectory("chatollama-stop-").FullName;
        await using var ollama = await EmulatorHost.StartAsync(options =>
        {
            options.TokensPerSecond = 20;
            options.Models["long"] = new() { Kind = ModelKind.Endless };
        });
        var readers = new List<EventReader>();
        using (var api = ApiProcess.Start(folder, ollama.Url, "MAX_CONCURRENT_CHATS=500", "SHUTDOWN_GRACE=1s"))
        {
            await api.WaitReadyAsync(Stop);
            for (var i = 0; i < answers; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat");
                request.Content = JsonContent.Create(new ChatRequest { Message = "Go on for ever", SessionId = $"s{i}", Model = "long", Stream = true }, ContractsJson.Default.ChatRequest);
                readers.Add(await EventReader.OpenAsync(await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop)));
            }
            foreach (var reader in readers) await reader.UntilAsync(ChatEventTypes.Token);
            var ends = Task.WhenAll(readers.Select(reader => reader.ToEndAsync()));
            var took = await api.TerminateAsync();
            output.WriteLine($"{answers} answers: ended after {took.TotalSeconds:0.0} s");
            Assert.True(took < Limit, $"Stopping took {took.TotalSeconds:0.0} s");
            Assert.Equal(0, api.ExitCode);
            Assert.All(await ends, end => Assert.Contains(end.Data.Type, new[] { ChatEventTypes.Done, ChatEventTypes.Error }));
        }
        using var again = ApiProcess.Start(folder, ollama.Url);
        await again.WaitReadyAsync(Stop);
        Assert.DoesNotContain("cut off", again.Output, StringComparison.Ordinal);
        for (var i = 0; i < answers; i++)
        {
            var messages = await again.Client.GetFromJsonAsync($"/v1/sessions/s{i}/messages", ContractsJson.Default.MessageList, Stop);
            Assert.Equal(MessageStatuses.Interrupted, messages!.Messages[^1].Status);
            // All that was seen is stored.
            Assert.StartsWith(readers[i].Text, messages.Messages[^1].Content, StringComparison.Ordinal);
            readers[i].Dispose();
        }
    }
}
