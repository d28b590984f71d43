using ChatOllama.Emulator.Control;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>Finding and keeping chats, and a page that follows what others do.</summary>
public class SidebarJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task The_page_follows_what_another_device_does_and_catches_up_when_it_is_seen_again()
    {
        await using var site = await Site.StartAsync(browser);
        var gate = new Gate();
        site.Ollama.ScriptNext("demo", new ChatScript().Token("First answer").Done());
        await site.Api.ChatAsync("""{"session_id":"a","message":"Original question"}""");
        site.Ollama.ScriptNext("demo", new ChatScript().Token("From far").WaitFor(gate).Token(" away.").Done());
        await site.OpenAsync("/sessions/a");
        await Expect(site.Answer).ToHaveTextAsync("First answer");

        await AddAsync(site, """{"id":"b","title":"Made elsewhere"}""");
        await Expect(site.Page.Locator("#chat-b")).ToContainTextAsync("Made elsewhere");
        await PatchAsync(site, "a", """{"title":"Named elsewhere"}""");
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Named elsewhere");

        using var elsewhere = await site.Api.StreamAsync("""{"session_id":"a","message":"Asked elsewhere","stream":true,"background":true}""");
        await Expect(site.Page.Locator(".you").Last).ToHaveTextAsync("Asked elsewhere");
        await Expect(site.Answer).ToHaveTextAsync("From far");
        await Expect(site.Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("^● Named elsewhere"));
        await Expect(site.Page.Locator("link[rel=icon]")).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("favicon-busy"));
        gate.Open();
        await site.EndedAsync();
        await Expect(site.Page.Locator(".you")).ToHaveCountAsync(2);
        await Expect(site.Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("^Named elsewhere"));
        await Expect(site.Page.Locator("link[rel=icon]")).Not.ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("busy"));

        await SetHiddenAsync(site.Page, true);
        await AddAsync(site, """{"id":"c","title":"Made unseen"}""");
        await SetHiddenAsync(site.Page, false);
        await Expect(site.Page.Locator("#chat-c")).ToContainTextAsync("Made unseen");
    }

    [Fact]
    public async Task A_chat_is_pinned_moved_renamed_deleted_and_had_back_in_place()
    {
        await using var site = await Site.StartAsync(browser);
        await AddAsync(site, """{"id":"open","title":"The open one"}""");
        await AddAsync(site, """{"id":"other","title":"The other one"}""");
        await site.OpenAsync("/sessions/open");
        await site.Page.EvaluateAsync("window.same = true");

        await ManageAsync(site.Page, "other");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Pin", Exact = true }).ClickAsync();
        await Expect(site.Page.Locator(".list h2").First).ToHaveTextAsync("Pinned");
        await Expect(site.Page.Locator("manage-chat")).ToBeHiddenAsync();
        await ManageAsync(site.Page, "open");
        await site.Page.GetByLabel("Folder", new() { Exact = true }).FillAsync("New folder");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).ClickAsync();
        await Expect(site.Page.Locator(".folder summary")).ToContainTextAsync("New folder");
        await Expect(site.Page.Locator(".folder #chat-open")).ToBeVisibleAsync();

        await site.Page.Locator("#chat-other a").First.FocusAsync();
        await site.Page.Keyboard.PressAsync("F2");
        await site.Page.GetByLabel("New title").FillAsync("A better name");
        await site.Page.Keyboard.PressAsync("Enter");
        await Expect(site.Page.Locator("#chat-other")).ToContainTextAsync("A better name");

        await ManageAsync(site.Page, "other");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Expect(site.Page.Locator("#chat-other")).ToHaveCountAsync(0);
        await site.Page.Locator(".toast").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(site.Page.Locator("#chat-other")).ToBeVisibleAsync();
        Assert.True(await site.Page.EvaluateAsync<bool>("window.same"), "the page was loaded again");

        await site.Page.Locator(".bar [data-manage]").ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Link, new() { Name = "Export as Markdown" })).ToHaveAttributeAsync("href", "/v1/sessions/open/export?format=markdown");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Expect(site.Page).ToHaveURLAsync(site.At("/"));
        await site.Page.Locator(".toast").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(site.Page).ToHaveURLAsync(site.At("/sessions/open"));
    }

    [Fact]
    public async Task Searching_walking_and_writing_work_from_the_keyboard()
    {
        await using var site = await Site.StartAsync(browser);
        await site.Api.ChatAsync("""{"session_id":"bread","message":"How long does sourdough rest?"}""");
        await site.Api.ChatAsync("""{"session_id":"cats","message":"Names for a grey cat"}""");
        await site.OpenAsync("/models");
        // A key that is pressed before the scripts of a page are there is heard by nobody.
        foreach (var element in new[] { "keyboard-shortcuts", "chat-search" }) await Expect(site.Page.Locator(element + ":defined").First).ToBeAttachedAsync();
        var keys = site.Page.Keyboard;
        await keys.PressAsync("?");
        await Expect(site.Page.Locator("#shortcuts")).ToBeVisibleAsync();
        await keys.PressAsync("n");
        await keys.PressAsync("Escape");
        await Expect(site.Page.Locator("#shortcuts")).ToBeHiddenAsync();
        await Expect(site.Page).ToHaveURLAsync(site.At("/models"));

        await keys.PressAsync("/");
        await keys.TypeAsync("sourd");
        await Expect(site.Page.Locator(".found mark").First).ToHaveTextAsync("sourdough");
        await Expect(site.Page.Locator("#chats")).ToBeHiddenAsync();
        await keys.PressAsync("ArrowDown");
        await Expect(site.Page.Locator(".found a").First).ToBeFocusedAsync();
        await keys.PressAsync("Escape");
        await Expect(site.Page.Locator("#chats")).ToBeVisibleAsync();
        await keys.TypeAsync("sourd");
        await Expect(site.Page.Locator(".found a[href*='at=']").Last).ToBeVisibleAsync();
        await keys.PressAsync("ArrowDown");
        await keys.PressAsync("Enter");
        await OpenedAsync("bread");
        await Expect(site.Page.GetByLabel("Message", new() { Exact = true })).ToBeFocusedAsync();
        await keys.PressAsync("Escape");
        await keys.PressAsync("k");
        await OpenedAsync("cats");
        await keys.PressAsync("j");
        await OpenedAsync("bread");
        await keys.PressAsync("c");
        await Expect(site.Page.GetByLabel("Message", new() { Exact = true })).ToBeFocusedAsync();
        await keys.TypeAsync("nothing?/");
        await Expect(site.Page.GetByLabel("Message", new() { Exact = true })).ToHaveValueAsync("nothing?/");
        await keys.PressAsync("Control+/");
        await Expect(site.Page.Locator("#shortcuts")).ToBeVisibleAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Switch off single-key shortcuts" }).ClickAsync();
        await Expect(site.Page.Locator("keyboard-shortcuts[data-off]")).ToHaveCountAsync(1);
        await site.Page.Locator("h1").ClickAsync();
        await keys.PressAsync("?");
        await Expect(site.Page.Locator("#shortcuts")).ToBeHiddenAsync();

        async Task OpenedAsync(string id)
        {
            await Expect(site.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sessions/" + id));
            await Expect(site.Page.Locator("keyboard-shortcuts:defined")).ToHaveCountAsync(1);
            await Expect(site.Page.Locator("chat-composer:defined")).ToHaveCountAsync(1);
        }
    }

    [Fact]
    public async Task On_a_phone_older_chats_come_in_place_and_one_is_archived_and_had_back()
    {
        await using var site = await Site.StartAsync(browser, options =>
        {
            options.ViewportSize = new() { Width = 390, Height = 844 };
            options.HasTouch = true;
            options.IsMobile = true;
        });
        for (var i = 0; i < 110; i++) await AddAsync(site, $$"""{"id":"s{{i}}","title":"Chat number {{i}}"}""");
        await site.OpenAsync("/");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Chats and pages" }).TapAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Older chats" }).TapAsync();
        await Expect(site.Page.Locator(".list .chat")).ToHaveCountAsync(100);
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Older chats" }).TapAsync();
        await Expect(site.Page.Locator(".list .chat")).ToHaveCountAsync(110);
        await Expect(site.Page.Locator(".list h2")).ToHaveCountAsync(1);

        await site.Page.Locator("#chat-s109 [data-manage]").TapAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Move to the archive" }).TapAsync();
        await Expect(site.Page.Locator("#chat-s109")).ToHaveCountAsync(0);
        await Expect(site.Page.Locator(".list .chat")).ToHaveCountAsync(109);
        await site.Page.Locator("#chat-s108 [data-manage]").TapAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).TapAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).TapAsync();
        await Expect(site.Page.Locator("#chat-s108")).ToBeVisibleAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Archive" }).TapAsync();
        await Expect(site.Page.Locator("#row-s109")).ToBeVisibleAsync();
        await site.NothingOverflowsAsync();
    }

    [Fact]
    public async Task Without_scripts_a_chat_is_pinned_moved_deleted_had_back_and_found()
    {
        await using var site = await Site.StartAsync(browser, options => options.JavaScriptEnabled = false);
        await site.Api.ChatAsync("""{"session_id":"bread","message":"How long does sourdough rest?"}""");
        await site.OpenAsync("/sessions/bread");
        await site.Page.Locator("#chat-bread [data-manage]").ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Pin", Exact = true }).ClickAsync();
        await Expect(site.Page.Locator(".list h2").First).ToHaveTextAsync("Pinned");
        await site.Page.Locator("#chat-bread [data-manage]").ClickAsync();
        await site.Page.GetByLabel("Folder", new() { Exact = true }).FillAsync("Kitchen");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).ClickAsync();
        await Expect(site.Page.Locator(".folder summary")).ToContainTextAsync("Kitchen");
        await site.Page.Locator("#chat-bread [data-manage]").ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(site.Page).ToHaveURLAsync(site.At("/sessions/bread"));
        await site.Page.GetByLabel("Search your chats").FillAsync("sourd");
        await site.Page.GetByLabel("Search your chats").PressAsync("Enter");
        await Expect(site.Page.Locator(".page .hits mark").First).ToHaveTextAsync("sourdough");
        await site.Page.Locator(".page .hits a[href*='at=']").Last.ClickAsync();
        await Expect(site.Page.Locator(".you")).ToHaveTextAsync("How long does sourdough rest?");
    }

    private static async Task AddAsync(Site site, string body) => (await site.Api.PostAsync("/v1/sessions", body)).Dispose();

    private static async Task PatchAsync(Site site, string id, string body) =>
        (await site.Api.Client.PatchAsync("/v1/sessions/" + id, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

    private static async Task ManageAsync(IPage page, string id)
    {
        await page.Locator($"#chat-{id}").HoverAsync();
        await page.Locator($"#chat-{id} [data-manage]").ClickAsync();
        await Expect(page.Locator("manage-chat")).ToBeVisibleAsync();
    }

    /// <summary>As the browser does when another tab is looked at.</summary>
    private static async Task SetHiddenAsync(IPage page, bool hidden) => await page.EvaluateAsync(
        "hidden => { Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }", hidden);
}
