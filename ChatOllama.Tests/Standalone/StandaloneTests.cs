using System.Net.Http.Json;
using System.Text;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.Standalone;
using ChatOllama.Tests.Emulator;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Standalone;

/// <summary>The run command of the README: everything in one process behind one port.</summary>
public class StandaloneTests
{
    [Fact]
    public async Task Asked_for_by_name_the_demo_model_answers_through_the_public_port_and_everybody_is_told()
    {
        await using var host = await StandaloneHost.StartAsync("emulator");
        var health = await host.Client.GetFromJsonAsync("/health", ContractsJson.Default.HealthReport, TestContext.Current.CancellationToken);
        Assert.Equal(("healthy", "emulator"), (health!.Status, health.Metadata["ollama_mode"]));
        Assert.Contains("demo model", health.Metadata["notice"], StringComparison.Ordinal);
        Assert.Contains("demo", await host.Client.GetStringAsync("/", TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        var said = new StringWriter();
        await host.App.SayWhereAsync(said);
        Assert.Contains(host.App.Url, said.ToString(), StringComparison.Ordinal);
        Assert.Contains("A demo model answers instead", said.ToString(), StringComparison.Ordinal);

        using var stream = await host.StreamAsync("""{"message":"Hello","session_id":"test-session","stream":true}""");
        Assert.Equal("done", (await stream.ToEndAsync()).Data.Type);
        Assert.NotEmpty(stream.Text);
        var messages = await host.Client.GetFromJsonAsync("/v1/sessions/test-session/messages", ContractsJson.Default.MessageList, TestContext.Current.CancellationToken);
        Assert.Equal(["Hello", stream.Text], messages!.Messages.Select(m => m.Content));
    }

    [Fact]
    public async Task An_Ollama_that_was_named_is_used_and_no_demo_is_mentioned()
    {

        await using var ollama = await EmulatorHost.StartAsync();
        await using var host = await StandaloneHost.StartAsync(ollama.Url);
        var said = new StringWriter();
        await host.App.SayWhereAsync(said);
        Assert.Contains($"Ollama at {ollama.Url}", said.ToString(), StringComparison.Ordinal);
        using var stream = await host.StreamAsync("""{"message":"Hello","stream":true}""");
        await stream.ToEndAsync();
        Assert.Single(ollama.Control.ChatRequests);
    }

    [Fact]
    public async Task Stopping_tells_the_readers_before_the_port_closes()
    {
        await using var ollama = await EmulatorHost.StartAsync();
        ollama.Control.Script("demo", new ChatScript().Token("so far").StallForever());
        var host = await StandaloneHost.StartAsync(ollama.Url);
        using var stream = await host.StreamAsync("""{"message":"Hello","stream":true}""");
        await stream.UntilTextAsync("so far");
        var stopped = host.DisposeAsync();
        Assert.Equal("error", (await stream.ToEndAsync()).Data.Type);
        await stopped;
    }

    [Fact]
    public async Task A_setting_that_cannot_be_used_stops_the_start()
    {
        await Assert.ThrowsAnyAsync<StartupException>(() => StandaloneHost.StartAsync("emulator", "--MAX_CONCURRENT_CHATS=many"));
        await Assert.ThrowsAnyAsync<StartupException>(() => StandaloneHost.StartAsync("http://not a host"));
    }

    private sealed class StandaloneHost : IAsyncDisposable
    {
        private StandaloneHost(StandaloneApp app)
        {
            App = app;
            Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Url) };
        }

        public StandaloneApp App { get; }
        public HttpClient Client { get; }

        public static async Task<StandaloneHost> StartAsync(string ollama, params string[] more)
        {
            var folder = Directory.CreateTempSubdirectory("chatollama-").FullName;
            return new StandaloneHost(await StandaloneApp.StartAsync(
                [$"--OLLAMA_HOST={ollama}", $"--DB_PATH={Path.Combine(folder, "chat.db")}", $"--KEYS_PATH={Path.Combine(folder, "keys")}", "--HOST=127.0.0.1", "--PORT=0", "--LOG_LEVEL=error", "--SHUTDOWN_GRACE=0s", .. more],
                TestContext.Current.CancellationToken));
        }

        public async Task<EventReader> StreamAsync(string json)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
            return await EventReader.OpenAsync(await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            Client.Dispose();
        }
    }
}
