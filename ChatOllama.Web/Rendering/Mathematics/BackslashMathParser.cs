using Markdig.Extensions.Mathematics;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>
/// Reads <c>\(x\)</c> and <c>\[x\]</c>, the way most models write mathematics; Markdown alone would eat the backslashes.
/// The search for the end is bounded, or a megabyte of openers would cost quadratic time.
/// </summary>
internal sealed class BackslashMathParser : InlineParser
{
    public BackslashMathParser() => OpeningCharacters = ['\\'];

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        var text = slice.AsSpan();
        var length = MathSpans.BackslashLength(text);
        if (length <= 0) return false;
        processor.Inline = new MathInline
        {
            Delimiter = '\\',
            DelimiterCount = text[1] == '[' ? 2 : 1,
            Content = new StringSlice(slice.Text, slice.Start + 2, slice.Start + length - 3),
            Span = new SourceSpan(processor.GetSourcePosition(slice.Start), processor.GetSourcePosition(slice.Start + length - 1)),
        };
        slice.Start += length;
        return true;
    }
}

/// <summary>Reads <c>$x$</c> and <c>$$x$$</c>, and leaves prices alone.</summary>
internal sealed class DollarMathParser : InlineParser
{
    public DollarMathParser() => OpeningCharacters = ['$'];

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        var text = slice.AsSpan();
        var count = text.Length > 1 && text[1] == '$' ? 2 : 1;
        var length = MathSpans.DollarLength(slice.PeekCharExtra(-1), text);
        if (length <= 0) return false;
        processor.Inline = new MathInline
        {
            Delimiter = '$',
            DelimiterCount = count,
            Content = new StringSlice(slice.Text, slice.Start + count, slice.Start + length - count - 1),
            Span = new SourceSpan(processor.GetSourcePosition(slice.Start), processor.GetSourcePosition(slice.Start + length - 1)),
        };
        slice.Start += length;
        return true;
    }
}
