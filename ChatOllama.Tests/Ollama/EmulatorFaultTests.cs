using ChatOllama.ApiService.Ollama;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Emulator;
using Microsoft.Extensions.AI;
using Xunit;

namespace ChatOllama.Tests.Ollama;

/// <summary>The client against every fault that the emulator can show.</summary>
public class EmulatorFaultTests
{
    private const string Words = "This answer will go wrong";

    /// <summary>What a fault must end in; null is a whole answer.</summary>
    private static readonly Dictionary<string, (OllamaFault? Kind, string Text)> s_expected = new()
    {
        ["fault-error-midstream"] = (OllamaFault.Failed, Words),
        ["fault-eof"] = (OllamaFault.Incomplete, Words),
        ["fault-500"] = (OllamaFault.Failed, ""),
        ["fault-400"] = (OllamaFault.Rejected, ""),
        ["fault-404"] = (OllamaFault.ModelNotFound, ""),
        ["fault-503"] = (OllamaFault.Busy, ""),
        ["fault-html"] = (OllamaFault.Malformed, ""),
        ["fault-halfline"] = (OllamaFault.Malformed, Words),
        ["fault-invalid-utf8"] = (null, Words + " caf\uFFFD(\uFFFD"),
        ["fault-after-done"] = (null, Words),
        ["fault-huge-line"] = (OllamaFault.Malformed, ""),
        ["fault-wrong-shape"] = (OllamaFault.Malformed, Words),
        ["fault-abort-early"] = (OllamaFault.Unreachable, ""),
    };

    public static TheoryData<string> Ending => [.. Faults.Names.Except(["fault-stall", "fault-silent", "fault-slow-load", "fault-abort"])];

    [Theory]
    [MemberData(nameof(Ending))]
    public async Task Every_fault_ends_as_it_should_with_the_text_so_far(string model)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var (text, fault) = await ChatAsync(emulator, model);
        var expected = s_expected[model];
        Assert.Equal((expected.Kind, expected.Text), (fault?.Kind, text));
        if (fault is not null)
        {
            Assert.False(string.IsNullOrWhiteSpace(fault.Sentence));
            Assert.DoesNotContain("{", fault.Sentence);
            Assert.DoesNotContain("<", fault.Sentence);
        }
    }

    [Theory]
    [InlineData("fault-stall")]
    [InlineData("fault-silent")]
    public async Task Stopping_a_silent_answer_reaches_ollama(string model)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var stop = new CancellationTokenSource();
        var chat = ChatAsync(emulator, model, stop.Token);
        await emulator.Control.WaitForChatsAsync(1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat);
        await emulator.Control.WaitForAbortAsync(1);
    }

    [Fact]
    public async Task A_connection_cut_within_the_body_is_incomplete_and_keeps_the_text()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var cut = new TaskCompletionSource();
        emulator.Control.Script("cut", new ChatScript().Token("some").WaitFor(cut.Task).AbortConnection());
        using var transport = RawServer.Transport(new Uri(emulator.Url));
        using var client = new OllamaChatClient(transport);
        await using var updates = client.GetStreamingResponseAsync(Chatting.Hello, new ChatOptions { ModelId = "cut" }).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("some", updates.Current.Text);
        // Only now: a reset takes what was not read yet with it.
        cut.SetResult();
        Assert.Equal(OllamaFault.Incomplete, (await Assert.ThrowsAsync<OllamaException>(async () => await updates.MoveNextAsync())).Kind);
    }

    [Fact]
    public async Task Too_long_a_prompt_is_refused_with_its_figures_because_truncation_is_off()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var transport = RawServer.Transport(new Uri(emulator.Url));
        using var client = new OllamaChatClient(transport);
        var fault = await Assert.ThrowsAsync<OllamaException>(() =>
            client.GetResponseAsync([new ChatMessage(ChatRole.User, string.Concat(Enumerable.Repeat("river ", 20_000)))], new ChatOptions { ModelId = "demo" }));
        Assert.Equal(OllamaFault.ContextOverflow, fault.Kind);
        Assert.True(fault.PromptTokens > fault.ContextLength);
    }

    private static async Task<(string Text, OllamaException? Fault)> ChatAsync(EmulatorHost emulator, string model, CancellationToken cancellationToken = default)
    {
        using var transport = RawServer.Transport(new Uri(emulator.Url));
        using var client = new OllamaChatClient(transport);
        var text = "";
        try
        {
            await foreach (var update in client.GetStreamingResponseAsync(Chatting.Hello, new ChatOptions { ModelId = model }, cancellationToken))
                text += update.Text;
            return (text, null);
        }
        catch (OllamaException e)
        {
            return (text, e);
        }
    }
}
