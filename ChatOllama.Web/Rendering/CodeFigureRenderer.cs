using System.Text;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace ChatOllama.Web.Rendering;

/// <summary>A code block as a figure: its language, a place for the copy button, the code with syntax classes.</summary>
internal sealed class CodeFigureRenderer : HtmlObjectRenderer<CodeBlock>
{
    /// <summary>What comes before the code and what comes after it; the live view appends between the two.</summary>
    public const string Tail = "</code></pre></figure>";

    protected override void Write(HtmlRenderer renderer, CodeBlock block)
    {
        var language = LabelOf((block as FencedCodeBlock)?.Info);
        var closed = block is not FencedCodeBlock { ClosingFencedCharCount: 0 };
        renderer.Write(Head(language));
        var code = TextOf(block);
        if (closed || ((ChatHtmlRenderer)renderer).ColourOpenBlocks) renderer.Write(Highlighter.ToHtml(code, language));
        else renderer.WriteEscape(code);
        renderer.Write(Tail).WriteLine();
    }

    /// <param name="language">A label that <see cref="LabelOf"/> has cleaned.</param>
    public static string Head(string language) =>
        $"<figure class=\"code\"><figcaption><span>{(language.Length == 0 ? "code" : language)}</span><copy-button></copy-button></figcaption><pre tabindex=\"0\"><code>";

    /// <summary>The first word after the fence, if it looks like the name of a language: it goes into the page unescaped.</summary>
    public static string LabelOf(string? info)
    {
        var word = (info ?? "").Trim().Split(' ', '{', ',', ':')[0];
        return word.Length <= 24 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '#' or '-' or '.' or '_') ? word.ToLowerInvariant() : "";
    }

    private static string TextOf(CodeBlock block)
    {
        var text = new StringBuilder();
        for (var i = 0; i < block.Lines.Count; i++)
        {
            if (i > 0) text.Append('\n');
            text.Append(block.Lines.Lines[i].Slice.AsSpan());
        }
        return text.ToString();
    }
}
