using System.Text.RegularExpressions;
using ChatOllama.Emulator.Control;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>What a person does in a chat, in a real browser on the whole application.</summary>
public class ChatJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task A_question_is_answered_in_rendered_Markdown_that_outlives_a_reload_and_is_seen_in_another_tab()
    {
        await using var site = await Site.StartAsync(browser);
        var (half, end) = (new Gate(), new Gate());
        site.Ollama.Script("demo", new ChatScript().Tokens("Here is **how**:\n\n```python\n", "print('hello')\n").WaitFor(half)
            .Tokens("```\n\n| When | What |\n|---|---|\n| Sunday | Bake |\n\n", "And the").WaitFor(end).Token(" end.").Done());

        await site.OpenAsync("/");
        await site.SayAsync("How do I bake?");
        await Expect(site.Page).ToHaveURLAsync(new Regex("/sessions/"));
        await Expect(site.Page.Locator(".you")).ToHaveTextAsync("How do I bake?");
        await Expect(site.Answer.Locator("strong")).ToHaveTextAsync("how");
        await Expect(site.Answer.Locator("figure.code code")).ToContainTextAsync("print('hello')");
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" })).ToBeVisibleAsync();

        var tab = await site.NewTabAsync();
        await tab.GotoAsync(site.Page.Url);
        await Expect(Site.AnswerIn(tab).Locator("figure.code code")).ToContainTextAsync("print('hello')");
        half.Open();
        await Expect(site.Answer.Locator("table td").First).ToHaveTextAsync("Sunday");

        await site.Page.ReloadAsync();
        await Expect(site.Answer).ToContainTextAsync("And the");
        end.Open();
        await Expect(site.Answer).ToContainTextAsync("And the end.");
        await site.EndedAsync();
        await tab.BringToFrontAsync();
        await Expect(Site.AnswerIn(tab)).ToContainTextAsync("And the end.");
        await Expect(tab.Locator(".receipt")).ToContainTextAsync("tokens");
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToBeVisibleAsync();
        await Expect(site.Page.Locator(".list a[aria-current] .pulse")).ToHaveCountAsync(0);
        Assert.Equal(1, site.Ollama.StartedChats);
    }

    [Fact]
    public async Task A_second_question_stays_on_the_page_and_Shift_Enter_breaks_the_line()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.ScriptNext("demo", new ChatScript().Token("First answer.").Done());
        var gate = new Gate();
        site.Ollama.ScriptNext("demo", new ChatScript().Token("Second ").WaitFor(gate).Token("answer.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("One");
        await site.EndedAsync();
        await site.Page.EvaluateAsync("window.stayed = true");
        var field = site.Page.GetByLabel("Message", new() { Exact = true });
        await field.FillAsync("Two");
        await field.PressAsync("Shift+Enter");
        await field.PressSequentiallyAsync("lines");
        await Expect(field).ToHaveValueAsync("Two\nlines");
        await field.PressAsync("Enter");
        await Expect(site.Answer).ToContainTextAsync("Second");
        await Expect(site.Page.Locator(".you").Last).ToHaveTextAsync("Two\nlines");
        await Expect(field).ToHaveValueAsync("");
        gate.Open();
        await Expect(site.Answer).ToHaveTextAsync("Second answer.");
        await site.EndedAsync();
        Assert.True(await site.Page.EvaluateAsync<bool>("window.stayed === true"));
        Assert.Equal(2, await site.Page.Locator("[aria-label^='Answer of']").CountAsync());
    }

    [Fact]
    public async Task Stop_keeps_the_words_and_continue_finishes_the_answer()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.ScriptNext("demo", new ChatScript().Token("The first half,").StallForever());
        site.Ollama.ScriptNext("demo", new ChatScript().Token(" and the second half.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("Tell me");
        await Expect(site.Answer).ToContainTextAsync("The first half,");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await site.Ollama.WaitForAbortAsync(1);
        await Expect(site.Page.Locator(".state")).ToHaveTextAsync("Stopped.");
        await Expect(site.Answer).ToHaveTextAsync("The first half,");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("The first half, and the second half.");
        await site.EndedAsync();
    }

    [Fact]
    public async Task A_failed_answer_says_why_in_Ollamas_words_and_can_be_tried_again()
    {
        await using var site = await Site.StartAsync(browser);
        const string Sentence = "model requires more system memory (12.1 GiB) than is available (7.6 GiB)";
        site.Ollama.ScriptNext("demo", new ChatScript().Status(500, "{\"error\":\"" + Sentence + "\"}"));
        site.Ollama.ScriptNext("demo", new ChatScript().Token("Now it works.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("Try");
        await Expect(site.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = Sentence })).ToBeVisibleAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("Now it works.");
        await Expect(site.Page.Locator(".you")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task While_a_model_loads_the_page_says_so_with_a_clock_and_thinking_is_folded()
    {
        await using var site = await Site.StartAsync(browser);
        var (load, words) = (new Gate(), new Gate());
        site.Ollama.Script("demo-think", new ChatScript().WaitFor(load).Thinking("Let me *see*.").WaitFor(words).Token("Done thinking.").Done());
        await site.OpenAsync("/");
        await site.ChooseModelAsync("demo-think:latest");
        await site.SayAsync("Think");
        await Expect(site.Page.Locator(".phase")).ToHaveTextAsync(new Regex(@"^Loading the model · \d+\.\d s$"));
        load.Open();
        await Expect(site.Page.Locator("details.think")).ToBeVisibleAsync();
        await site.Page.Locator("details.think summary").ClickAsync();
        await Expect(site.Page.Locator("details.think em")).ToHaveTextAsync("see");
        words.Open();
        await Expect(site.Answer).ToHaveTextAsync("Done thinking.");
        await site.EndedAsync();
        await Expect(site.Page.Locator("details.think em")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Words_that_cannot_be_sent_stay_in_the_field()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.Script("demo", new ChatScript().Token("Hi.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("Hello");
        await site.EndedAsync();
        site.Expected.Add("net::ERR_FAILED");
        await site.Page.RouteAsync("**/send", route => route.AbortAsync());
        await site.SayAsync("Precious words");
        await Expect(site.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "cannot be reached" })).ToBeVisibleAsync();
        await Expect(site.Page.GetByLabel("Message", new() { Exact = true })).ToHaveValueAsync("Precious words");
        await site.Page.UnrouteAllAsync();
        await site.Page.GetByLabel("Message", new() { Exact = true }).PressAsync("Enter");
        await Expect(site.Page.Locator(".you").Last).ToHaveTextAsync("Precious words");
        await Expect(site.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    }
}
