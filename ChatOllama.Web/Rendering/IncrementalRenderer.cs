using System.Text;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>What changed on the page by appending text.</summary>
/// <param name="Sealed">HTML of blocks that are final now; goes after the sealed ones before it. Often empty.</param>
/// <param name="Tail">HTML that replaces the unfinished end; null when <paramref name="Code"/> or <paramref name="Growth"/> says it all.</param>
/// <param name="Code">Escaped text that goes to the end of the last code element of the tail.</param>
/// <param name="Growth">What came to the element of the tail that has the class <c>growing</c>.</param>
internal readonly record struct RenderPatch(string Sealed, string? Tail, string? Code = null, Growth? Growth = null)
{
    public bool IsEmpty => Sealed.Length == 0 && Tail is null && Code is null or "" && Growth is null;
}

/// <summary>
/// Renders a text that arrives in pieces. A top-level block is sealed as soon as the next one has begun on a complete line:
/// nothing that follows can change it, because Markdown is read line by line and the dialect here has no construct that
/// reaches back (see <see cref="MarkdownPipelines"/>). Only what comes after is parsed again. Not thread-safe.
/// </summary>
internal sealed class IncrementalRenderer
{
    /// <summary>A longer end that cannot grow by parts is rendered again only when it has become longer by a sixteenth: for a quote of many pages.</summary>
    internal const int LongTail = 3000;

    private readonly StringBuilder _sealed = new();
    private readonly DocumentWriter _html = new();
    private readonly StringBuilder _tail = new();
    private string _tailHtml = "";
    private OpenFence? _fence;
    private GrowingBlock? _growing;
    private int _parsedLength;

    /// <summary>Everything sealed so far, for a reader who comes late.</summary>
    public string SealedHtml => _sealed.ToString();

    /// <summary>The unfinished end as it is shown now.</summary>
    public string TailHtml => _fence is { } fence ? fence.ToHtml(_tail) : _growing?.ToHtml() ?? _tailHtml;

    public RenderPatch Append(string text)
    {
        AppendClean(_tail, text);
        if (_fence is not null)
        {
            if (_fence.TryGrow(_tail, out var code)) return new RenderPatch("", null, code);
            _fence = null;
        }
        else if (_growing is not null)
        {
            if (_growing.TryGrow(_tail.ToString(), out var growth)) return new RenderPatch("", null, null, growth);
            _growing = null;
        }
        else if (_tail.Length > LongTail && _tail.Length - _parsedLength < _tail.Length / 16) return new RenderPatch("", null);
        return Parse();
    }

    /// <summary>The text is complete: everything is sealed.</summary>
    public RenderPatch Finish()
    {
        (_fence, _growing) = (null, null);
        _tailHtml = "";
        var html = MarkdownText.Render(_html, _tail.ToString());
        _tail.Clear();
        _sealed.Append(html);
        return new RenderPatch(html, "", null);
    }

    private RenderPatch Parse()
    {
        var tail = _tail.ToString();
        var shown = TailRepair.ForDisplay(tail);
        _parsedLength = _tail.Length;
        if (MarkdownText.TryParse(shown) is not { } document)
        {
            _tailHtml = MarkdownText.Plain(shown);
            return new RenderPatch("", _tailHtml, null);
        }
        var done = SealedBlocks(document, shown, CommonLines(tail, shown));
        var sealedHtml = _html.ToHtml(document, shown, 0, done, final: true);
        if (done > 0)
        {
            _tail.Remove(0, OffsetOfLine(tail, document[done].Line));
            _sealed.Append(sealedHtml);
        }
        _tailHtml = _html.ToHtml(document, shown, done, document.Count, final: false);
        _parsedLength = _tail.Length;
        if (document.Count == done + 1)
        {
            _fence = OpenFence.TryStart(_tail, document[done]);
            if (_fence is null) _growing = GrowingBlock.TryStart(_tail.ToString(), document[done], _tailHtml, _html);
        }
        return new RenderPatch(sealedHtml, TailHtml, null);
    }

    /// <summary>
    /// How many blocks are final: those before the last one that began on a line which cannot change any more. A blank line before it will do too:
    /// nothing is shown of a line before it is clear what it begins.
    /// </summary>
    private static int SealedBlocks(MarkdownDocument document, string shown, int completeLines)
    {
        var last = document.Count - 1;
        while (last > 0 && document[last].Line >= completeLines && !IsAfterBlank(shown, document[last])) last--;
        return Math.Max(last, 0);
    }

    private static bool IsAfterBlank(string text, Block block)
    {
        var lineStart = OffsetOfLine(text, block.Line);
        return lineStart > 1 && text[lineStart - 1] == '\n' && text.AsSpan(text.LastIndexOf('\n', lineStart - 2) + 1, lineStart - 1 - (text.LastIndexOf('\n', lineStart - 2) + 1)).Trim().Length == 0;
    }

    private static int CommonLines(string tail, string shown)
    {
        var same = tail.AsSpan().CommonPrefixLength(shown);
        return tail.AsSpan(0, same).Count('\n');
    }

    internal static int OffsetOfLine(string text, int line)
    {
        var offset = 0;
        while (line-- > 0) offset = text.IndexOf('\n', offset) + 1;
        return offset;
    }

    /// <summary>A carriage return says nothing here, and a piece may end between it and its line feed.</summary>
    private static void AppendClean(StringBuilder target, string text)
    {
        if (text.Contains('\r')) text = text.Replace("\r", "", StringComparison.Ordinal);
        target.Append(text);
    }
}
