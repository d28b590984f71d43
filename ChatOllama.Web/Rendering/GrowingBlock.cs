using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>What came to the end of a block: HTML that stays, and HTML that the next one replaces.</summary>
internal readonly record struct Growth(string Settled, string Live);

/// <summary>
/// A long list, table or paragraph at the end of a stream. It grows by items, rows and sentences: only what is behind the last settled one is
/// parsed again, or a long block would cost quadratic time here and on the wire. What it shows is made anew, from the whole, when the block is
/// sealed; so it may differ from that in a detail, but never for long. One instance per block; not thread-safe.
/// </summary>
internal abstract class GrowingBlock
{
    /// <summary>Stands between the settled and the live part.</summary>
    public const string Mark = "<!--live-->";

    private const int LeastLength = 1000;
    private readonly StringBuilder _settled = new();
    private string _open = "";
    private string _close = "";
    private string _live = "";
    private int _seen;

    /// <summary>Where in the tail the part begins that is not settled.</summary>
    protected int From { get; private set; }

    protected DocumentWriter Writer { get; private init; } = null!;

    /// <summary>Null where the block is short, or of another kind.</summary>
    public static GrowingBlock? TryStart(string tail, Block block, string html, DocumentWriter writer)
    {
        if (tail.Length < LeastLength) return null;
        GrowingBlock? growing = block switch
        {
            ListBlock => new GrowingList { Writer = writer },
            Table when GrowingTable.HeadOf(tail) is { } head => new GrowingTable { Writer = writer, Head = head, From = head.Length },
            ParagraphBlock => new GrowingParagraph { Writer = writer },
            _ => null,
        };
        return growing is not null && growing.Frame(html) && growing.TryGrow(tail, out _) ? growing : null;
    }

    /// <summary>The block as it stands.</summary>
    public string ToHtml() => string.Concat(_open, _settled.ToString(), Mark, _live) + _close;

    /// <summary>False when the block may have ended, or is not what it was: the tail has to be parsed as a whole.</summary>
    /// <param name="growth">Null where nothing is to be shown yet.</param>
    public bool TryGrow(string tail, out Growth? growth)
    {
        growth = null;
        // One item of many pages: it is looked at again when it has become longer by a sixteenth.
        if (tail.Length - From > IncrementalRenderer.LongTail && tail.Length - _seen < (tail.Length - From) / 16) return true;
        _seen = tail.Length;
        var from = From;
        var settled = Settle(tail, ref from);
        if (settled is null || Show(tail[from..]) is not { } live) return false;
        From = from;
        growth = new Growth(settled, live);
        _settled.Append(settled);
        _live = live;
        return true;
    }

    /// <summary>HTML of what cannot change any more, past which <paramref name="from"/> is moved; null where the block is another.</summary>
    protected abstract string? Settle(string tail, ref int from);

    /// <summary>HTML of the rest, as far as it may be shown; null where it is more than a part of this block.</summary>
    protected abstract string? Show(string rest);

    /// <summary>Finds the element that grows in the HTML of the whole block.</summary>
    protected abstract (int Start, int End) Inside(string html);

    /// <summary>The children of the element that grows, if the text is one block of this kind.</summary>
    protected string? ChildrenOf<TBlock>(string text) where TBlock : Block
    {
        if (MarkdownText.TryParse(text) is not { Count: 1 } document || document[0] is not TBlock) return null;
        var html = Writer.ToHtml(document, text, 0, 1, final: false);
        var (start, end) = Inside(html);
        return start <= 0 || end < start ? null : html[start..end];
    }

    /// <summary>Marks the element that grows with a class, so that the page finds it.</summary>
    private bool Frame(string html)
    {
        var (start, end) = Inside(html);
        if (start <= 0 || end < start) return false;
        var open = html[..start];
        var tag = open.LastIndexOf('<');
        var classes = open.IndexOf("class=\"", tag, StringComparison.Ordinal);
        _open = classes < 0 ? open.Insert(open.LastIndexOf('>'), " class=\"growing\"") : open.Insert(classes + 7, "growing ");
        _close = html[end..];
        return true;
    }
}

