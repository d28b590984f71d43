using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>What people do with <c>ollama</c> on a command line, done in a browser.</summary>
public class ManagerJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task Models_are_pulled_cancelled_loaded_made_and_deleted_and_every_tab_sees_it()
    {
        await using var site = await Site.StartAsync(browser, setup: host => host.Emulator = emulator => (emulator.Faults, emulator.PullBytesPerSecond, emulator.LoadTime) = (false, 0, TimeSpan.Zero));
        var (page, gate) = (site.Page, new Gate());
        foreach (var name in new[] { "llama3.2:1b", "qwen3:8b" }) site.Ollama.AllowPull(name);
        site.Ollama.PullGate = gate;
        await site.OpenAsync("/models");
        await PullAsync(page, "ollama pull llama3.2:1b");
        await Expect(Progress(page, "llama3.2:1b")).ToBeVisibleAsync();
        await PullAsync(page, "qwen3:8b");
        await Expect(Item(page, "qwen3:8b")).ToContainTextAsync("waits, no. 1 in line");
        await page.ReloadAsync();
        await Expect(Progress(page, "llama3.2:1b")).ToBeVisibleAsync();
        var other = await site.NewTabAsync();
        await other.GotoAsync(site.At("/models"));
        await Expect(Progress(other, "llama3.2:1b")).ToBeVisibleAsync();
        foreach (var tab in new[] { page, other }) await tab.EvaluateAsync("window.same = true");
        await other.GetByRole(AriaRole.Button, new() { Name = "Cancel the download of qwen3:8b" }).ClickAsync();
        foreach (var tab in new[] { page, other }) await Expect(tab.GetByRole(AriaRole.Button, new() { Name = "Pull qwen3:8b again" })).ToBeVisibleAsync();
        await Expect(other).ToHaveTitleAsync("Models · ChatOllama");

        gate.Open();
        foreach (var tab in new[] { page, other })
        {
            await Expect(Row(tab, "llama3.2:1b")).ToContainTextAsync("120 MB");
            await Expect(Progress(tab, "llama3.2:1b")).ToHaveCountAsync(0);
            Assert.True(await tab.EvaluateAsync<bool>("window.same"));
        }
        await other.CloseAsync();

        await DoAsync(page, "llama3.2:1b", "Load llama3.2:1b into memory");
        var loaded = page.Locator("[data-region=running]");
        await Expect(loaded).ToContainTextAsync("llama3.2:1b");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep llama3.2:1b loaded" }).ClickAsync();
        await Expect(loaded).ToContainTextAsync("stays");
        await loaded.GetByRole(AriaRole.Button, new() { Name = "Unload llama3.2:1b" }).ClickAsync();
        await Expect(loaded).ToContainTextAsync("No model is loaded.");
        await DoAsync(page, "llama3.2:1b", "Remove llama3.2:1b here");
        await page.Locator(".toast").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(Row(page, "llama3.2:1b")).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("window.same"));
    }

    [Fact]
    public async Task A_model_is_made_and_deleted_on_a_phone()
    {
        await using var site = await Site.StartAsync(browser, options =>
        {
            options.ViewportSize = new() { Width = 390, Height = 844 };
            (options.HasTouch, options.IsMobile) = (true, true);
        });
        site.Expected.Add("400");
        var page = site.Page;
        await site.OpenAsync("/models");
        await page.GetByRole(AriaRole.Link, new() { Name = "New model" }).TapAsync();
        await page.GetByLabel("System prompt").FillAsync("Say \"yes\".\nOr no.");
        await Expect(page.Locator(".modelfile pre")).ToHaveTextAsync("FROM demo:latest\nSYSTEM \"\"\"Say \"yes\".\nOr no.\"\"\"\n");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).TapAsync();
        await Expect(page.Locator("#name-wrong")).ToContainTextAsync("A name such as");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("terse");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).TapAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("terse:latest");
        await site.NothingOverflowsAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Delete from Ollama…" }).TapAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Delete terse:latest from Ollama?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete terse:latest" }).TapAsync();
        await Expect(page.Locator(".note.good")).ToHaveTextAsync("terse:latest has been deleted from Ollama.");
        await Expect(Row(page, "terse:latest")).ToHaveCountAsync(0);
        Assert.DoesNotContain(site.Ollama.Models, model => model.Name == "terse:latest");
    }

    private static async Task PullAsync(IPage page, string name)
    {
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByRole(AriaRole.Button, new() { Name = "Pull", Exact = true }).ClickAsync();
        await Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("");
    }

    private static ILocator Item(IPage page, string name) => page.Locator(".pull").Filter(new() { HasText = name });

    private static ILocator Progress(IPage page, string name) => page.GetByRole(AriaRole.Progressbar, new() { Name = "Download of " + name });

    private static ILocator Row(IPage page, string name) => page.Locator(".models tbody tr").Filter(new() { HasText = name });

    private static async Task DoAsync(IPage page, string model, string deed)
    {
        await Row(page, model).Locator("details.more summary").ClickAsync();
        // By key: what has just arrived is told of in a toast, which may lie over the menu for a while.
        await page.GetByRole(AriaRole.Button, new() { Name = deed, Exact = true }).PressAsync("Enter");
    }
}
