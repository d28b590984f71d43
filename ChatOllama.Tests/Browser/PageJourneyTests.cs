using ChatOllama.Emulator.Control;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>The other pages, a phone, and a browser without scripts.</summary>
public class PageJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task Without_scripts_forms_and_reloads_carry_the_whole_journey()
    {
        await using var site = await Site.StartAsync(browser, options => options.JavaScriptEnabled = false);
        var gate = new Gate();
        site.Ollama.ScriptNext("demo", new ChatScript().Token("Half of **it**").WaitFor(gate).Token(" and the rest.").Done());
        site.Ollama.ScriptNext("demo", new ChatScript().Token("Endless").StallForever());
        await site.OpenAsync("/");
        await site.Page.GetByLabel("Message", new() { Exact = true }).FillAsync("Hello");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        // The page loads itself again every two seconds; nobody presses anything.
        await Expect(site.Page.Locator(".prose strong")).ToHaveTextAsync("it");
        gate.Open();
        await Expect(site.Page.Locator(".prose").Last).ToHaveTextAsync("Half of it and the rest.", new() { Timeout = 15_000 });
        await site.EndedAsync();
        await Expect(site.Page.Locator("head noscript")).ToHaveCountAsync(0);

        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Again" }).ClickAsync();
        await Expect(site.Page.Locator(".prose").Last).ToHaveTextAsync("Endless", new() { Timeout = 15_000 });
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).First.ClickAsync();
        await Expect(site.Page.Locator(".state")).ToHaveTextAsync("Stopped.");
        await site.Ollama.WaitForAbortAsync(1);
    }

    [Fact]
    public async Task A_phone_shows_everything_without_scrolling_sideways_and_keeps_the_list_in_a_drawer()
    {
        await using var site = await Site.StartAsync(browser, options =>
        {
            options.ViewportSize = new() { Width = 360, Height = 740 };
            options.HasTouch = true;
            options.IsMobile = true;
        });
        site.Ollama.Script("demo", new ChatScript().Token("A `" + new string('x', 90) + "` word, https://example.com/" + new string('y', 90) + "\n\n```\n" + new string('z', 200)
            + "\n```\n\n| a | b | c | d |\n|---|---|---|---|\n| " + new string('w', 40) + " | two words | " + new string('v', 40) + " | 4 |\n").Done());
        await site.OpenAsync("/");
        await site.NothingOverflowsAsync();
        await site.Page.GetByLabel("Message", new() { Exact = true }).FillAsync(new string('q', 120) + " a long title of a question that goes on and on");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).TapAsync();
        await site.EndedAsync();
        await site.NothingOverflowsAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Chats and pages" }).TapAsync();
        await Expect(site.Page.Locator(".list a[aria-current]")).ToBeVisibleAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Models" }).TapAsync();
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Models" })).ToBeVisibleAsync();
        await site.NothingOverflowsAsync();
        await site.OpenAsync("/settings");
        await site.NothingOverflowsAsync();
    }

    [Fact]
    public async Task A_question_is_edited_answered_by_another_model_and_the_versions_are_walked()
    {
        await using var site = await Site.StartAsync(browser, options => options.JavaScriptEnabled = false);
        site.Ollama.Script("demo", new ChatScript().Token("From demo.").Done());
        site.Ollama.Script("demo-vision", new ChatScript().Token("From vision.").Done());
        await site.OpenAsync("/");
        await site.Page.GetByLabel("Message", new() { Exact = true }).FillAsync("First wording");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("From demo.", new() { Timeout = 15_000 });
        await site.EndedAsync();
        await site.Page.Locator(".receipt summary").ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "demo-vision:latest" }).ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("From vision.", new() { Timeout = 15_000 });
        await site.EndedAsync();
        await Expect(site.Page.Locator(".receipt .siblings")).ToContainTextAsync("2 / 2");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Previous version" }).ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("From demo.");

        await site.Page.Locator(".edit summary").ClickAsync();
        await site.Page.GetByLabel("Edited question").FillAsync("Second wording");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Ask this instead" }).ClickAsync();
        await Expect(site.Page.Locator(".you")).ToHaveTextAsync("Second wording");
        await site.EndedAsync();
        await Expect(site.Page.Locator(".acts .siblings")).ToContainTextAsync("2 / 2");

        await site.Page.Locator(".bar [data-manage]").ClickAsync();
        await site.Page.GetByLabel("Title", new() { Exact = true }).FillAsync("A better name");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Rename" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("A better name");
    }

    [Fact]
    public async Task Words_are_found_in_the_chats()
    {
        await using var site = await Site.StartAsync(browser);
        await site.Api.ChatAsync("""{"session_id":"bread","message":"How long does sourdough rest?"}""");
        await site.Api.ChatAsync("""{"session_id":"cats","message":"Names for a grey cat"}""");
        await site.OpenAsync("/");
        await site.Page.GetByLabel("Search your chats").FillAsync("sourdough");
        await site.Page.GetByLabel("Search your chats").PressAsync("Enter");
        await Expect(site.Page.Locator(".hits mark").First).ToHaveTextAsync("sourdough");
        await Expect(site.Page.Locator(".hits a").Filter(new() { HasText = "grey cat" })).ToHaveCountAsync(0);
        await site.Page.Locator(".hits li:has(mark) a").First.ClickAsync();
        await Expect(site.Page.Locator(".you")).ToHaveTextAsync("How long does sourdough rest?");
    }

    [Fact]
    public async Task A_wrong_address_says_so_on_a_page()
    {
        await using var site = await Site.StartAsync(browser);
        site.Expected.Add("404");
        await site.OpenAsync("/sessions/nowhere");
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Go to your chats" }).ClickAsync();
        await Expect(site.Page.GetByLabel("Message", new() { Exact = true })).ToBeFocusedAsync();
    }
}
