using System.Text.RegularExpressions;
using ChatOllama.Emulator.Chat;
using ChatOllama.Emulator.Models;

namespace ChatOllama.Emulator.Talk;

/// <summary>The demo model: finds in the question what to show, and otherwise talks about the question itself. Never pretends to be a real model.</summary>
internal static partial class DemoTalker
{
    private static readonly (Regex Asked, Func<string, string> Show)[] s_topics =
    [
        (About(), _ => DemoTexts.About),
        (Tour(), _ => DemoTexts.Tour),
        (Table(), _ => DemoTexts.Table),
        (Math(), _ => DemoTexts.Math),
        (Lists(), _ => DemoTexts.Lists),
        (Code(), CodeSamples.For),
        (Story(), _ => LongTexts.Story),
        (Long(), _ => LongTexts.Essay),
        (Unicode(), _ => DemoTexts.Unicode),
        (Thanks(), _ => DemoTexts.Thanks),
    ];

    public static string Answer(EmulatedModel model, string question, int turn, IReadOnlyList<ChatMessage> messages, Dice opening, Dice dice)
    {
        foreach (var (asked, show) in s_topics)
        {
            if (asked.IsMatch(question)) return show(question);
        }
        return SmallTalk.Answer(model, question, turn, messages, opening, dice);
    }

    /// <summary>A question short enough to be quoted.</summary>
    public static string Shorten(string text)
    {
        var line = Spaces().Replace(text, " ").Trim();
        if (line.Length <= 80) return line;
        var cut = line.LastIndexOf(' ', 78);
        var end = cut > 40 ? cut : 78;
        // Half of an emoji is not a character.
        return line[..(char.IsHighSurrogate(line[end - 1]) ? end - 1 : end)] + "…";
    }

    private const RegexOptions Words = RegexOptions.IgnoreCase;

    [GeneratedRegex(@"\b(real model|who are you|what are you|what can you do|are you real|install|ollama|emulator|help)\b", Words)]
    private static partial Regex About();

    [GeneratedRegex(@"\b(markdown|formatting|show me everything|what can you show|demo)\b", Words)]
    private static partial Regex Tour();

    [GeneratedRegex(@"\b(tables?|compare|comparison|columns?)\b", Words)]
    private static partial Regex Table();

    [GeneratedRegex(@"\b(math|maths|formulas?|equations?|latex|integral|pythagoras)\b", Words)]
    private static partial Regex Math();

    [GeneratedRegex(@"\b(lists?|steps?|todo|to-do|checklist|bullets?|recipe)\b", Words)]
    private static partial Regex Lists();

    [GeneratedRegex(@"\b(code|program|programming|function|script|python|javascript|typescript|java|rust|golang|sql|bash|shell|html|css|json|yaml|diff|csharp)\b|c#|\.net\b", Words)]
    private static partial Regex Code();

    [GeneratedRegex(@"\b(story|tale|fairy ?tale|novel)\b", Words)]
    private static partial Regex Story();

    [GeneratedRegex(@"\b(long|essay|article|detailed|in detail|\d{3,} words)\b", Words)]
    private static partial Regex Long();

    [GeneratedRegex(@"\b(emojis?|unicode|languages?|japanese|arabic|chinese)\b", Words)]
    private static partial Regex Unicode();

    [GeneratedRegex(@"^\W*(thanks?|thank you|thx|cheers)\b", Words)]
    private static partial Regex Thanks();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
