using System.Buffers;

namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>
/// Where mathematics in a line begins and ends. The parser of the finished text and the repair of a text that is still being written
/// ask the same questions, so that what one shows the other does not take back.
/// </summary>
internal static class MathSpans
{
    /// <summary>The formula is not complete, and may still become one.</summary>
    public const int Open = -1;

    /// <summary>No formula, whatever follows.</summary>
    public const int None = 0;

    private const int MaxLength = 2000;
    private const int MaxDollarLength = 400;
    private static readonly SearchValues<char> DollarStops = SearchValues.Create("$\n\\`");

    /// <summary>The length of the formula at the start of <paramref name="text"/>, which is <c>\(</c> or <c>\[</c>.</summary>
    public static int BackslashLength(ReadOnlySpan<char> text)
    {
        var closer = text.Length < 2 ? "" : text[1] switch { '(' => "\\)", '[' => "\\]", _ => "" };
        if (closer.Length == 0) return None;
        var at = text[2..Math.Min(text.Length, MaxLength)].IndexOf(closer);
        return at > 0 ? at + 4 : at == 0 || text.Length >= MaxLength ? None : Open;
    }

    /// <summary>
    /// The length of the formula at the start of <paramref name="text"/>, which is a dollar sign. Between single ones it must not begin or end with
    /// a space, nor read like prose: in "$5 and $10", "$HOME/bin:$PATH" and "costs 5$ or 6$ each" there is no mathematics.
    /// </summary>
    public static int DollarLength(char before, ReadOnlySpan<char> text)
    {
        if (text.Length < 2) return Open;
        if (text[1] == '$') return DoubleLength(text);
        if (char.IsWhiteSpace(text[1]) || char.IsLetterOrDigit(before) || before is '\\' or '$') return None;
        for (var i = 1; i < text.Length && i < MaxDollarLength; i++)
        {
            var next = text[i..Math.Min(text.Length, MaxDollarLength)].IndexOfAny(DollarStops);
            if (next < 0) break;
            i += next;
            if (text[i] == '\\') i++;
            else if (text[i] != '$') return None;
            else if (char.IsWhiteSpace(text[i - 1]) || ReadsLikeProse(text[1..i])) return None;
            else if (i + 1 == text.Length) return i + 1;
            else return char.IsLetterOrDigit(text[i + 1]) || text[i + 1] == '$' ? None : i + 1;
        }
        return text.Length >= MaxDollarLength || ReadsLikeProse(text[1..(text.LastIndexOf(' ') + 1 is var words and > 1 ? words : 1)]) ? None : Open;
    }

    private static int DoubleLength(ReadOnlySpan<char> text)
    {
        if (text.Length > 2 && text[2] == '$') return None;
        var at = text[2..Math.Min(text.Length, MaxLength)].IndexOf("$$");
        return at > 0 ? at + 4 : at == 0 || text.Length >= MaxLength ? None : Open;
    }

    /// <summary>A word of three letters that stands by itself and is no command, argument or name of a function.</summary>
    private static bool ReadsLikeProse(ReadOnlySpan<char> text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '{') depth++;
            else if (text[i] == '}') depth--;
            if (!char.IsLetter(text[i])) continue;
            var start = i;
            while (i < text.Length && char.IsLetter(text[i])) i++;
            var stands = (start == 0 || text[start - 1] is ' ' or '(' or ',') && (i == text.Length || text[i] is ' ' or ',' or '.' or ')');
            if (stands && depth == 0 && i - start >= 3 && (start > 0 || i < text.Length) && !IsFunction(text[start..i])) return true;
            i--;
        }
        return false;
    }

    private static bool IsFunction(ReadOnlySpan<char> word) => word is "sin" or "cos" or "tan" or "log" or "exp" or "lim" or "max" or "min" or "mod" or "det" or "gcd" or "sqrt" or "arg";
}
