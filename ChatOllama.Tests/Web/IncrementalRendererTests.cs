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
            else if (patch.Growth is { } growth) tail = Grow(tail, growth);
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
    [InlineData("So \\(a_1\\) and \\[b^2\\] in it.\n\n\\[\n\\frac{a}{b}\n\\]\n\n$$\nc\n+ d\n$$\n\nAnd $x_2$ now\n\n- $$y$$ there", "\\$[]{}_^")]
    public void Half_written_marks_are_never_shown(string text, string marks)
    {
        var parser = new HtmlParser();
        var renderer = new IncrementalRenderer();
        foreach (var c in text)
        {
            renderer.Append(c.ToString());
            var body = parser.ParseDocument(renderer.SealedHtml + renderer.TailHtml).Body!;
            // The source of a formula goes with it, but is not shown.
            foreach (var source in body.QuerySelectorAll("annotation")) source.Remove();
            var shown = body.TextContent;
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
            var count = parser.ParseDocument(renderer.SealedHtml + renderer.TailHtml).Body!.QuerySelectorAll("p,table,figure,ul,blockquote,h2,strong").Length;
            Assert.True(count >= most, renderer.TailHtml);
            most = count;
        }
    }

    public static TheoryData<string, string> LongBlocks => new()
    {
        { "- An item with **bold** text and `code` and some words\n", "" },
        { "1. An item with **bold** text\n\n   A second paragraph of it.\n\n", "" },
        { "| some **bold** cell | another `cell` | 1,234 |\n", "| a | b | c |\n|---|:-:|--:|\n" },
        { "The quick brown fox jumps **over** the lazy dog, and *then* runs to `the river` to see [what](https://example.org) is there. ", "" },
        { "One plain sentence after the other.\n", "" },
        { "> A quoted line with **bold** text and `code` and some words\n", "" },
        { "  - An inner item with **bold** text and `code` and some words\n", "- outer\n" },
        { "   print('a line of code in a long listing', 42)\n", "1. item\n\n   ```python\n" },
        { "x_1 + \\frac{a}{b} = \\sqrt{2} \\\\\n", "$$\n" },
        { "**a ", "" },
        { "![a", "" },
    };

    [Theory]
    [MemberData(nameof(LongBlocks))]
    public void One_long_block_in_small_steps_is_cheap_and_ends_as_the_whole(string piece, string head)
    {
        var text = head + string.Concat(Enumerable.Repeat(piece, 20_000 / piece.Length));
        foreach (var whole in new[] { text, text + "\n\nThe end, with **bold** words.\n\n- and\n- a list" })
        {
            var renderer = new IncrementalRenderer();
            var (page, tail, sent) = (new StringBuilder(), "", 0L);
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var step in Pieces(whole, 80))
            {
                var patch = renderer.Append(step);
                sent += patch.Sealed.Length + (patch.Tail?.Length ?? 0) + (patch.Code?.Length ?? 0) + (patch.Growth is { } g ? g.Settled.Length + g.Live.Length : 0);
                page.Append(patch.Sealed);
                if (patch.Tail is not null) tail = patch.Tail;
                else if (patch.Growth is { } growth) tail = Grow(tail, growth);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(renderer.TailHtml, tail);
            page.Append(renderer.Finish().Sealed);
            Assert.Equal(MarkdownText.ToHtml(whole), page.ToString());
            Assert.True(sent < 1_000_000, $"{sent} characters sent");
            Assert.True(allocated < 60_000_000, $"{allocated} bytes");
        }
    }

    /// <summary>What it costs does not depend on the machine's mood; a renderer that looks at everything again at each step is ten times over this.</summary>
    [Fact]
    public void A_long_answer_in_small_steps_allocates_little()
    {
        var text = LongAnswer();
        Stream(Pieces(text, 80));
        var pieces = Pieces(text, 80).ToList();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Stream(pieces);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 6_000_000, $"{allocated} bytes for 20 KB in 80-character steps");
    }

    /// <summary>As the page does it.</summary>
    private static string Grow(string tail, Growth growth)
    {
        var mark = tail.LastIndexOf(GrowingBlock.Mark, StringComparison.Ordinal);
        var opener = tail[..mark].LastIndexOf("growing", StringComparison.Ordinal);
        var tag = tail[..opener].LastIndexOf('<') is var at ? tail[(at + 1)..tail.IndexOfAny([' ', '>'], at)] : "";
        var closer = tail.LastIndexOf($"</{tag}>", StringComparison.Ordinal);
        return tail[..mark] + growth.Settled + GrowingBlock.Mark + growth.Live + tail[closer..];
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
