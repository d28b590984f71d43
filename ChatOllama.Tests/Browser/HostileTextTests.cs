using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Web;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>Whatever a model or a visitor writes: no script of theirs runs, nothing is loaded from elsewhere, in the real pages.</summary>
public class HostileTextTests(BrowserFixture browser)
{
    private const string Question = "<img src=x onerror=hacked=1> \"><script>hacked=1</script> ' onfocus=hacked=1 autofocus x=' {{7*7}} javascript:alert(1)";

    [Fact]
    public async Task The_whole_corpus_is_shown_and_does_nothing()
    {
        await using var site = await Site.StartAsync(browser);
        site.Expected.AddRange(["404", "400"]);
        var dialogs = new List<string>();
        site.Page.Dialog += (_, dialog) =>
        {
            dialogs.Add(dialog.Message);
            _ = dialog.DismissAsync();
        };
        var corpus = string.Join("\n\n", RenderCorpus.Hostile.Append("The end of it."));
        site.Ollama.ScriptNext("demo", new ChatScript().Thinking(corpus).Tokens(IncrementalRendererTests.Pieces(corpus, 37)).Done());
        site.Ollama.ScriptNext("demo", new ChatScript().Token("x").Error(Question));
        await site.OpenAsync("/");
        await site.SayAsync(Question);
        await Expect(site.Answer).ToContainTextAsync("The end of it.");
        await site.EndedAsync();
        var session = new Uri(site.Page.Url).AbsolutePath;
        await site.SayAsync(Question);
        await Expect(site.Page.GetByText("hacked=1").Last).ToBeVisibleAsync();
        foreach (var path in new[] { session, "/", "/search?q=" + Uri.EscapeDataString("hacked"), "/search?q=" + Uri.EscapeDataString(Question), "/models?q=" + Uri.EscapeDataString(Question), "/settings", "/sessions/" + Uri.EscapeDataString(Question) })
        {
            await site.OpenAsync(path);
            await site.Page.EvaluateAsync("for (const part of document.querySelectorAll('details')) part.open = true");
            Assert.False(await site.Page.EvaluateAsync<bool>("'hacked' in window"), path);
            Assert.Equal(0, await site.Page.Locator("[onerror], [onload], [onfocus], [onclick], script:not([src]), iframe, object, embed, base, img[src^=http]").CountAsync());
        }
        Assert.Empty(dialogs);
    }
}
