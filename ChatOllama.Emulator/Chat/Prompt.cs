using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>What of a conversation the model sees, and how many tokens that is.</summary>
/// <param name="Partial">The assistant's unfinished message at the end, which the answer goes on from.</param>
internal sealed record Prompt(IReadOnlyList<ChatMessage> Messages, ChatMessage? Partial, int Tokens, int ContextLength)
{
    private const int TokensPerMessage = 5;

    /// <summary>
    /// Fits the conversation into the context the way Ollama does: too long and <c>truncate:false</c> (or a jinja template) is a 400,
    /// otherwise the oldest messages go without a word, the system prompt never.
    /// </summary>
    public static Prompt Fit(EmulatedModel model, GenerationRequest request, int contextLength)
    {
        if (!model.SeesImages && request.Messages.Any(message => message.Images.Count > 0)) throw RefuseImages(model);
        var messages = request.Messages.ToList();
        if (model.System.Length > 0 && !request.Raw && messages.All(message => message.Role != "system"))
            messages.Insert(0, new ChatMessage("system", model.System, "", []));
        var partial = messages[^1].Role == "assistant" ? messages[^1] : null;
        if (partial is not null) messages.RemoveAt(messages.Count - 1);

        var tokens = Count(messages, request);
        // The unfinished message takes room, but it does not decide what is dropped: the answer would change under it.
        var all = tokens + (partial is null ? 0 : Count(partial));
        if (all > contextLength && (!request.Truncate || model.IsJinja)) throw TooLong(all, contextLength);
        while (tokens > contextLength && DropOldest(messages)) tokens = Count(messages, request);
        // One message too long for the whole context: its first half goes.
        if (tokens > contextLength) tokens = contextLength / 2 + 2;
        return new Prompt(messages, partial, Math.Max(1, Math.Min(contextLength, tokens + (partial is null ? 0 : Count(partial)))), contextLength);
    }

    private static int Count(List<ChatMessage> messages, GenerationRequest request) =>
        messages.Sum(Count) + (request.Tools is { } tools ? Tokenizer.Count(tools.GetRawText()) : 0);

    private static int Count(ChatMessage message) =>
        Tokenizer.Count(message.Content) + Tokenizer.Count(message.Thinking) + TokensPerMessage + message.Images.Count * 256;

    private static bool DropOldest(List<ChatMessage> messages)
    {
        var oldest = messages.FindIndex(message => message.Role != "system");
        if (oldest < 0 || oldest == messages.Count - 1) return false;
        messages.RemoveAt(oldest);
        return true;
    }

    private static WireError RefuseImages(EmulatedModel model) => model.IsJinja
        ? Nested(500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj", "server_error")
        : Nested(400, "Multimodal data provided, but model does not support multimodal requests.", "invalid_request_error");

    private static WireError TooLong(int tokens, int contextLength) => Nested(
        400, $"request ({tokens} tokens) exceeds the available context size ({contextLength} tokens), try increasing it", "exceed_context_size_error",
        json => json.Field("n_prompt_tokens", tokens).Field("n_ctx", contextLength));

    /// <summary>The runner's own error, as JSON inside Ollama's error text.</summary>
    internal static WireError Nested(int code, string message, string type, Action<GoJson>? more = null)
    {
        var json = new GoJson().Open('{').Name("error").Open('{').Field("code", code).Field("message", message).Field("type", type);
        more?.Invoke(json);
        json.Close('}').Close('}');
        return new WireError(code, System.Text.Encoding.UTF8.GetString(json.Bytes.Span), late: true);
    }
}
