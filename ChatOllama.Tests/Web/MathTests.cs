using ChatOllama.Web.Rendering;
using ChatOllama.Web.Rendering.Mathematics;
using Xunit;

namespace ChatOllama.Tests.Web;

public class MathTests
{
    [Theory]
    [InlineData("x", "<mi>x</mi>")]
    [InlineData("x^2", "<msup><mi>x</mi><mn>2</mn></msup>")]
    [InlineData("x_i^2", "<msubsup><mi>x</mi><mrow><mi>i</mi></mrow><mn>2</mn></msubsup>")]
    [InlineData("x^2_i", "<msubsup><mi>x</mi><mrow><mi>i</mi></mrow><mn>2</mn></msubsup>")]
    [InlineData("f''", "<msup><mi>f</mi><mo>′′</mo></msup>")]
    [InlineData("\\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>")]
    [InlineData("\\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>")]
    [InlineData("\\sqrt[3]{x}", "<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>")]
    [InlineData("\\alpha", "<mi>α</mi>")]
    [InlineData("\\Omega", "<mi mathvariant=\"normal\">Ω</mi>")]
    [InlineData("\\mathbb{R}^n", "<msup><mrow><mi>ℝ</mi></mrow><mrow><mi>n</mi></mrow></msup>")]
    [InlineData("\\mathbf{v}", "<mrow><mi>𝐯</mi></mrow>")]
    [InlineData("\\vec{a}", "<mover accent=\"true\"><mrow><mi>a</mi></mrow><mo stretchy=\"false\">→</mo></mover>")]
    [InlineData("\\sum_{i=1}^n", "<munderover><mo>∑</mo><mrow><mi>i</mi><mo form=\"infix\" stretchy=\"false\">=</mo><mn>1</mn></mrow><mrow><mi>n</mi></mrow></munderover>")]
    [InlineData("\\int_0^1", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>")]
    [InlineData("\\int\\limits_0^1", "<munderover><mo>∫</mo><mn>0</mn><mn>1</mn></munderover>")]
    [InlineData("=-1", "<mo form=\"infix\" stretchy=\"false\">=</mo><mo form=\"prefix\">−</mo><mn>1</mn>")]
    [InlineData("1,000.5", "<mn>1,000.5</mn>")]
    [InlineData("\\left( x \\right]", "<mrow><mo stretchy=\"true\" fence=\"true\" form=\"prefix\">(</mo><mi>x</mi><mo stretchy=\"true\" fence=\"true\" form=\"postfix\">]</mo></mrow>")]
    [InlineData("\\text{if } x", "<mtext>if\u00A0</mtext><mi>x</mi>")]
    [InlineData("\\sin x", "<mi>sin</mi><mspace width=\"0.167em\"></mspace><mi>x</mi>")]
    [InlineData("\\not=", "<mo form=\"infix\">=\u0338</mo>")]
    [InlineData("a < b", "<mi>a</mi><mo form=\"infix\" stretchy=\"false\">&lt;</mo><mi>b</mi>")]
    [InlineData("\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}", "<mrow><mo stretchy=\"true\" fence=\"true\" form=\"prefix\">(</mo><mtable class=\"matrix\"><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr><mtr><mtd><mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr></mtable><mo stretchy=\"true\" fence=\"true\" form=\"postfix\">)</mo></mrow>")]
    public void A_formula_becomes_mathml(string tex, string html) => Assert.Equal($"<mrow>{html}</mrow>", TexParser.ToMathMl(tex));

    [Fact]
    public void Lines_with_marks_are_aligned_even_where_no_environment_says_so() =>
        Assert.Equal("<mtable class=\"aligned\" displaystyle=\"true\"><mtr><mtd><mi>a</mi></mtd><mtd><mo form=\"prefix\">+</mo><mi>b</mi></mtd></mtr><mtr><mtd></mtd><mtd><mi>c</mi></mtd></mtr></mtable>", TexParser.ToMathMl("a &+ b \\\\ & c \\\\"));

    [Theory]
    [InlineData("")]
    [InlineData("\\unknown{x}")]
    [InlineData("\\frac{a}")]
    [InlineData("{a")]
    [InlineData("a}")]
    [InlineData("a^b^c")]
    [InlineData("\\left( a")]
    [InlineData("\\begin{matrix} a")]
    [InlineData("\\begin{matrix} a \\end{pmatrix}")]
    [InlineData("\\begin{tikzpicture} x \\end{tikzpicture}")]
    [InlineData("\\newcommand{\\x}{y} \\x")]
    [InlineData("\\text{a $b$}")]
    [InlineData("\\href{javascript:alert(1)}{x}")]
    [InlineData("x \\")]
    [InlineData("x^")]
    [InlineData("\u202Ex")]
    public void What_is_not_known_is_never_shown_half(string tex) => Assert.Null(TexParser.ToMathMl(tex));

    [Theory]
    [InlineData("{")]
    [InlineData("\\sqrt{")]
    [InlineData("\\frac{")]
    [InlineData("x^")]
    [InlineData("\\left(")]
    [InlineData("\\begin{matrix}")]
    [InlineData("&")]
    [InlineData("\\\\")]
    [InlineData("\\hat")]
    [InlineData("x_1^2")]
    [InlineData("\\mathbb")]
    public void A_hostile_formula_costs_little(string piece)
    {
        var tex = string.Concat(Enumerable.Repeat(piece, 4000 / piece.Length));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var html = TexParser.ToMathMl(tex) ?? "";
        Assert.True(html.Length < 300_000);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 3_000_000);
    }

    [Theory]
    [InlineData("It costs $5 and $10.")]
    [InlineData("From $5 to $10, or $1.50 each")]
    [InlineData("US$5 or A$6")]
    [InlineData("$HOME and $PATH")]
    [InlineData("export PATH=$HOME/bin:$PATH")]
    [InlineData("a $ b $ c")]
    [InlineData("$5 for each of the 10$ notes")]
    [InlineData("$5–$10")]
    [InlineData("\\$5 and \\$6")]
    [InlineData("\\[not math")]
    public void Prices_and_variables_stay_text(string text)
    {
        Assert.DoesNotContain("<math", MarkdownText.ToHtml(text), StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"math", MarkdownText.ToHtml(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("so $x$ is", "<p>so <math>")]
    [InlineData("so $y = mx + b$, is", "<p>so <math>")]
    [InlineData("$O(n \\log n)$", "<p><math>")]
    [InlineData("$3 \\times 4$ is $12$", "<p><math>")]
    [InlineData("\\(a\\)", "<p><math>")]
    [InlineData("$$a$$", "<div class=\"math display\">")]
    [InlineData("\\[a\\]", "<div class=\"math display\">")]
    [InlineData("\\[\na\n+ b\n\\]", "<div class=\"math display\">")]
    [InlineData("text\n$$\na\n\n- b\n$$\nmore", "<p>text</p>\n<div class=\"math display\">")]
    [InlineData("- item \\[a\\] more", "<ul>\n<li>item <span class=\"math display\">")]
    [InlineData("- item\n  $$\n  a\n  $$", "<ul>\n<li>item<div class=\"math display\">")]
    public void Formulas_are_found_where_models_write_them(string text, string begin) => Assert.StartsWith(begin, MarkdownText.ToHtml(text), StringComparison.Ordinal);

    [Fact]
    public void The_source_goes_with_the_formula()
    {
        Assert.Contains("<annotation encoding=\"application/x-tex\">a &lt; b</annotation></semantics></math>", MarkdownText.ToHtml("\\(a < b\\)"), StringComparison.Ordinal);
        Assert.Contains("<copy-button data-from=\"a &lt; b\">", MarkdownText.ToHtml("\\[a < b\\]"), StringComparison.Ordinal);
    }
}
