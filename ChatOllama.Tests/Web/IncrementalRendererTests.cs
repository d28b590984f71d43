using System.Diagnostics;
using System.Text;
using AngleSharp.Html.Parser;
using ChatOllama.Web.Rendering;
using Xunit;

namespace ChatOllama.Tests.Web;

public class IncrementalRendererTests
{
    [Fact]
    public void Cut_anywhere_the_result_is_that_of_the_whole_text()
    {
        foreach (var text in RenderCorpus.Ordinary.Concat(RenderCorpus.Hostile))
        {
            var whole = MarkdownText.ToHtml(text);
            for (var cut = 0; cut <= text.Length; cut++) Assert.Equal(whole, Stream([text[..cut], text[cut..]]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(80)]
    public void In_pieces_of_any_size_the_result_is_that_of_the_whole_text(int size)
    {
        foreach (var text in RenderCorpus.All) Assert.Equal(MarkdownText.ToHtml(text), Stream(Pieces(text, size)));
    }

    [Fact]
    public void In_random_pieces_of_shuffled_texts_the_result_is_that_of_the_whole_text()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var parts = RenderCorpus.Ordinary.OrderBy(_ => random.Next()).Take(4).Select(part => part[random.Next(part.Length / 2)..]);
            var text = string.Join(random.Next(3) switch { 0 => "\n", 1 => "\n\n", _ => "" }, parts);
            Assert.True(MarkdownText.ToHtml(text) == Stream(RandomPieces(text, random)), $"seed {seed}");
        }
    }

    [Fact]
    public void Sealed_blocks_and_the_tail_together_are_what_a_late_reader_gets()
    {
        var renderer = new IncrementalRenderer();
        var (page, tail) = (new StringBuilder(), "");
        foreach (var piece in Pieces(string.Join("\n\n", RenderCorpus.Ordinary), 5))
        {
            var patch = renderer.Append(piece);
            page.Append(patch.Sealed);
            if (patch.Tail is not null) tail = patch.Tail;
            else if (patch.Code is { } code) tail = tail.Insert(tail.LastIndexOf("</code>", StringComparison.Ordinal), code);
            Assert.Equal(renderer.SealedHtml, page.ToString());
            Assert.Equal(renderer.TailHtml, tail);
        }
    }

    [Theory]
    [InlineData("This is **bold text** and *more* of `some code` here.", "*`")]
    [InlineData("See [the manual](https://example.org/a) for ![a picture](https://example.org/b.png) more.", "[]()!")]
    [InlineData("Text\n\n```python\nprint('x')\n```\n\nAfter", "`")]
    [InlineData("| Name | Size |\n|------|-----:|\n| a | 1 |\n| b | 2 |\n\nAfter", "|")]
    [InlineData("- one\n- **two:** x\n\n1. a\n2. b\n\n# Head\n\n***both***\n\n- [x] done\n- [ ] open", "*#[]")]
    public void Half_written_marks_are_never_shown(string text, string marks)
    {
        var parser = new HtmlParser();
        var renderer = new IncrementalRenderer();
        foreach (var c in text)
        {
            renderer.Append(c.ToString());
            var shown = parser.ParseDocument(renderer.SealedHtml + renderer.TailHtml).Body!.TextContent;
            Assert.True(shown.IndexOfAny(marks.ToCharArray()) < 0, $"'{shown}'");
        }
    }

    [Theory]
    [InlineData("Text\n---\nMore", "<p>Text</p>\n<hr>\n<p>More</p>\n")]
    [InlineData("- item\n---\n", "<ul>\n<li>item</li>\n</ul>\n<hr>\n")]
    [InlineData("Text\n--\n", "<p>Text\n--</p>\n")]
    [InlineData("Text\n    ---\n", "<p>Text\n---</p>\n")]
    public void Dashes_below_a_text_are_a_rule_and_no_heading(string text, string html) =>
        Assert.Equal(html, MarkdownText.ToHtml(text).Replace("<hr />", "<hr>", StringComparison.Ordinal));

    [Fact]
    public void An_element_once_shown_is_not_taken_back()
    {
        var parser = new HtmlParser();
        var renderer = new IncrementalRenderer();
        var most = 0;
        foreach (var c in "Intro\n\n| Name | Size |\n|------|-----:|\n| a | 1 |\n\n```py\nx\n```\n\n- one\n- two\n\n> quote\n\n## Head\n\nEnd **bold** here")
        {
            renderer.Append(c.ToString());
            var count = parser.ParseDocument(renderer.SealedHtml + renderer.TailHtml).Body!.QuerySelectorAll("p,table,figure,ul,blockquote,h4,strong").Length;
            Assert.True(count >= most, renderer.TailHtml);
            most = count;
        }
    }

    [Fact]
    public void A_long_answer_in_small_steps_is_cheap()
    {
        var text = LongAnswer();
        Measure(text);
        var best = Enumerable.Range(0, 3).Min(_ => Measure(text));
        Assert.True(best < 150, $"20 KB in 80-character steps took {best} ms");
    }

    [Fact]
    public void One_long_code_block_is_not_quadratic()
    {
        var text = "```python\n" + string.Concat(Enumerable.Repeat("print('a line of code in a long listing')\n", 5000));
        var renderer = new IncrementalRenderer();
        long sent = 0;
        foreach (var piece in Pieces(text, 80))
        {
            var patch = renderer.Append(piece);
            sent += (patch.Tail?.Length ?? 0) + (patch.Code?.Length ?? 0);
        }
        Assert.True(sent < text.Length * 2, $"{sent} characters sent for {text.Length}");
        Assert.Equal(MarkdownText.ToHtml(text), renderer.SealedHtml + renderer.Finish().Sealed);
    }

    [Fact]
    public void A_text_nested_too_deeply_is_shown_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("> ", 2000)) + "<b>deep</b>";
        Assert.Contains("&lt;b&gt;deep&lt;/b&gt;", Stream(Pieces(text, 100)));
        Assert.Contains("&lt;b&gt;deep&lt;/b&gt;", MarkdownText.ToHtml(text));
    }

    [Theory]
    [InlineData("*a _b ")]
    [InlineData("**a ")]
    [InlineData("[")]
    [InlineData("![a")]
    [InlineData("1. ")]
    [InlineData("- ")]
    [InlineData("> ")]
    [InlineData("`a``b```")]
    [InlineData("\\(a")]
    [InlineData("$a ")]
    [InlineData("|a\n")]
    public void Marks_without_end_are_shown_and_cost_little(string mark)
    {
        var text = string.Concat(Enumerable.Repeat(mark, 60_000 / mark.Length));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var html = MarkdownText.ToHtml(text);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 50_000_000);
        Assert.NotEmpty(html);
        Assert.NotEmpty(Stream(Pieces(text[..6000], 500)));
    }

    internal static string LongAnswer()
    {
        var text = new StringBuilder();
        for (var i = 0; text.Length < 20_000; i++) text.Append(RenderCorpus.Ordinary[i % 10]).Append("\n\n");
        return text.ToString();
    }

    private static double Measure(string text)
    {
        var start = Stopwatch.GetTimestamp();
        Stream(Pieces(text, 80));
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    internal static string Stream(IEnumerable<string> pieces)
    {
        var renderer = new IncrementalRenderer();
        var page = new StringBuilder();
        foreach (var piece in pieces) page.Append(renderer.Append(piece).Sealed);
        page.Append(renderer.Finish().Sealed);
        return page.ToString();
    }

    internal static IEnumerable<string> Pieces(string text, int size)
    {
        for (var at = 0; at < text.Length; at += size) yield return text.Substring(at, Math.Min(size, text.Length - at));
    }

    private static IEnumerable<string> RandomPieces(string text, Random random)
    {
        for (var at = 0; at < text.Length;)
        {
            var size = Math.Min(random.Next(1, 40), text.Length - at);
            yield return text.Substring(at, size);
            at += size;
        }
    }
}
