using ChatOllama.Tests.Web;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>The settings as people use them, and pages that come back by themselves.</summary>
public class SettingsJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task Theme_text_size_and_language_are_taken_over_at_once_and_kept()
    {
        await using var site = await Site.StartAsync(browser);
        var page = site.Page;
        await site.OpenAsync("/settings");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Apply" })).ToBeHiddenAsync();
        var light = await BackgroundAsync(page);
        await page.EvaluateAsync("window.same = true");
        await page.GetByLabel("Dark").CheckAsync(new() { Force = true });
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        Assert.NotEqual(light, await BackgroundAsync(page));
        await Expect(page.Locator("meta[name=theme-color]").First).ToHaveAttributeAsync("content", "#1a1c22");
        // With the keyboard, as with every group of choices.
        await page.GetByLabel("Normal").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-text", "large");
        await Expect(page.GetByLabel("Larger")).ToBeFocusedAsync();
        Assert.True(await page.EvaluateAsync<bool>("window.same"));
        await page.GetByLabel("Deutsch").CheckAsync(new() { Force = true });
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Einstellungen");
        await site.OpenAsync("/models");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "de");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await site.NothingOverflowsAsync();
    }

    [Fact]
    public async Task Without_scripts_a_button_takes_the_choice_over_and_the_largest_German_fits_a_small_phone()
    {
        await using var site = await Site.StartAsync(browser, options =>
        {
            options.JavaScriptEnabled = false;
            options.ViewportSize = new() { Width = 360, Height = 740 };
            options.Locale = "de-DE";
        });
        site.Expected.Add("404");
        await site.Api.ChatAsync("""{"message":"Hello"}""");
        await site.OpenAsync("/settings");
        await site.Page.GetByLabel("Am größten").CheckAsync(new() { Force = true });
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Übernehmen" }).ClickAsync();
        await Expect(site.Page.Locator("html")).ToHaveAttributeAsync("data-text", "largest");
        await Expect(site.Page.GetByLabel("Am größten")).ToBeCheckedAsync();
        await site.NothingOverflowsAsync();
        foreach (var path in new[] { "/models", "/models/demo", "/nowhere", "/settings/manual/configuration" })
        {
            await site.OpenAsync(path);
            await site.NothingOverflowsAsync();
        }
        await site.OpenAsync("/settings");
        site.Ollama.Online = false;
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Jetzt prüfen" }).ClickAsync();
        await Expect(site.Page.Locator("[data-region=health]")).ToContainTextAsync("antwortet nicht");
    }

    [Fact]
    public async Task Health_is_looked_at_again_while_the_page_is_seen()
    {
        await using var site = await Site.StartAsync(browser);
        await site.Page.Clock.InstallAsync();
        await site.OpenAsync("/settings");
        await Expect(site.Page.GetByText("Checked")).ToBeVisibleAsync();
        await site.Page.RunAndWaitForRequestAsync(() => site.Page.Clock.FastForwardAsync(10_500), request => request.Headers.TryGetValue("x-region", out var names) && names == "health");
    }

    [Fact]
    public async Task A_page_that_could_not_be_made_opens_by_itself_when_the_server_is_back()
    {
        var api = await FakeApi.StartAsync();
        var address = api.Url.GetLeftPart(UriPartial.Authority);
        await using var web = await WebHost.StartAsync(api.Url);
        await api.DisposeAsync();
        await using var visitor = await browser.NewVisitorAsync(new() { Locale = "en-GB" });
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(new Uri(web.Url, "/models").ToString());
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("The server is not ready");
        await using var back = await FakeApi.StartAsync(address);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Models", new() { Timeout = 20_000 });
    }

    private static Task<string> BackgroundAsync(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.documentElement).backgroundColor");
}
