using Markdig.Extensions.Mathematics;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>
/// Reads <c>\(x\)</c> and <c>\[x\]</c>, the way most models write mathematics; Markdown alone would eat the backslashes.
/// The search for the end is bounded, or a megabyte of openers would cost quadratic time.
/// </summary>
internal sealed class BackslashMathParser : InlineParser
{
    private const int MaxLength = 4000;

    public BackslashMathParser() => OpeningCharacters = ['\\'];

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        var closer = slice.PeekChar() switch { '(' => ')', '[' => ']', _ => '\0' };
        if (closer == '\0') return false;
        var start = slice.Start + 2;
        var end = FindEnd(slice, start, closer);
        if (end <= start) return false;
        processor.Inline = new MathInline
        {
            Delimiter = '\\',
            DelimiterCount = closer == ']' ? 2 : 1,
            Content = new StringSlice(slice.Text, start, end - 1),
            Span = new SourceSpan(processor.GetSourcePosition(slice.Start), processor.GetSourcePosition(end + 1)),
        };
        slice.Start = end + 2;
        return true;
    }

    private static int FindEnd(StringSlice slice, int start, char closer)
    {
        var length = Math.Min(slice.End - start + 1, MaxLength);
        if (length <= 0) return -1;
        var at = slice.Text.AsSpan(start, length).IndexOf(closer == ')' ? "\\)" : "\\]");
        return at < 0 ? -1 : start + at;
    }
}
