using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ChatOllama.Web.Rendering.Mathematics;
using Markdig.Extensions.Tables;
using Markdig.Extensions.TaskLists;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Renderers.Html.Inlines;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ChatOllama.Web.Rendering;

/// <summary>
/// Writes the HTML of model text: no attribute comes from the text but the address of a safe link, no inline style,
/// nothing that loads. What has no renderer here is not written. Not thread-safe: one per stream or request.
/// </summary>
internal sealed class ChatHtmlRenderer : HtmlRenderer
{
    private readonly StringBuilder _buffer;
    private ImmutableStack<int> _headings = [];

    public ChatHtmlRenderer() : base(new StringWriter())
    {
        _buffer = ((StringWriter)Writer).GetStringBuilder();
        ObjectRenderers.Clear();
        ObjectRenderers.AddRange(
        [
            new BoundedParagraphRenderer(), new ItemsRenderer(), new QuoteBlockRenderer(), new ThematicBreakRenderer(),
            new HeadingRenderer(), new MathBlockRenderer(), new CodeFigureRenderer(), new TableRenderer(),
            new LiteralInlineRenderer(), new EmphasisInlineRenderer { GetTag = TagOf }, new LineBreakInlineRenderer(), new CodeInlineRenderer(),
            new DelimiterInlineRenderer(), new HtmlEntityInlineRenderer(), new LinkRenderer(), new AutoLinkRenderer(),
            new TaskRenderer(), new MathInlineRenderer(),
        ]);
    }

    /// <summary>False while a code block may still grow: colours are worth their cost only once.</summary>
    public bool ColourOpenBlocks { get; private set; } = true;

    /// <summary>HTML of one top-level block.</summary>
    /// <param name="final">Nothing can be added to it any more.</param>
    /// <exception cref="ArgumentException">It is nested too deeply. The renderer is of no use any more.</exception>
    public StringBuilder ToHtml(Block block, bool final)
    {
        ColourOpenBlocks = final;
        _buffer.Clear();
        var levels = _headings;
        Render(block);
        if (!final) _headings = levels;
        if (_buffer.Length > 0 && _buffer[^1] != '\n') _buffer.Append('\n');
        return _buffer;
    }

    private static string TagOf(EmphasisInline emphasis) => emphasis.DelimiterChar == '~' ? "del" : emphasis.DelimiterCount == 2 ? "strong" : "em";

    /// <summary>
    /// The page's own heading is above those of an answer, and no level is left out: many an answer begins with the third.
    /// </summary>
    private string HeadingTag(int level)
    {
        while (!_headings.IsEmpty && _headings.Peek() >= level) _headings = _headings.Pop();
        _headings = _headings.Push(level);
        return _headings.Count() switch { 1 => "h2", 2 => "h3", 3 => "h4", 4 => "h5", _ => "h6" };
    }

    private sealed class HeadingRenderer : HtmlObjectRenderer<HeadingBlock>
    {
        protected override void Write(HtmlRenderer renderer, HeadingBlock block)
        {
            var tag = ((ChatHtmlRenderer)renderer).HeadingTag(block.Level);
            renderer.Write('<').Write(tag).Write('>');
            if (block.Inline is not null) renderer.WriteLeafInline(block);
            else renderer.WriteLeafRawLines(block, writeEndOfLines: false, escape: true);
            renderer.Write("</").Write(tag).WriteLine(">");
        }
    }

    /// <summary>
    /// An item of one paragraph is written without its element, whatever the other items are: a blank line further down would change all that are shown already.
    /// </summary>
    private sealed class ItemsRenderer : HtmlObjectRenderer<ListBlock>
    {
        protected override void Write(HtmlRenderer renderer, ListBlock list)
        {
            var tag = list.IsOrdered ? "ol" : "ul";
            renderer.EnsureLine();
            renderer.Write('<').Write(tag);
            if (list is { IsOrdered: true, OrderedStart: { } start and not "1" } && int.TryParse(start, out var number)) renderer.Write(" start=\"").Write(number.ToString(CultureInfo.InvariantCulture)).Write('"');
            renderer.WriteAttributes(list).WriteLine(">");
            var outside = renderer.ImplicitParagraph;
            foreach (var item in list.OfType<ListItemBlock>())
            {
                renderer.ImplicitParagraph = item.OfType<ParagraphBlock>().Take(2).Count() < 2;
                renderer.EnsureLine();
                renderer.Write("<li").WriteAttributes(item).Write('>');
                renderer.WriteChildren(item);
                renderer.WriteLine("</li>");
            }
            renderer.ImplicitParagraph = outside;
            renderer.Write("</").Write(tag).WriteLine(">");
        }
    }

