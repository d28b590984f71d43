using System.Text;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>What changed on the page by appending text.</summary>
/// <param name="Sealed">HTML of blocks that are final now; goes after the sealed ones before it. Often empty.</param>
/// <param name="Tail">HTML that replaces the unfinished end; null when <paramref name="Code"/> says it all.</param>
/// <param name="Code">Escaped text that goes to the end of the last code element of the tail.</param>
internal readonly record struct RenderPatch(string Sealed, string? Tail, string? Code)
{
    public bool IsEmpty => Sealed.Length == 0 && Tail is null && Code is null or "";
}

/// <summary>
/// Renders a text that arrives in pieces. A top-level block is sealed as soon as the next one has begun on a complete line:
/// nothing that follows can change it, because Markdown is read line by line and the dialect here has no construct that
/// reaches back (see <see cref="MarkdownPipelines"/>). Only what comes after is parsed again. Not thread-safe.
/// </summary>
internal sealed class IncrementalRenderer
{
    private readonly StringBuilder _sealed = new();
    private readonly DocumentWriter _html = new();
    private readonly StringBuilder _tail = new();
    private string _tailHtml = "";
    private OpenFence? _fence;

    /// <summary>Everything sealed so far, for a reader who comes late.</summary>
    public string SealedHtml => _sealed.ToString();

    /// <summary>The unfinished end as it is shown now.</summary>
    public string TailHtml => _fence is { } fence ? fence.ToHtml(_tail) : _tailHtml;

    public RenderPatch Append(string text)
    {
        AppendClean(_tail, text);
        if (_fence is not null)
        {
            if (_fence.TryGrow(_tail, out var code)) return new RenderPatch("", null, code);
            _fence = null;
        }
        return Parse();
    }

    /// <summary>The text is complete: everything is sealed.</summary>
    public RenderPatch Finish()
    {
        _fence = null;
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
        if (MarkdownText.TryParse(shown) is not { } document)
        {
            _tailHtml = MarkdownText.Plain(shown);
            return new RenderPatch("", _tailHtml, null);
        }
        var done = SealedBlocks(document, CommonLines(tail, shown));
        var sealedHtml = _html.ToHtml(document, shown, 0, done, final: true);
        if (done > 0)
        {
            _tail.Remove(0, OffsetOfLine(tail, document[done].Line));
            _sealed.Append(sealedHtml);
        }
        _tailHtml = _html.ToHtml(document, shown, done, document.Count, final: false);
        if (document.Count == done + 1) _fence = OpenFence.TryStart(_tail, document[done]);
        return new RenderPatch(sealedHtml, TailHtml, null);
    }

    /// <summary>How many blocks are final: those before the last one that began on a line which cannot change any more.</summary>
    private static int SealedBlocks(MarkdownDocument document, int completeLines)
    {
        var last = document.Count - 1;
        while (last > 0 && document[last].Line >= completeLines) last--;
        return Math.Max(last, 0);
    }

    private static int CommonLines(string tail, string shown)
    {
        var same = tail.AsSpan().CommonPrefixLength(shown);
        return tail.AsSpan(0, same).Count('\n');
    }

    private static int OffsetOfLine(string text, int line)
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
