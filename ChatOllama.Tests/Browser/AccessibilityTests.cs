using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace ChatOllama.Tests.Browser;

/// <summary>Nothing for axe to find on any page, in both themes, on a desktop and on a phone; nothing to scroll sideways, however large the text.</summary>
public class AccessibilityTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_page_is_for_everyone(bool phone)
    {
        var found = new List<string>();
        await using var site = await Tour.BeginAsync(browser, phone);
        foreach (var stop in Tour.Stops)
        {
            await Tour.GoAsync(site, stop);
            await site.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
            found.AddRange(Findings(stop, "light", await site.Page.RunAxe()));
            // A theme changes colours, nothing else.
            await site.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
            found.AddRange(Findings(stop, "dark", await site.Page.RunAxe(new AxeRunOptions { RunOnly = RunOnlyOptions.Rules("color-contrast") })));
            found.AddRange(await OverflowsAsync(site.Page, stop, phone));
        }
        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    private const string Widest = """
        [...document.body.querySelectorAll('*')].filter(part => part.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && part.checkVisibility())
            .slice(0, 5).map(part => part.cloneNode().outerHTML).join(' ')
        """;

    /// <summary>At 360 px; at 640 px, which is 1280 at 200 %; and with the largest text.</summary>
    private static async Task<List<string>> OverflowsAsync(IPage page, Stop stop, bool phone)
    {
        var found = new List<string>();
        var size = page.ViewportSize!;
        // Menus that lie over the page are never open all at once.
        foreach (var text in stop.Name.EndsWith("all-open", StringComparison.Ordinal) ? [""] : new[] { "", "largest" })
        {
            await page.SetViewportSizeAsync(phone ? 360 : 640, size.Height);
            var width = await page.EvaluateAsync<int>($"document.documentElement.dataset.text = '{text}', document.documentElement.scrollWidth - document.documentElement.clientWidth");
            if (width > 0) found.Add($"{stop.Name}: {width} px too wide, text '{text}': {await page.EvaluateAsync<string>(Widest)}");
        }
        await page.SetViewportSizeAsync(size.Width, size.Height);
        return found;
    }

    private static IEnumerable<string> Findings(Stop stop, string theme, AxeResult result) =>
        from violation in result.Violations
        from node in violation.Nodes
        select $"{stop.Name} ({theme}): {violation.Id}: {violation.Help}\n    {node.Html}\n    {string.Join("; ", node.Any.Select(check => check.Message))}";
}
