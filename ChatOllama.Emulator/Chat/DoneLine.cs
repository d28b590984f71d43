using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>The objects that are not a plain token's line: the done line, whole answers, tool calls. Fields in Ollama's order.</summary>
internal static class DoneLine
{
    /// <summary>What reading one prompt token is said to have cost, in nanoseconds: the emulator reads nothing.</summary>
    private const long PromptTokenCost = 20_000;

    public static GoJson Make(GenerationRequest request, Answer answer, Timing timing, TimeProvider time, string thinking, string content, ToolCall? call)
    {
        var now = time.GetTimestamp();
        var json = Start(request.Model, request.IsGenerate, time.GetUtcNow(), content, thinking, call)
            .Field("done", true).Field("done_reason", answer.DoneReason);
        if (answer.CarriesContext) WriteContext(json, request, answer);
        var evaluation = timing.Nanoseconds(timing.Ready, now);
        var prompt = answer.PromptTokens * PromptTokenCost;
        return WriteCounts(json, timing.Nanoseconds(timing.Started, now) + prompt, timing.Load, answer.PromptTokens, prompt, answer.Tokens, evaluation).Close('}');
    }

    public static GoJson Start(string model, bool isGenerate, DateTimeOffset now, string content, string thinking, ToolCall? call)
    {
        var json = new GoJson().Open('{').Field("model", model).Field("created_at", GoTime.Format(now));
        if (isGenerate) return json.Field("response", content).FieldUnlessEmpty("thinking", thinking);
        json.Name("message").Open('{').Field("role", "assistant").Field("content", content).FieldUnlessEmpty("thinking", thinking);
        if (call is not null)
        {
            json.Name("tool_calls").Open('[').Open('{').Field("id", call.Id).Name("function").Open('{').Field("index", 0)
                .Field("name", call.Name).Name("arguments").Raw(call.Arguments).Close('}').Close('}').Close(']');
        }
        return json.Close('}');
    }

    public static GoJson WriteCounts(GoJson json, long total, long load, int promptTokens, long promptDuration, int tokens, long duration) =>
        json.Field("total_duration", total).Field("load_duration", load).Field("prompt_eval_count", promptTokens)
            .Field("prompt_eval_duration", promptDuration).Field("eval_count", tokens).Field("eval_duration", duration);

    /// <summary>Numbers in place of tokens: as many as were read and written, and the same for the same text.</summary>
    private static void WriteContext(GoJson json, GenerationRequest request, Answer answer)
    {
        var dice = new Dice(Dice.Hash(request.Messages[^1].Content, answer.Content.Text));
        json.Name("context").Open('[');
        for (var i = 0; i < answer.PromptTokens + answer.Tokens; i++) json.Value(dice.Next(32_000));
        json.Close(']');
    }
}
