using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;

namespace ChatOllama.Web.Rendering;

/// <summary>Display mathematics as its source, set apart.</summary>
internal sealed class MathBlockRenderer : HtmlObjectRenderer<MathBlock>
{
    protected override void Write(HtmlRenderer renderer, MathBlock block)
    {
        renderer.Write("<pre class=\"math\" tabindex=\"0\"><code>");
        renderer.WriteLeafRawLines(block, writeEndOfLines: false, escape: true);
        renderer.Write("</code></pre>").WriteLine();
    }
}

/// <summary>Mathematics in a line as its source.</summary>
internal sealed class MathInlineRenderer : HtmlObjectRenderer<MathInline>
{
    protected override void Write(HtmlRenderer renderer, MathInline math)
    {
        renderer.Write(math.DelimiterCount > 1 ? "<code class=\"math display\">" : "<code class=\"math\">");
        renderer.WriteEscape(math.Content.AsSpan().Trim().ToString());
        renderer.Write("</code>");
    }
}
