using System.Text;
using Markdig.Extensions.Mathematics;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>
/// A code block that is still open at the end of a stream: it grows by appending, without being parsed or sent again,
/// or a long listing would cost quadratic time.
/// </summary>
internal sealed class OpenFence
{
    private readonly char _mark;
    private readonly int _count;
    private readonly int _codeStart;
    private readonly string _head;
    private int _scanned;
    private int _shown;

    private OpenFence(FencedCodeBlock block, int codeStart)
    {
        _mark = block.FencedChar;
        _count = block.OpeningFencedCharCount;
        _codeStart = _scanned = _shown = codeStart;
        _head = CodeFigureRenderer.Head(CodeFigureRenderer.LabelOf(block.Info));
    }

    /// <summary>Null unless the tail is one open block that began at the edge, its first line complete.</summary>
    public static OpenFence? TryStart(StringBuilder tail, Block block)
    {
        if (block is not FencedCodeBlock { ClosingFencedCharCount: 0, IndentCount: 0 } code || block is MathBlock || tail.Length == 0) return null;
        var text = tail.ToString();
        var codeStart = text.IndexOf('\n') + 1;
        if (codeStart == 0 || text[0] != code.FencedChar) return null;
        var fence = new OpenFence(code, codeStart);
        return fence.TryGrow(tail, out _) ? fence : null;
    }

    /// <summary>The block as it stands, as far as it is shown.</summary>
    public string ToHtml(StringBuilder tail)
    {
        var html = new StringBuilder(_head);
        Highlighter.AppendEscaped(html, tail.ToString(_codeStart, _shown - _codeStart));
        return html.Append(CodeFigureRenderer.Tail).ToString();
    }

    /// <summary>False when a line closes the block. Else <paramref name="added"/> is the escaped code that came on.</summary>
    public bool TryGrow(StringBuilder tail, out string added)
    {
        added = "";
        var text = tail.ToString(_scanned, tail.Length - _scanned);
        var lineStart = 0;
        for (int end; (end = text.IndexOf('\n', lineStart)) >= 0; lineStart = end + 1)
            if (Closes(text.AsSpan(lineStart, end - lineStart))) return false;
        var until = _scanned + (MayClose(text.AsSpan(lineStart)) ? lineStart : text.Length);
        // A line feed at the end waits for its line: the finished block has none.
        if (until > _shown && tail[until - 1] == '\n') until--;
        if (until > _shown && char.IsHighSurrogate(tail[until - 1])) until--;
        _scanned += lineStart;
        if (until <= _shown) return true;
        var html = new StringBuilder();
        Highlighter.AppendEscaped(html, tail.ToString(_shown, until - _shown));
        _shown = until;
        added = html.ToString();
        return true;
    }

    private bool Closes(ReadOnlySpan<char> line)
    {
        var text = line.TrimStart(' ');
        if (line.Length - text.Length > 3) return false;
        var rest = text.TrimStart(_mark);
        return text.Length - rest.Length >= _count && rest.Trim(" \t").Length == 0;
    }

    private bool MayClose(ReadOnlySpan<char> partial) => partial.Trim(' ').Trim(_mark).Trim(' ').Length == 0 && partial.Contains(_mark);
}
