using System.Text;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;

namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>Display mathematics: MathML with its source to copy, or the source where there is something that is not known.</summary>
internal sealed class MathBlockRenderer : HtmlObjectRenderer<MathBlock>
{
    protected override void Write(HtmlRenderer renderer, MathBlock block)
    {
        var tex = TextOf(block);
        if (block.ClosingFencedCharCount == 0) renderer.Write("<p>").Write(block.FencedChar == '$' ? "$$" : "[").Write('\n').WriteEscape(tex).Write("</p>");
        else if (TexParser.ToMathMl(tex) is { } rows) MathHtml.WriteDisplay(renderer, "div", tex, rows);
        else renderer.Write("<pre class=\"math\" tabindex=\"0\"><code>").WriteEscape(tex).Write("</code></pre>");
        renderer.WriteLine();
    }

    private static string TextOf(MathBlock block)
    {
        var text = new StringBuilder();
        for (var i = 0; i < block.Lines.Count; i++) text.Append(block.Lines.Lines[i].Slice.AsSpan()).Append('\n');
        return text.ToString().Trim();
    }
}

/// <summary>Mathematics in a line.</summary>
internal sealed class MathInlineRenderer : HtmlObjectRenderer<MathInline>
{
    protected override void Write(HtmlRenderer renderer, MathInline math)
    {
        var tex = math.Content.AsSpan().Trim().ToString();
        var display = math.DelimiterCount > 1;
        if (TexParser.ToMathMl(tex) is not { } rows) renderer.Write(display ? "<code class=\"math display\">" : "<code class=\"math\">").WriteEscape(tex).Write("</code>");
        else if (display) MathHtml.WriteDisplay(renderer, "span", tex, rows);
        else MathHtml.WriteMath(renderer, "<math>", tex, rows);
    }
}

internal static class MathHtml
{
    public static void WriteDisplay(HtmlRenderer renderer, string tag, string tex, string rows)
    {
        renderer.Write('<').Write(tag).Write(" class=\"math display\"><span class=\"formula\" role=\"group\" tabindex=\"0\" aria-label=\"").WriteEscape(RenderingTexts.Formula).Write("\">");
        WriteMath(renderer, "<math display=\"block\">", tex, rows);
        renderer.Write("</span><copy-button data-from=\"").WriteEscape(tex).Write("\"></copy-button></").Write(tag).Write('>');
    }

    public static void WriteMath(HtmlRenderer renderer, string open, string tex, string rows)
    {
        renderer.Write(open).Write("<semantics>").Write(rows).Write("<annotation encoding=\"application/x-tex\">").WriteEscape(tex).Write("</annotation></semantics></math>");
    }
}
