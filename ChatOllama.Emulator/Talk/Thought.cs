using ChatOllama.Emulator.Chat;

namespace ChatOllama.Emulator.Talk;

/// <summary>What the thinking demo model shows before its answer.</summary>
internal static class Thought
{
    private static readonly string[] s_openings =
    [
        "Let me look at what was asked.", "First, what does the question want?", "Okay, one step at a time.",
    ];

    private static readonly string[] s_doubts =
    [
        "I am a built-in demo model, so I should not pretend to know more than I do.",
        "There is no real model behind me; the honest thing is to say so and still be useful.",
        "I cannot look anything up, so I will show what I can show and be plain about the rest.",
    ];

    private static readonly string[] s_plans =
    [
        "A short answer first, then an example if there is one.", "I will answer briefly and point to what can be tried next.",
        "Something concrete is better than something long.",
    ];

    public static string About(string question, Dice dice)
    {
        var words = question.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        var size = words switch { 0 => "It is empty.", 1 => "It is a single word.", < 12 => $"It is short, {words} words.", _ => $"It has {words} words, so the details matter." };
        return $"{dice.Pick(s_openings)} {size}\n\n{dice.Pick(s_doubts)}\n\n{dice.Pick(s_plans)}";
    }
}
