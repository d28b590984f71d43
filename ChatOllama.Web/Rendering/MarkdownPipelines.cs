using System.Buffers;
using ChatOllama.Web.Rendering.Mathematics;
using Markdig;
using Markdig.Extensions.AutoLinks;
using Markdig.Extensions.EmphasisExtras;
using Markdig.Extensions.TaskLists;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>
/// The one dialect of Markdown spoken here. Extensions are named one by one: the "advanced" bundle lets
/// <c>{onclick=…}</c> attributes through. Thread-safe.
/// </summary>
internal static class MarkdownPipelines
{
    private const int MaxMarks = 2000;
    private static readonly SearchValues<char> Marks = SearchValues.Create("[*_~`");

    public static MarkdownPipeline Chat { get; } = Build();

    private static MarkdownPipeline Build()
    {
        var builder = new MarkdownPipelineBuilder()
            .DisableHtml()
            .UsePipeTables()
            .UseTaskLists()
            .UseEmphasisExtras(EmphasisExtraOptions.Strikethrough)
            .UseAutoLinks(new AutoLinkOptions { UseHttpsForWWWLinks = true });
        builder.BlockParsers.Replace<ParagraphBlockParser>(new StreamedParagraphParser());
        builder.BlockParsers.Replace<HeadingBlockParser>(new BoundedHeadingParser());
        builder.BlockParsers.Replace<ThematicBreakParser>(new RuleBelowTextParser());
        builder.InlineParsers.Replace<TaskListInlineParser>(new TaskAtStartParser());
        builder.BlockParsers.Insert(0, new DisplayMathParser());
        builder.InlineParsers.Insert(0, new BackslashMathParser());
        builder.InlineParsers.Insert(0, new DollarMathParser());
        return builder.Build();
    }

    /// <summary>A task's box stands first in its item and before a space; elsewhere <c>[x]</c> is what it says, as in <c>list[x]</c>.</summary>
    private sealed class TaskAtStartParser : TaskListInlineParser
    {
        public override bool Match(InlineProcessor processor, ref StringSlice slice) =>
            processor.Root?.FirstChild is null && slice.PeekChar(3).IsWhitespace() && base.Match(processor, ref slice);
    }

    /// <summary>
    /// A line of dashes right below a text is a rule, as models mean it: the usual parser leaves it to the paragraph, to make a heading of it.
    /// </summary>
    private sealed class RuleBelowTextParser : ThematicBreakParser
    {
        public override BlockState TryOpen(BlockProcessor processor)
        {
            if (processor.IsCodeIndent || processor.CurrentBlock is not ParagraphBlock || !IsDashes(processor.Line)) return base.TryOpen(processor);
            processor.NewBlocks.Push(new ThematicBreakBlock(this)
            {
                Column = processor.Column,
                Line = processor.LineIndex,
                Span = new SourceSpan(processor.Start, processor.Line.End),
                ThematicChar = '-',
                ThematicCharCount = 3,
            });
            return BlockState.BreakDiscard;
        }

        private static bool IsDashes(StringSlice line)
        {
            var text = line.AsSpan().TrimEnd();
            return text.Length >= 3 && text.Trim('-').Length == 0;
        }
    }

    /// <summary>
    /// Paragraphs without the two constructs that change what has been read already: an underline that turns the lines
    /// above into a heading, and reference definitions, which would reach back into sealed blocks.
    /// </summary>
    private sealed class StreamedParagraphParser : ParagraphBlockParser
    {
        public StreamedParagraphParser() => ParseSetextHeadings = false;

        public override bool Close(BlockProcessor processor, Block block)
        {
            if (block is not ParagraphBlock paragraph) return true;
            ref var lines = ref paragraph.Lines;
            if (lines.Count == 0) return false;
            for (var i = 0; i < lines.Count; i++) lines.Lines[i].Slice.TrimStart();
            lines.Lines[lines.Count - 1].Slice.TrimEnd();
            Bound(paragraph);
            return true;
        }
    }

    private sealed class BoundedHeadingParser : HeadingBlockParser
    {
        public override bool Close(BlockProcessor processor, Block block)
        {
            var keep = base.Close(processor, block);
            if (block is LeafBlock heading) Bound(heading);
            return keep;
        }
    }

    /// <summary>
    /// Thousands of brackets or stars in one paragraph cost quadratic time in the parser: such a one stays as it is.
    /// </summary>
    private static void Bound(LeafBlock block)
    {
        var (marks, length) = (0, 0);
        for (var i = 0; i < block.Lines.Count; i++)
        {
            marks += CountMarks(block.Lines.Lines[i].Slice.AsSpan());
            length += block.Lines.Lines[i].Slice.Length;
        }
        // A long table has many, but they stand between words.
        if (marks > MaxMarks * 4 || (marks > MaxMarks && marks > length / 6)) block.ProcessInlines = false;
    }

    private static int CountMarks(ReadOnlySpan<char> line)
    {
        var count = 0;
        for (int at; (at = line.IndexOfAny(Marks)) >= 0; line = line[(at + 1)..]) count++;
        return count;
    }
}
