using System.Globalization;

namespace ChatOllama.Emulator.Chat;

/// <summary>Cuts text into pieces of about four characters the way a model's tokens look: a word takes the space before it along, no character is ever cut.</summary>
internal static class Tokenizer
{
    /// <summary>Longer words are cut into pieces of about this many letters.</summary>
    private const int LongestPiece = 6;

    /// <summary>A rough count of a prompt's tokens, four characters each.</summary>
    public static int Count(string text) => (text.Length + 3) / 4;

    /// <summary>The ends of the pieces, as indices into the text.</summary>
    public static List<int> Ends(string text)
    {
        var ends = new List<int>(text.Length / 4 + 1);
        for (var at = 0; at < text.Length; ends.Add(at)) at = Next(text, at);
        return ends;
    }

    private static int Next(string text, int start)
    {
        var at = start;
        if (text[at] == ' ' && at + 1 < text.Length && text[at + 1] is not (' ' or '\n')) at++;
        var first = text[at];
        if (first is '\n' or ' ') return Run(text, at, first);
        if (IsWordLetter(first)) return Word(text, at);
        if (char.IsAscii(first)) return Run(text, at, first);
        return at + Whole(text, at);
    }

    private static int Word(string text, int start)
    {
        var end = start;
        while (end < text.Length && IsWordLetter(text[end])) end++;
        if (end - start <= LongestPiece + 2) return end;
        var cut = start + LongestPiece;
        while (cut < end && IsMark(text[cut])) cut++;
        return cut;
    }

    private static int Run(string text, int start, char character)
    {
        var end = start + 1;
        while (end < text.Length && text[end] == character && end - start < 8) end++;
        return end;
    }

    /// <summary>A character with all that is joined to it: an emoji with its skin tone is one.</summary>
    private static int Whole(string text, int at) => StringInfo.GetNextTextElementLength(text, at);

    /// <summary>Letters and digits of scripts that put spaces between words; combining marks stay with their letter.</summary>
    private static bool IsWordLetter(char character) =>
        character < 0x2000 && (char.IsLetterOrDigit(character) || IsMark(character));

    private static bool IsMark(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
