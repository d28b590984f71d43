using Markdig.Extensions.Mathematics;
using Markdig.Parsers;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>
/// Display mathematics on lines of its own: <c>\[</c> or <c>$$</c>, the formula, and what closes it at the end of a line. A block, not an inline:
/// a line such as <c>+ b</c> in it would begin a list, and a blank one would tear it apart.
/// </summary>
internal sealed class DisplayMathParser : BlockParser
{
    public DisplayMathParser() => OpeningCharacters = ['\\', '$'];

    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsCodeIndent) return BlockState.None;
        var line = processor.Line.AsSpan();
        if (!Opens(line)) return BlockState.None;
        var closer = CloserOf(line[0]);
        var rest = line[2..].Trim();
        // A formula with words before or after it on its line is part of a sentence.
        if (rest.IndexOf(closer) is >= 0 and var at && (at + 2 != rest.Length || at == 0)) return BlockState.None;
        var block = new MathBlock(this) { Column = processor.Column, FencedChar = line[0], Span = new SourceSpan(processor.Start, processor.Line.End) };
        processor.NewBlocks.Push(block);
        if (rest.EndsWith(closer)) block.ClosingFencedCharCount = 2;
        Add(block, processor, 2, processor.Line.Length - (block.ClosingFencedCharCount > 0 ? line.TrimEnd().Length - 2 : line.Length));
        return block.ClosingFencedCharCount > 0 ? BlockState.BreakDiscard : BlockState.ContinueDiscard;
    }

    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        var math = (MathBlock)block;
        var line = processor.Line.AsSpan();
        // An opener that nobody closes must not swallow the rest of the answer.
        if (EndsAtBlank(math.FencedChar) && line.Trim().Length == 0) return BlockState.Break;
        var closes = Closes(line, math.FencedChar);
        Add(math, processor, 0, closes ? line.Length - line.TrimEnd().TrimEnd(".,;").Length + 2 : 0);
        math.UpdateSpanEnd(processor.Line.End);
        if (!closes) return BlockState.ContinueDiscard;
        math.ClosingFencedCharCount = 2;
        return BlockState.BreakDiscard;
    }

    /// <summary>True for a line that begins display mathematics, without its closer.</summary>
    public static bool LeavesOpen(ReadOnlySpan<char> line) => Opens(line) && line[2..].IndexOf(CloserOf(line[0])) < 0;

    private static bool Opens(ReadOnlySpan<char> line) => line is ['\\', '[', ..] or ['$', '$'] or ['$', '$', not '$', ..];

    public static bool Closes(ReadOnlySpan<char> line, char mark) => line.TrimEnd().TrimEnd(".,;").EndsWith(CloserOf(mark));

    /// <summary>Nobody leaves a line empty after a bracket; between dollar signs it happens.</summary>
    public static bool EndsAtBlank(char mark) => mark == '\\';

    private static string CloserOf(char mark) => mark == '$' ? "$$" : "\\]";

    private static void Add(MathBlock block, BlockProcessor processor, int skip, int cut)
    {
        var slice = processor.Line;
        slice.Start += skip;
        slice.End -= cut;
        if (slice.Start <= slice.End) block.AppendLine(ref slice, processor.Column, processor.LineIndex, processor.CurrentLineStartPosition, processor.TrackTrivia);
    }
}
