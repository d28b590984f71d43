using ChatOllama.Emulator.Chat;
using ChatOllama.Emulator.Models;

namespace ChatOllama.Emulator.Talk;

/// <summary>The whole of what a model thinks and says to a conversation.</summary>
internal sealed record Speech(string Thinking, string Content)
{
    public static Speech Of(EmulatedModel model, GenerationRequest request, RunOptions run, Prompt prompt, int variant)
    {
        var first = Seed(model, run, prompt);
        var seed = first + (ulong)variant * 1_000_003;
        var last = prompt.Messages.LastOrDefault(message => message.Role == "user");
        var question = last?.Content ?? "";
        if (request.Format is { } format)
        {
            SchemaFaker.Check(format);
            return new Speech(Thought.About(question, new Dice(seed)), SchemaFaker.Answer(format, question, new Dice(seed)));
        }
        if (model.Kind is ModelKind.Endless or ModelKind.Clock) return new Speech("", Babbler.Endless(run.MaxTokens ?? 0));
        if (model.Kind == ModelKind.Babble) return new Speech(Babbler.Thinking(new Dice(seed)), Babbler.Paragraphs(new Dice(seed + 1)));
        var turn = prompt.Messages.Count(message => message.Role == "user");
        return new Speech(Thought.About(question, new Dice(seed)), last is { Images.Count: > 0 }
            ? Viewer.Describe(last.Images, question)
            : DemoTalker.Answer(model, question, turn, prompt.Messages, new Dice(first, variant), new Dice(seed + 1)));
    }

    /// <summary>A number for what the answer depends on.</summary>
    public static ulong Seed(EmulatedModel model, RunOptions run, Prompt prompt)
    {
        var seed = Dice.Hash(model.Name, run.Seed?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "");
        foreach (var message in prompt.Messages)
            seed = seed * 31 + Dice.Hash(message.Role, message.Content, string.Join(',', message.Images.Select(image => image.Length)));
        return seed;
    }
}
