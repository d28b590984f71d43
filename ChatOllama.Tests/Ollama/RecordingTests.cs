using System.Text.Json;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Tests.Emulator;
using Microsoft.Extensions.AI;
using Xunit;

namespace ChatOllama.Tests.Ollama;

/// <summary>What a real Ollama said, said again over a socket, and read by our client. The oracle is a plain JSON document per line.</summary>
public class RecordingTests
{
    public static TheoryData<string> Answered => [.. Recording.All.Values.Where(r => r is { Path: "/api/chat", Status: 200 }).Select(r => r.Name)];

    public static TheoryData<string> Refused => [.. Recording.All.Values.Where(r => r is { Path: "/api/chat", Method: "POST", Status: >= 400 }).Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Answered))]
    public async Task A_recorded_answer_is_read_to_the_last_word(string name)
    {
        var recording = Recording.All[name];
        var lines = recording.Response.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonElement.Parse(l)).ToList();
        await using var server = RawServer.Chunks([.. recording.Response.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l + "\n")]);
        using var transport = server.Transport();
        using var client = new OllamaChatClient(transport);
        var updates = new List<ChatResponseUpdate>();
        var fault = await Record.ExceptionAsync(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(Chatting.Hello, Chatting.Model))
                updates.Add(update);
        });

        Assert.Equal(Joined(lines, "content"), updates.Text());
        Assert.Equal(Joined(lines, "thinking"), string.Concat(updates.SelectMany(u => u.Contents).OfType<TextReasoningContent>().Select(c => c.Text)));
        Assert.Equal(lines.Sum(ToolCalls), updates.SelectMany(u => u.Contents).OfType<FunctionCallContent>().Count());
        var last = lines[^1];
        if (last.TryGetProperty("error", out var error))
            Assert.Equal((OllamaFault.Failed, error.GetString()), (Assert.IsType<OllamaException>(fault).Kind, ((OllamaException)fault).Sentence));
        else if (!last.GetProperty("done").GetBoolean())
            Assert.Equal(OllamaFault.Incomplete, Assert.IsType<OllamaException>(fault).Kind);
        else
            HoldAgainst(last, updates[^1], fault);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_recorded_refusal_gives_a_sentence_for_people(string name)
    {
        var recording = Recording.All[name];
        var fault = OllamaErrors.FromResponse((System.Net.HttpStatusCode)recording.Status, System.Text.Encoding.UTF8.GetBytes(recording.Response), "POST /api/chat");
        Assert.False(string.IsNullOrWhiteSpace(fault.Sentence));
        Assert.DoesNotContain("\"error\"", fault.Sentence);
        Assert.False(fault.Sentence.StartsWith('{'));
        Assert.Equal(recording.Response.Contains("n_ctx", StringComparison.Ordinal), fault is { Kind: OllamaFault.ContextOverflow, PromptTokens: > 0, ContextLength: > 0 });
        Assert.Equal(recording.Status switch { 404 => OllamaFault.ModelNotFound, 503 => OllamaFault.Busy, >= 500 => OllamaFault.Failed, _ => fault.Kind }, fault.Kind);
    }

    private static void HoldAgainst(JsonElement last, ChatResponseUpdate update, Exception? fault)
    {
        Assert.Null(fault);
        var done = Assert.IsType<OllamaDone>(update.RawRepresentation);
        Assert.Equal(last.TryGetProperty("done_reason", out var reason) ? reason.GetString() : null, done.Reason);
        Assert.Equal(last.TryGetProperty("eval_count", out var count) ? count.GetInt32() : null, done.EvalCount);
        Assert.Equal(last.TryGetProperty("prompt_eval_count", out var prompt) ? prompt.GetInt32() : null, done.PromptEvalCount);
        Assert.Equal(last.TryGetProperty("total_duration", out var total) ? TimeSpan.FromTicks(total.GetInt64() / 100) : null, done.TotalDuration);
        Assert.NotNull(update.FinishReason);
    }

    private static string Joined(IEnumerable<JsonElement> lines, string name) => string.Concat(lines.Select(l =>
        l.TryGetProperty("message", out var message) && message.TryGetProperty(name, out var text) ? text.GetString() : null));

    private static int ToolCalls(JsonElement line) =>
        line.TryGetProperty("message", out var message) && message.TryGetProperty("tool_calls", out var calls) ? calls.GetArrayLength() : 0;
}
