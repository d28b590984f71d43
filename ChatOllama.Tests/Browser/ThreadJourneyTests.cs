using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>The conversation in a real browser: in place with scripts, through a lost network, in a chat of many pages.</summary>
public class ThreadJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task Again_versions_edits_and_another_model_happen_without_leaving_the_page()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.ScriptNext("demo", new ChatScript().Token("First answer.").Done());
        site.Ollama.ScriptNext("demo", new ChatScript().Token("Second answer.").Done());
        site.Ollama.Script("demo-vision", new ChatScript().Token("From vision.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("First wording");
        await site.EndedAsync();
        await site.Page.EvaluateAsync("window.stayed = true");

        await Button("Again").ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("Second answer.");
        await site.EndedAsync();
        await Expect(site.Page.Locator(".receipt .siblings")).ToContainTextAsync("2 / 2");
        await Button("Previous version").ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("First answer.");
        await Expect(Button("Next version")).ToBeFocusedAsync();

        await site.Page.Locator(".receipt details.more summary").ClickAsync();
        await site.Page.Keyboard.PressAsync("Escape");
        await Expect(Button("demo-vision:latest")).ToBeHiddenAsync();
        await site.Page.Locator(".receipt details.more summary").ClickAsync();
        await Button("demo-vision:latest").ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("From vision.");
        await site.EndedAsync();

        await site.Page.Locator(".edit summary").ClickAsync();
        await site.Page.GetByLabel("Edited question").FillAsync("Second wording");
        await Button("Ask this instead").ClickAsync();
        await Expect(site.Page.Locator(".you")).ToHaveTextAsync("Second wording");
        await site.EndedAsync();
        await Expect(site.Page.Locator(".acts .siblings")).ToContainTextAsync("2 / 2");
        Assert.True(await site.Page.EvaluateAsync<bool>("window.stayed === true"));

        ILocator Button(string name) => site.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
    }

    [Fact]
    public async Task An_answer_goes_on_through_a_lost_network_and_is_told_to_screen_readers_by_sentence()
    {
        await using var site = await Site.StartAsync(browser);
        site.Expected.Add("net::ERR_INTERNET_DISCONNECTED");
        var (lost, end) = (new Gate(), new Gate());
        site.Ollama.Script("demo", new ChatScript().Tokens("One sentence is here. ", "And half").WaitFor(lost).Token(" of another. ").WaitFor(end).Token("The end.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("Tell me");
        await Expect(site.Answer).ToContainTextAsync("And half");
        await Expect(site.Page.Locator("#announcer")).ToContainTextAsync("One sentence is here.");
        await Expect(site.Page.Locator("#announcer")).Not.ToContainTextAsync("And half");

        await site.Page.Context.SetOfflineAsync(true);
        // The page that is hidden lets go of its stream, as with the lid closed; seen again, it finds no network.
        await site.Page.EvaluateAsync("document.querySelector('live-answer').replaceWith(document.querySelector('live-answer').cloneNode(true))");
        await Expect(site.Page.Locator(".phase")).ToContainTextAsync("Reconnecting");
        await Expect(site.Page.Locator(".patience")).ToContainTextAsync("The answer goes on there");
        await Expect(site.Answer).ToContainTextAsync("And half");
        lost.Open();
        end.Open();
        await site.Ollama.WaitForCompletedAsync(1);
        await site.Page.Context.SetOfflineAsync(false);
        await Expect(site.Answer).ToHaveTextAsync("One sentence is here. And half of another. The end.");
        await site.EndedAsync();
        await Expect(site.Page.Locator("#announcer")).ToContainTextAsync("The answer is complete.");
        Assert.Equal(1, site.Ollama.StartedChats);
    }

    [Fact]
    public async Task What_one_tab_does_the_other_shows()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.ScriptNext("demo", new ChatScript().Token("First answer.").Done());
        site.Ollama.ScriptNext("demo", new ChatScript().Token("Endless").StallForever());
        site.Ollama.ScriptNext("demo", new ChatScript().Token("After the edit.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("One");
        await site.EndedAsync();
        var tab = await site.NewTabAsync();
        await tab.GotoAsync(site.Page.Url);
        await Expect(Site.AnswerIn(tab)).ToHaveTextAsync("First answer.");
        await tab.EvaluateAsync("window.stayed = true");

        await site.SayAsync("Two");
        await Expect(tab.Locator(".you")).ToHaveTextAsync(["One", "Two"]);
        await Expect(Site.AnswerIn(tab)).ToHaveTextAsync("Endless");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(tab.Locator(".state")).ToHaveTextAsync("Stopped.");

        await site.Page.Locator(".edit summary").Last.ClickAsync();
        await site.Page.GetByLabel("Edited question").Last.FillAsync("Two, edited");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Ask this instead" }).Last.ClickAsync();
        await Expect(tab.Locator(".you")).ToHaveTextAsync(["One", "Two, edited"]);
        await Expect(Site.AnswerIn(tab)).ToHaveTextAsync("After the edit.");
        Assert.True(await tab.EvaluateAsync<bool>("window.stayed === true"));
    }

    [Fact]
    public async Task A_long_chat_opens_at_its_end_brings_older_messages_in_place_and_opens_at_any_of_them()
    {
        await using var site = await Site.StartAsync(browser, options =>
        {
            options.ViewportSize = new() { Width = 390, Height = 844 };
            options.HasTouch = true;
            options.IsMobile = true;
        });
        using (await site.Api.PostAsync("/v1/sessions", """{"id":"long"}""")) { }
        await site.Api.Services.GetRequiredService<DbWriter>().AddMessagesAsync("long", Enumerable.Range(1, 200)
            .Select(i => ($"m{i}", i == 1 ? null : $"m{i - 1}", $"Message {i}", MessageStatuses.Complete, (string?)null)));
        await site.OpenAsync("/sessions/long");
        await Expect(site.Page.Locator("#m-m200")).ToBeInViewportAsync();
        await Expect(site.Page.Locator("article")).ToHaveCountAsync(50);
        await Expect(site.Page.Locator("[data-jump]")).ToBeHiddenAsync();

        await site.Page.Locator("#m-m160").ScrollIntoViewIfNeededAsync();
        await Expect(site.Page.Locator("[data-jump]")).ToBeVisibleAsync();
        // The moment they come is held back, so that the place before and after can be compared.
        var held = new Gate();
        await site.Page.RouteAsync("**/sessions/long?before=*", async route =>
        {
            await (Task)held;
            await route.ContinueAsync();
        });
        await site.Page.EvaluateAsync("window.scrollTo(0, 300)");
        var before = await TopOfAsync("m160");
        held.Open();
        await Expect(site.Page.Locator("#m-m101")).ToBeAttachedAsync();
        Assert.InRange(await TopOfAsync("m160"), before - 2, before + 2);
        await site.Page.Locator("[data-jump]").ClickAsync();
        await Expect(site.Page.Locator("#m-m200")).ToBeInViewportAsync();

        await site.OpenAsync("/sessions/long?at=m20");
        await Expect(site.Page.Locator("#m-m20")).ToBeInViewportAsync();
        await Expect(site.Page.Locator(".marked")).ToHaveCountAsync(1);
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Newest messages" }).ClickAsync();
        await Expect(site.Page.Locator("#m-m200")).ToBeInViewportAsync();
        await site.NothingOverflowsAsync();

        Task<float> TopOfAsync(string id) => site.Page.EvaluateAsync<float>("id => document.getElementById('m-' + id).getBoundingClientRect().top", id);
    }
}
