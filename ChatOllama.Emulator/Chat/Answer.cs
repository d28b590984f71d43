using System.Text.Json;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Talk;

namespace ChatOllama.Emulator.Chat;

/// <summary>All that a chat is going to say, decided before the first token leaves: how many of which tokens, and why it ends.</summary>
internal sealed record Answer(TokenStrip Thinking, int ThinkingCount, TokenStrip Content, int ContentCount, string DoneReason, int PromptTokens)
{
    public ToolCall? Call { get; init; }

    /// <summary>A jinja template brings the tool call in the done line, a Go template in a line of its own before it.</summary>
    public bool CallInDoneLine { get; init; }

    /// <summary>A generation of a thinking model begins with a line that has neither text nor thinking.</summary>
    public bool StartsEmpty { get; init; }

    /// <summary>The conversation as token numbers, which the done line of a generation carries.</summary>
    public bool CarriesContext { get; init; }

    /// <summary>The text begins with the unfinished message: this is the answer that message was cut from.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Each token of the content says when it leaves, instead of what the strip says.</summary>
    public bool TellsTime { get; init; }

    public int Tokens => Math.Max(1, ThinkingCount + ContentCount + (Call is null ? 0 : 8));

    /// <summary>
    /// A function of the model, the seed (or variant), the options and the conversation without its unfinished last message; the answer goes on
    /// exactly behind that one, so stopping and continuing gives the text that would have come in one piece.
    /// </summary>
    public static Answer Make(EmulatedModel model, GenerationRequest request, RunOptions run, Prompt prompt, int variant)
    {
        var lastRole = prompt.Messages.Count == 0 ? "" : prompt.Messages[^1].Role;
        if (request.Tools is { } tools && lastRole == "user" && prompt.Partial is null && ToolCall.Choose(tools, prompt, model.IsJinja) is { } call)
            return new Answer(TokenStrip.Empty, 0, TokenStrip.Empty, 0, "stop", prompt.Tokens) { Call = call, CallInDoneLine = model.IsJinja };

        var speech = Speech.Of(model, request, run, prompt, variant);
        var thinks = model.Thinks && request.Think != false && !request.Raw && lastRole != "tool";
        var thinking = thinks ? Rest(speech.Thinking, prompt.Partial?.Thinking) : "";
        if (prompt.Partial is { Content.Length: > 0 }) thinking = "";
        var content = Rest(speech.Content, prompt.Partial?.Content);
        return Limit(thinking, CutAtStop(content, run.Stop), request, run, prompt) with
        {
            StartsEmpty = request.IsGenerate && thinks,
            CarriesContext = request.IsGenerate && !request.Raw,
            TellsTime = model.Kind == ModelKind.Clock,
            GoesOn = speech.Content.StartsWith(prompt.Partial?.Content ?? "", StringComparison.Ordinal),
        };
    }

    private static Answer Limit(string thinking, string content, GenerationRequest request, RunOptions run, Prompt prompt)
    {
        var thought = TokenStrip.Of(thinking);
        var said = TokenStrip.Of(content);
        var limit = run.MaxTokens is > 0 ? run.MaxTokens.Value : int.MaxValue;
        if (request.Shift == false) limit = Math.Min(limit, Math.Max(1, prompt.ContextLength - prompt.Tokens));
        var thoughtCount = Math.Min(limit, thought.Count);
        var saidCount = Math.Min(limit - thoughtCount, said.Count);
        var reason = thoughtCount + saidCount < thought.Count + said.Count ? "length" : "stop";
        return new Answer(thought, thoughtCount, said, saidCount, reason, prompt.Tokens);
    }

    /// <summary>What follows behind the part that exists. A part somebody has rewritten is answered anew from its end.</summary>
    private static string Rest(string full, string? part) =>
        string.IsNullOrEmpty(part) ? full
        : full.StartsWith(part, StringComparison.Ordinal) ? full[part.Length..]
        : (char.IsWhiteSpace(part[^1]) ? "" : "\n\n") + full;

    private static string CutAtStop(string content, IReadOnlyList<string> stops)
    {
        foreach (var stop in stops)
        {
            var at = stop.Length == 0 ? -1 : content.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0) content = content[..at];
        }
        return content;
    }
}

/// <summary>A call of the first tool offered, with arguments that satisfy its schema.</summary>
internal sealed record ToolCall(string Id, string Name, string Arguments)
{
    public static ToolCall? Choose(JsonElement tools, Prompt prompt, bool isJinja)
    {
        if (!tools[0].TryGetProperty("function", out var function) || !function.TryGetProperty("name", out var name)) return null;
        var question = prompt.Messages[^1].Content;
        var dice = new Dice(Dice.Hash(name.GetString()!, question));
        var arguments = function.TryGetProperty("parameters", out var schema) ? SchemaFaker.Make(schema, question, dice) : "{}";
        var id = string.Concat(Enumerable.Range(0, isJinja ? 32 : 8).Select(_ => "abcdefghijklmnopqrstuvwxyz0123456789"[dice.Next(36)]));
        return new ToolCall(isJinja ? id : "call_" + id, name.GetString()!, arguments);
    }
}
