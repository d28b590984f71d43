using System.Text;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>Writes documents block by block; a block that is nested too deeply is shown as its source. Not thread-safe.</summary>
internal sealed class DocumentWriter
{
    private ChatHtmlRenderer _renderer = new();

    /// <summary>HTML of the top-level blocks from <paramref name="from"/> up to but not with <paramref name="to"/>.</summary>
    /// <param name="text">What the document was made from.</param>
    /// <param name="final">Nothing can be added to them any more.</param>
    public string ToHtml(MarkdownDocument document, string text, int from, int to, bool final)
    {
        if (from == to) return "";
        var html = new StringBuilder();
        for (var i = from; i < to; i++) Append(html, document[i], text, final);
        return html.ToString();
    }

    private void Append(StringBuilder html, Block block, string text, bool final)
    {
        try
        {
            html.Append(_renderer.ToHtml(block, final));
        }
        catch (ArgumentException)
        {
            // The parser's library counts its depth and does not count back.
            _renderer = new ChatHtmlRenderer();
            html.Append(MarkdownText.Plain(text.AsSpan(block.Span.Start, block.Span.Length)));
        }
    }
}
