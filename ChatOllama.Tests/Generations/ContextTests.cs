using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Generations;

/// <summary>Long chats against a model that counts: nothing is dropped silently, and what was is on the receipt.</summary>
public class ContextTests
{
    [Fact]
    public async Task Old_turns_are_left_out_when_the_context_is_full_and_the_answer_says_how_many()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", null);
        var filler = string.Join(' ', Enumerable.Repeat("river", 300));
        ChatResponse? last = null;
        for (var i = 0; i < 8; i++)
            last = await api.ChatAsync($$$"""{"message":"{{{i}}} {{{filler}}}","session_id":"s","system_prompt":"Remember me.","options":{"context_length":2048,"max_tokens":40}}""");

        Assert.Equal(2048, last!.Usage!.ContextLength);
        Assert.True(last.Usage.DroppedMessages > 0 && last.Usage.DroppedMessages % 2 == 0, $"{last.Usage.DroppedMessages} dropped");
        Assert.InRange(last.Usage.PromptTokens!.Value, 1, 2048);
        var sent = api.Ollama.ChatRequests[^1].Body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!).ToList();
        Assert.Equal("Remember me.", sent[0]);
        Assert.StartsWith("7 ", sent[^1], StringComparison.Ordinal);
        Assert.Equal(1 + 15 - last.Usage.DroppedMessages, sent.Count);
    }

    [Fact]
    public async Task A_refused_length_is_fitted_again_with_what_Ollama_counted()
    {
        await using var api = await ApiHost.StartAsync();
        for (var i = 0; i < 3; i++) await api.ChatAsync($$"""{"message":"question {{i}} {{new string('x', 500)}}","session_id":"s"}""");
        var before = api.Ollama.ChatRequests.Count;
        api.Ollama.ScriptNext("demo", new ChatScript().Status(400, """{"error":"{\"error\":{\"code\":400,\"message\":\"request (6035 tokens) exceeds the available context size (4096 tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":6035,\"n_ctx\":4096}}"}"""));
        api.Ollama.ScriptNext("demo", new ChatScript().Token("fits").Done(promptTokens: 3000, tokens: 1));
        var answer = await api.ChatAsync("""{"message":"the last one","session_id":"s"}""");
        Assert.Equal(("fits", 4096), (answer.Content, answer.Usage!.ContextLength));
        Assert.True(answer.Usage.DroppedMessages >= 2);
        Assert.Equal(2, api.Ollama.ChatRequests.Count - before);
    }

    [Fact]
    public async Task The_receipt_shows_the_context_the_model_really_ran_with()
    {
        await using var api = await ApiHost.StartAsync();
        Assert.Equal(2048, (await api.ChatAsync("""{"message":"Hi","options":{"context_length":2048}}""")).Usage!.ContextLength);
        // Without the option Ollama loads the model again with its default.
        Assert.Equal(4096, (await api.ChatAsync("""{"message":"Hi"}""")).Usage!.ContextLength);
    }

    [Fact]
    public async Task One_message_that_is_too_long_by_itself_is_an_overflow()
    {
        await using var api = await ApiHost.StartAsync();
        var text = string.Join(' ', Enumerable.Repeat("river", 6000));
        using var response = await api.PostAsync("/v1/chat", $$$"""{"message":"{{{text}}}","options":{"context_length":512}}""");
        var problem = await ApiHost.ProblemAsync(response, 422, ProblemCodes.ContextOverflow);
        Assert.Contains("exceeds the available context size", problem.Detail, StringComparison.Ordinal);
    }
}
