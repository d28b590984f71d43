using System.Text.RegularExpressions;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Models;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>What a person does before and while sending: drafts, files, choosing a model, options, temporary chats.</summary>
public class ComposerJourneyTests(BrowserFixture browser)
{
    private const string Picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    private static readonly byte[] Png = Convert.FromBase64String(Picture);

    [Fact]
    public async Task A_draft_survives_a_reload_and_a_lost_answer_of_the_server_makes_no_second_message()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.Script("demo", new ChatScript().Token("Hi.").Done());
        site.Ollama.Script("demo-think", new ChatScript().Token("Hi.").Done());
        await site.OpenAsync("/");
        var field = site.Page.GetByLabel("Message", new() { Exact = true });
        await Expect(field).ToBeFocusedAsync();
        await field.FillAsync("Half a thought");
        await site.ChooseModelAsync("demo-think:latest");
        await site.Page.Locator("#think").SelectOptionAsync("false");
        await site.Page.ReloadAsync();
        await Expect(field).ToHaveValueAsync("Half a thought");
        await Expect(site.Page.Locator("#model")).ToHaveValueAsync("demo-think:latest");
        await Expect(site.Page.Locator("#think")).ToHaveValueAsync("false");

        // The server stores the message, and the way back is cut.
        site.Expected.Add("net::ERR_FAILED");
        await site.Page.RouteAsync("**/send", async route =>
        {
            await route.FetchAsync(new() { MaxRedirects = 0 });
            await route.AbortAsync();
        });
        await field.PressAsync("Enter");
        await Expect(site.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("cannot be reached");
        await Expect(field).ToHaveValueAsync("Half a thought");
        await site.Page.UnrouteAllAsync();
        await field.PressAsync("Enter");
        await Expect(site.Page).ToHaveURLAsync(new Regex("/sessions/"));
        await site.EndedAsync();
        await Expect(site.Page.Locator(".you")).ToHaveCountAsync(1);
        Assert.Equal(1, site.Ollama.StartedChats);
        Assert.False(site.Ollama.ChatRequests[^1].Body.GetProperty("think").GetBoolean());
        // How to think stays with the chat, the words are gone everywhere.
        await Expect(site.Page.Locator("#think")).ToHaveValueAsync("false");
        await Expect(field).ToHaveValueAsync("");
        await site.OpenAsync("/");
        await Expect(field).ToHaveValueAsync("");
        await Expect(site.Page.Locator("#model")).ToHaveValueAsync("demo-think:latest");
    }

    [Fact]
    public async Task Images_and_files_are_picked_pasted_and_dropped_and_a_model_that_cannot_see_is_named()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.Script("demo-vision", new ChatScript().Token("A dot.").Done());
        site.Expected.Add("415");
        await site.OpenAsync("/");
        var chips = site.Page.Locator(".chips li");
        await site.Page.Locator("input[type=file]").SetInputFilesAsync([File("picked.png", "image/png", Png), File("broken.cs", "", [0, 1, 2]), File("film.mp4", "video/mp4", [1])]);
        await GiveAsync(site, "paste", "pasted.png", "image/png", Picture);
        await GiveAsync(site, "drop", "dropped.md", "text/markdown", Convert.ToBase64String("# Shopping\nmilk"u8));
        await Expect(chips).ToHaveCountAsync(5);
        await Expect(site.Page.Locator(".chips li:not(.bad) [name=attachment]:enabled")).ToHaveCountAsync(3);
        foreach (var name in new[] { "broken.cs", "film.mp4" })
        {
            await Expect(chips.Filter(new() { HasText = name }).GetByRole(AriaRole.Alert)).ToContainTextAsync("cannot be used");
            await site.Page.GetByRole(AriaRole.Button, new() { Name = "Remove " + name }).ClickAsync();
        }
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Remove pasted.png" }).PressAsync("Enter");
        await Expect(chips).ToHaveCountAsync(2);
        await site.Page.ReloadAsync();
        await Expect(chips).ToHaveTextAsync([new Regex("picked.png"), new Regex("dropped.md")]);