    /// <summary>Writes the text of a paragraph that was not read for its marks.</summary>
    private sealed class BoundedParagraphRenderer : ParagraphRenderer
    {
        protected override void Write(HtmlRenderer renderer, ParagraphBlock block)
        {
            if (block.Inline is not null) base.Write(renderer, block);
            else renderer.Write("<p>").WriteLeafRawLines(block, writeEndOfLines: false, escape: true).Write("</p>").WriteLine();
        }
    }

    private sealed class TableRenderer : HtmlObjectRenderer<Table>
    {
        protected override void Write(HtmlRenderer renderer, Table table)
        {
            renderer.Write("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"").WriteEscape(RenderingTexts.Table).Write("\"><table>");
            var inBody = false;
            foreach (var row in table.OfType<TableRow>())
            {
                if (row.IsHeader) renderer.Write("<thead>");
                else if (!inBody) { renderer.Write("<tbody>"); inBody = true; }
                WriteRow(renderer, table, row);
                if (row.IsHeader) renderer.Write("</thead>");
            }
            renderer.Write(inBody ? "</tbody></table></div>" : "</table></div>").WriteLine();
        }

        private static void WriteRow(HtmlRenderer renderer, Table table, TableRow row)
        {
            renderer.Write("<tr>");
            for (var i = 0; i < row.Count; i++)
            {
                var tag = row.IsHeader ? "th" : "td";
                renderer.Write('<').Write(tag).Write(i < table.ColumnDefinitions.Count ? AlignmentClass(table.ColumnDefinitions[i]) : "").Write('>');
                var before = renderer.ImplicitParagraph;
                renderer.ImplicitParagraph = true;
                renderer.Write((TableCell)row[i]);
                renderer.ImplicitParagraph = before;
                renderer.Write("</").Write(tag).Write('>');
            }
            renderer.Write("</tr>");
        }

        private static string AlignmentClass(TableColumnDefinition column) => column.Alignment switch
        {
            TableColumnAlign.Right => " class=\"to-end\"",
            TableColumnAlign.Center => " class=\"to-centre\"",
            _ => "",
        };
    }

    private sealed class LinkRenderer : HtmlObjectRenderer<LinkInline>
    {
        protected override void Write(HtmlRenderer renderer, LinkInline link)
        {
            var url = link.GetDynamicUrl?.Invoke() ?? link.Url;
            var anchored = SafeUrl.IsSafe(url) && !IsInsideLink(link);
            if (anchored) OpenAnchor(renderer, url!);
            if (link is { IsImage: true, FirstChild: null }) renderer.WriteEscape(anchored ? url! : "image");
            else renderer.WriteChildren(link);
            if (anchored) renderer.Write("</a>");
        }

        /// <summary>An anchor in an anchor is torn apart by the browser.</summary>
        private static bool IsInsideLink(Inline inline)
        {
            for (var parent = inline.Parent; parent is not null; parent = parent.Parent)
                if (parent is LinkInline) return true;
            return false;
        }
    }

    private sealed class AutoLinkRenderer : HtmlObjectRenderer<AutolinkInline>
    {
        protected override void Write(HtmlRenderer renderer, AutolinkInline link)
        {
            var url = link.IsEmail ? "mailto:" + link.Url : link.Url;
            if (!SafeUrl.IsSafe(url))
            {
                renderer.WriteEscape(link.Url);
                return;
            }
            OpenAnchor(renderer, url);
            renderer.WriteEscape(link.Url);
            renderer.Write("</a>");
        }
    }

    private static void OpenAnchor(HtmlRenderer renderer, string url)
    {
        renderer.Write("<a href=\"");
        renderer.WriteEscapeUrl(url);
        renderer.Write("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
    }

    private sealed class TaskRenderer : HtmlObjectRenderer<TaskList>
    {
        protected override void Write(HtmlRenderer renderer, TaskList task) => renderer
            .Write(task.Checked ? "<span class=\"task done\" role=\"img\" aria-label=\"" : "<span class=\"task\" role=\"img\" aria-label=\"")
            .WriteEscape(task.Checked ? RenderingTexts.Done : RenderingTexts.ToDo).Write("\"></span>");
    }
}