/// <summary>Items are settled when the next one has begun.</summary>
internal sealed class GrowingList : GrowingBlock
{
    protected override string? Settle(string tail, ref int from)
    {
        var rest = tail[from..];
        var complete = rest[..(rest.LastIndexOf('\n') + 1)];
        if (MarkdownText.TryParse(complete) is not { } document) return null;
        if (document.Count == 0) return "";
        if (document.Count > 1 || document[0] is not ListBlock list) return null;
        if (list.Count < 2) return "";
        var start = IncrementalRenderer.OffsetOfLine(rest, list[^1].Line);
        from += start;
        return ChildrenOf<ListBlock>(rest[..start]);
    }

    protected override string? Show(string rest)
    {
        var shown = TailRepair.ForDisplay(rest);
        return string.IsNullOrWhiteSpace(shown) ? "" : ChildrenOf<ListBlock>(shown);
    }

    protected override (int Start, int End) Inside(string html) => (html.IndexOf('>') + 1, Math.Max(html.LastIndexOf("</ul>", StringComparison.Ordinal), html.LastIndexOf("</ol>", StringComparison.Ordinal)));
}

/// <summary>Rows are settled when their line is complete. The head goes before each part that is parsed.</summary>
internal sealed class GrowingTable : GrowingBlock
{
    public required string Head { get; init; }

    /// <summary>The first two lines, if the second one is that of the dashes.</summary>
    public static string? HeadOf(string tail)
    {
        var first = tail.IndexOf('\n');
        var second = first < 1 ? -1 : tail.IndexOf('\n', first + 1);
        return second > 0 && tail.AsSpan(first, second - first).Trim("|-: \n\t").Length == 0 ? tail[..(second + 1)] : null;
    }

    protected override string? Settle(string tail, ref int from)
    {
        var end = tail.LastIndexOf('\n') + 1;
        if (end <= from) return "";
        var rows = tail[from..end];
        if (rows.StartsWith('\n') || rows.Contains("\n\n", StringComparison.Ordinal)) return null;
        from = end;
        return ChildrenOf<Table>(Head + rows);
    }

    protected override string? Show(string rest)
    {
        var row = rest.Length == 0 ? "" : TailRepair.ForDisplay(Head + rest)[Head.Length..];
        return string.IsNullOrWhiteSpace(row) ? "" : ChildrenOf<Table>(Head + row);
    }

    protected override (int Start, int End) Inside(string html) => (html.IndexOf("<tbody>", StringComparison.Ordinal) is var at and > 0 ? at + 7 : -1, html.LastIndexOf("</tbody>", StringComparison.Ordinal));
}

/// <summary>Words are settled where no mark is open.</summary>
internal sealed class GrowingParagraph : GrowingBlock
{
    private const int LiveLength = 200;

    protected override string? Settle(string tail, ref int from)
    {
        if (tail.Length - from < 2 * LiveLength || Split(tail, from) is not (> 0 and var split)) return "";
        var html = ChildrenOf<ParagraphBlock>(tail[from..split]);
        from = split;
        return html is null ? null : html + tail[split - 1];
    }

    protected override string? Show(string rest) => ChildrenOf<ParagraphBlock>(TailRepair.ForDisplay(rest));

    /// <summary>Behind a space between two words, as late as can be, before which everything that was opened is closed.</summary>
    private static int Split(string tail, int from)
    {
        var at = tail.Length - LiveLength;
        for (var attempts = 0; attempts < 4 && (at = tail.LastIndexOf(' ', at - 1, at - 1 - from)) > from; attempts++)
        {
            if (!char.IsLetter(tail[at + 1]) || !char.IsLetter(tail[at - 1]) && tail[at - 1] is not ('.' or ',')) continue;
            var before = tail[from..at];
            if (InlineRepair.Close(before) == before) return at + 1;
        }
        return 0;
    }

    protected override (int Start, int End) Inside(string html) => (html.StartsWith("<p>", StringComparison.Ordinal) ? 3 : -1, html.LastIndexOf("</p>", StringComparison.Ordinal));
}