        await Expect(site.Page.Locator("[data-blind]")).ToContainTextAsync("demo:latest cannot see images");
        site.Expected.Add("400");
        await site.SayAsync("What do you see?");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send with demo-vision:latest" }).ClickAsync();
        await Expect(site.Page).ToHaveURLAsync(new Regex("/sessions/"));
        await Expect(site.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("picked.png") })).ToBeVisibleAsync();
        await Expect(site.Page.Locator(".attached a", new() { HasText = "dropped.md" })).ToBeVisibleAsync();
        await site.EndedAsync();
        var question = site.Ollama.ChatRequests[^1].Body.GetProperty("messages")[0];
        Assert.Equal(Picture, question.GetProperty("images")[0].GetString());
        Assert.Contains("milk", question.GetProperty("content").GetString());
    }

    [Fact]
    public async Task Many_models_are_searched_and_chosen_by_keyboard()
    {
        await using var site = await Site.StartAsync(browser);
        for (var i = 0; i < 9; i++) site.Ollama.AddModel(EmulatedModel.Talker("extra" + i));
        (await site.Api.PostAsync("/v1/models/sync", "")).Dispose();
        await site.OpenAsync("/");
        var button = site.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Model: ") });
        await button.PressAsync("Enter");
        var search = site.Page.GetByRole(AriaRole.Combobox, new() { Name = "Search models" });
        await Expect(search).ToBeFocusedAsync();
        await search.PressSequentiallyAsync("extra 7");
        await Expect(site.Page.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await search.PressAsync("Enter");
        await Expect(button).ToHaveAccessibleNameAsync("Model: extra7:latest. Choose another");
        await Expect(button).ToBeFocusedAsync();
        await button.PressAsync("ArrowUp");
        await search.PressAsync("Escape");
        await Expect(search).ToBeHiddenAsync();
        await button.PressAsync("ArrowUp");
        await search.FillAsync("sees");
        await Expect(site.Page.GetByRole(AriaRole.Option)).ToContainTextAsync("demo-vision:latest");
        await search.FillAsync("nothing like it");
        await Expect(site.Page.Locator(".picker .none")).ToHaveTextAsync("No model of that name");
        await Expect(site.Page.Locator("#model")).ToHaveValueAsync("extra7:latest");
    }

    [Fact]
    public async Task A_new_chat_takes_its_options_along_and_they_are_changed_in_a_dialog()
    {
        await using var site = await Site.StartAsync(browser);
        site.Ollama.Script("demo", new ChatScript().Token("Hi.").Done());
        site.Expected.Add("400");
        await site.OpenAsync("/");
        await site.Page.Locator("details.options summary").ClickAsync();
        await site.Page.GetByLabel("System prompt").FillAsync("Be brief.");
        await site.Page.GetByLabel("Temperature").FillAsync("9");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await site.Page.ReloadAsync();
        await site.SayAsync("Hello");
        await Expect(site.Page.Locator(".option-field:has(#o-temperature) .error")).ToHaveTextAsync("Must be a number from 0 to 2.");
        await site.Page.GetByLabel("Temperature").FillAsync("0.3");
        await site.SayAsync("Hello");
        await Expect(site.Page).ToHaveURLAsync(new Regex("/sessions/"));
        await site.EndedAsync();
        Assert.Equal("0.3", site.Ollama.ChatRequests[^1].Body.GetProperty("options").GetProperty("temperature").ToString());

        await site.Page.EvaluateAsync("window.stayed = true");
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Options of this chat (some are set)" }).ClickAsync();
        var dialog = site.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByLabel("System prompt")).ToHaveValueAsync("Be brief.");
        await dialog.GetByLabel("Top-p").FillAsync("2");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(dialog.GetByLabel("Top-p")).ToBeFocusedAsync();
        await Expect(dialog.GetByLabel("Top-p")).ToHaveAttributeAsync("aria-invalid", "true");
        await dialog.GetByLabel("Top-p").FillAsync("0.5");
        await dialog.GetByLabel("Temperature").FillAsync("");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(site.Page.Locator(".toast")).ToContainTextAsync("Options saved.");
        await site.SayAsync("Again");
        await Expect(site.Page.Locator(".you")).ToHaveCountAsync(2);
        await site.EndedAsync();
        Assert.True(await site.Page.EvaluateAsync<bool>("window.stayed === true"));
        var options = site.Ollama.ChatRequests[^1].Body.GetProperty("options");
        Assert.Equal("0.5", options.GetProperty("top_p").ToString());
        Assert.False(options.TryGetProperty("temperature", out _));
    }

    [Fact]
    public async Task On_a_phone_a_temporary_chat_streams_stops_goes_on_outlives_a_reload_and_is_gone_when_closed()
    {
        await using var site = await Site.StartAsync(browser, options =>
        {
            options.ViewportSize = new() { Width = 360, Height = 740 };
            options.IsMobile = options.HasTouch = true;
        });
        site.Ollama.ScriptNext("demo", new ChatScript().Token("First words").StallForever());
        site.Ollama.ScriptNext("demo", new ChatScript().Token("Second answer.").Done());
        await site.OpenAsync("/");
        var field = site.Page.GetByLabel("Message", new() { Exact = true });
        await Expect(site.Page.Locator("button.pick")).ToBeVisibleAsync();
        await Expect(field).Not.ToBeFocusedAsync();
        await site.Page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Temporary chat") }).CheckAsync();
        await field.FillAsync("A secret");
        await field.PressAsync("Enter");
        await field.PressSequentiallyAsync("in two lines");
        await Expect(field).ToHaveValueAsync("A secret\nin two lines");
        await site.NothingOverflowsAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(site.Page.Locator(".note.temporary")).ToContainTextAsync("not stored");
        await Expect(site.Answer).ToContainTextAsync("First words");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await site.Ollama.WaitForAbortAsync(1);
        await site.EndedAsync();
        await field.FillAsync("Go on");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(site.Answer).ToHaveTextAsync("Second answer.");
        await site.EndedAsync();
        await site.Page.ReloadAsync();
        await Expect(site.Page.Locator(".you")).ToHaveTextAsync(["A secret\nin two lines", "Go on"]);
        await Expect(site.Page.Locator(".list [aria-current]")).ToHaveCountAsync(0);
        await site.NothingOverflowsAsync();

        var address = site.Page.Url;
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Close and forget" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Temporary chat") })).Not.ToBeCheckedAsync();
        site.Expected.Add("404");
        await site.Page.GotoAsync(address);
        await Expect(site.Page.Locator(".you")).ToHaveCountAsync(0);
        Assert.Equal("", await site.Page.EvaluateAsync<string>("Object.values(localStorage).join().replace(/[^]*secret[^]*/, 'found')"));
    }

    [Fact]
    public async Task Without_scripts_a_file_goes_with_the_form_and_options_have_a_page()
    {
        await using var site = await Site.StartAsync(browser, options => options.JavaScriptEnabled = false);
        site.Ollama.Script("demo", new ChatScript().Token("Read.").Done());
        await site.OpenAsync("/");
        await site.Page.Locator("input[type=file]").SetInputFilesAsync([File("list.txt", "text/plain", "milk, eggs"u8.ToArray())]);
        await site.Page.GetByLabel("Message", new() { Exact = true }).FillAsync("What is on it?");
        await site.Page.GetByLabel("Model", new() { Exact = true }).SelectOptionAsync("demo:latest");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(site.Page.Locator(".attached")).ToContainTextAsync("list.txt");
        await site.EndedAsync();
        Assert.Contains("milk, eggs", site.Ollama.ChatRequests[^1].Body.GetProperty("messages")[0].GetProperty("content").GetString());

        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Options of this chat" }).ClickAsync();
        site.Expected.Add("400");
        await site.Page.GetByLabel("Seed").FillAsync("seven");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(site.Page.Locator(".option-field:has(#o-seed) .error")).ToContainTextAsync("whole number");
        await site.Page.GetByLabel("Seed").FillAsync("7");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Link, new() { Name = "Options of this chat (some are set)" })).ToBeVisibleAsync();
    }

    private static FilePayload File(string name, string type, byte[] bytes) => new() { Name = name, MimeType = type, Buffer = bytes };

    /// <summary>A file from the clipboard or from another window.</summary>
    private static async Task GiveAsync(Site site, string way, string name, string type, string base64) => await site.Page.EvaluateAsync(
        """
        ([way, name, type, base64]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))], name, { type }));
          const event = way === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
          document.querySelector("#message").dispatchEvent(event);
        }
        """, new[] { way, name, type, base64 });
}
