using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using ChatOllama.Web.Rendering;
using Ganss.Xss;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>Hostile model output never executes, loads or submits anything, whole or in pieces.</summary>
public class RenderSafetyTests
{
    private static readonly string[] Elements =
    [
        "p", "a", "em", "strong", "del", "code", "pre", "br", "hr", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "h5", "h6",
        "div", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "span", "copy-button",
        "math", "semantics", "annotation", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover",
        "mtable", "mtr", "mtd", "mstyle", "mphantom",
    ];

    private static readonly string[] Classes =
    [
        "code", "table", "plain", "math", "math display", "formula", "to-end", "to-centre", "task", "task done", "contains-task-list", "task-list-item",
        "k", "s", "n", "c", "f", "add", "del", "matrix", "cases", "aligned", "gathered", "to-left", "to-right", "boxed", "strong", "em", "mono",
    ];

    /// <summary>What formulas are made of: numbers and fixed words, never a piece of the text.</summary>
    private static readonly string[] MathAttributes =
    [
        "display", "encoding", "mathvariant", "form", "stretchy", "fence", "symmetric", "accent", "accentunder", "movablelimits", "displaystyle", "linethickness", "width",
        "lspace", "rspace", "minsize", "maxsize",
    ];

    [Fact]
    public void Sanitising_the_rendered_html_changes_nothing()
    {
        foreach (var text in RenderCorpus.All) AssertSafe(MarkdownText.ToHtml(text), text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(11)]
    public void Every_state_of_a_stream_is_safe(int size)
    {
        foreach (var text in RenderCorpus.Hostile)
        {
            var renderer = new IncrementalRenderer();
            foreach (var piece in IncrementalRendererTests.Pieces(text, size))
            {
                renderer.Append(piece);
                AssertSafe(renderer.SealedHtml + renderer.TailHtml, text);
            }
        }
    }

    [Fact]
    public void Hostile_texts_are_safe_after_and_inside_ordinary_ones()
    {
        foreach (var text in RenderCorpus.Hostile)
            foreach (var frame in new[] { "- item\n  {0}", "> {0}", "```html\n{0}", "| a |\n|---|\n| {0} |", "**bold {0}", "[label {0}](https://ok.example)", "`{0}" })
                AssertSafe(MarkdownText.ToHtml(frame.Replace("{0}", text, StringComparison.Ordinal)), frame + text);
    }

    [Theory]
    [InlineData("*a* **b** ~~c~~ ***d*** `e`", "<p><em>a</em> <strong>b</strong> <del>c</del> <em><strong>d</strong></em> <code>e</code></p>")]
    [InlineData("### Deep\n# One\n###### Six\n## Two", "<h2>Deep</h2>\n<h2>One</h2>\n<h3>Six</h3>\n<h3>Two</h3>")]
    [InlineData("a[x] b", "<p>a[x] b</p>")]
    [InlineData("\\(\\oops_1\\)", "<p><code class=\"math\">\\oops_1</code></p>")]
    public void Marks_become_the_elements_they_mean(string text, string html) => Assert.Equal(html, MarkdownText.ToHtml(text).Trim());

    [Theory]
    [InlineData("[x](https://ok.example/?a=1&b=2)", "https://ok.example/?a=1&b=2")]
    [InlineData("<https://ok.example>", "https://ok.example")]
    [InlineData("www.ok.example", "https://www.ok.example")]
    [InlineData("<me@ok.example>", "mailto:me@ok.example")]
    [InlineData("![picture](https://ok.example/x.png)", "https://ok.example/x.png")]
    public void Safe_links_stay_links_and_tell_nobody_where_they_were(string text, string href)
    {
        var link = Assert.Single(new HtmlParser().ParseDocument(MarkdownText.ToHtml(text)).QuerySelectorAll("a"));
        Assert.Equal(href, link.GetAttribute("href"));
        Assert.Equal("noopener noreferrer nofollow", link.GetAttribute("rel"));
        Assert.Equal("_blank", link.GetAttribute("target"));
    }

    private static void AssertSafe(string html, string text)
    {
        var body = new HtmlParser().ParseDocument("<body>" + html).Body!;
        var message = $"from: {text}\nhtml: {html}";
        foreach (var element in body.QuerySelectorAll("*"))
        {
            Assert.True(Elements.Contains(element.LocalName), message);
            foreach (var attribute in element.Attributes) Assert.True(IsHarmless(element, attribute), $"{attribute.Name}={attribute.Value} {message}");
        }
        Assert.Equal(body.InnerHtml, new HtmlParser().ParseDocument("<body>" + Sanitizer().Sanitize(html)).Body!.InnerHtml);
    }

    private static bool IsHarmless(IElement element, IAttr attribute) => (element.LocalName, attribute.Name) switch
    {
        ("a", "href") => attribute.Value.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || attribute.Value.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || attribute.Value.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase),
        ("a", "rel") => attribute.Value == "noopener noreferrer nofollow",
        ("a", "target") => attribute.Value == "_blank",
        ("ol", "start") => int.TryParse(attribute.Value, out _),
        (_, "class") => Classes.Contains(attribute.Value),
        ("copy-button", "data-from") => true,
        _ when element.NamespaceUri == NamespaceNames.MathMlUri => MathAttributes.Contains(attribute.Name)
            && (attribute.Value is "block" or "application/x-tex" or "normal" or "prefix" or "infix" or "postfix" or "true" or "false" || attribute.Value.TrimEnd('e', 'm').Trim("0123456789.".ToCharArray()).Length == 0),
        ("span", "role") => attribute.Value is "img" or "group",
        (_, "tabindex") => attribute.Value == "0",
        ("div", "role") => attribute.Value == "region",
        (_, "aria-label") => attribute.Value is "Table" or "Formula" or "Done:" or "To do:",
        _ => false,
    };

    private static HtmlSanitizer Sanitizer()
    {
        var sanitizer = new HtmlSanitizer { AllowDataAttributes = false };
        foreach (var tag in Elements) sanitizer.AllowedTags.Add(tag);
        foreach (var name in new[] { "class", "role", "tabindex", "aria-label", "start", "rel", "target", "data-from" }.Concat(MathAttributes)) sanitizer.AllowedAttributes.Add(name);
        sanitizer.AllowedSchemes.Add("mailto");
        foreach (var tag in sanitizer.AllowedTags.Except(Elements).ToList()) sanitizer.AllowedTags.Remove(tag);
        return sanitizer;
    }
}
