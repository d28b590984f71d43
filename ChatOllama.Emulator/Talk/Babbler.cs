using System.Collections.Concurrent;
using System.Text;
using ChatOllama.Emulator.Chat;

namespace ChatOllama.Emulator.Talk;

/// <summary>Sentences that are grammatical and mean nothing.</summary>
internal static class Babbler
{
    /// <summary>The endless text comes in this many words, or twice, four times … as many for those who ask for more tokens.</summary>
    private const int EndlessWords = 20_000;

    private const int MostEndlessWords = EndlessWords << 6;

    private static readonly string[] s_starts = ["The", "A", "Every", "Some", "Our", "This", "That", "Another"];
    private static readonly string[] s_adjectives = ["quiet", "bright", "gentle", "distant", "golden", "careful", "hidden", "early", "naïve", "clever"];
    private static readonly string[] s_nouns = ["river", "lantern", "garden", "harbor", "letter", "window", "forest", "bridge", "café", "station", "Straße", "日本語", "мир", "painter"];
    private static readonly string[] s_verbs = ["crosses", "opens", "follows", "paints", "carries", "measures", "finds", "holds", "answers"];
    private static readonly string[] s_links = ["under", "behind", "near", "across", "without", "through"];
    private static readonly string[] s_thoughts = ["hmm", "first", "maybe", "then", "the question", "asks", "about", "that", "let me see", "okay", "so", "wait", "check"];
    private static readonly ConcurrentDictionary<int, string> s_endless = new();

    public static string Paragraphs(Dice dice)
    {
        var text = new StringBuilder();
        var paragraphs = 2 + dice.Next(3);
        for (var i = 0; i < paragraphs; i++)
        {
            if (i > 0) text.Append("\n\n");
            AppendSentences(text, dice, 2 + dice.Next(3));
        }
        return text.Append(dice.Next(3) == 0 ? " 🙂" : "").ToString();
    }

    public static string Thinking(Dice dice) => string.Join(' ', Enumerable.Range(0, 12 + dice.Next(12)).Select(_ => dice.Pick(s_thoughts))) + "...";

    /// <summary>More than this many tokens, and the same for everybody, so that a thousand streams share one text.</summary>
    public static string Endless(int tokens)
    {
        var words = EndlessWords;
        // A word is never less than one token.
        while (words <= tokens && words < MostEndlessWords) words *= 2;
        return s_endless.GetOrAdd(words, static words =>
        {
            var text = new StringBuilder(words * 8);
            var dice = new Dice(7);
            for (var written = 0; written < words; written += 9) AppendSentences(text, dice, 1);
            return text.ToString();
        });
    }

    private static void AppendSentences(StringBuilder text, Dice dice, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (text.Length > 0 && text[^1] != '\n') text.Append(' ');
            text.Append(dice.Pick(s_starts)).Append(' ').Append(dice.Pick(s_adjectives)).Append(' ').Append(dice.Pick(s_nouns)).Append(' ')
                .Append(dice.Pick(s_verbs)).Append(" the ").Append(dice.Pick(s_nouns)).Append(' ').Append(dice.Pick(s_links)).Append(" the ")
                .Append(dice.Pick(s_adjectives)).Append(' ').Append(dice.Pick(s_nouns)).Append('.');
        }
    }
}
