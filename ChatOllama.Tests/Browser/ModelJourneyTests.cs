using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Models;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>The list of the models and the page of one, as people use them.</summary>
public class ModelJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task Models_are_synced_chosen_switched_off_and_set_up_without_leaving_the_page()
    {
        await using var site = await Site.StartAsync(browser);
        site.Expected.Add("400");
        var page = site.Page;
        await site.OpenAsync("/models");
        await page.EvaluateAsync("window.same = true");
        await Expect(Row(page, "demo:latest")).ToContainTextAsync("default");
        site.Ollama.AddModel(EmulatedModel.Talker("newcomer"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sync" }).ClickAsync();
        await Expect(Row(page, "newcomer:latest")).ToBeVisibleAsync();

        await DoAsync(page, "newcomer:latest", "Make newcomer:latest the default");
        await Expect(page.Locator(".models tbody th").First).ToContainTextAsync("newcomer:latest");
        await Expect(page.Locator(".tag.on")).ToHaveCountAsync(1);
        await DoAsync(page, "demo:latest", "Switch off demo:latest");
        await Expect(Row(page, "demo:latest").Locator(".tag")).ToContainTextAsync(["off"]);
        Assert.True(await page.EvaluateAsync<bool>("window.same"));

        await page.GetByRole(AriaRole.Link, new() { Name = "newcomer:latest" }).ClickAsync();
        await page.EvaluateAsync("window.same = true");
        await page.GetByLabel("Name shown").FillAsync("The new one");
        await page.GetByLabel("Temperature").FillAsync("5");
        await page.GetByLabel("Top P").FocusAsync();
        await Expect(page.Locator("#temperature-wrong")).ToHaveTextAsync("From 0 to 2.");
        await page.GetByLabel("System prompt").FillAsync("Say yes.");
        await SaveSettingsAsync(page);
        await Expect(Outcome(page)).ToHaveTextAsync("Not saved. See the fields that are marked.");
        await Expect(page.GetByLabel("Temperature")).ToBeFocusedAsync();
        await Expect(page.GetByLabel("System prompt")).ToHaveValueAsync("Say yes.");
        await page.GetByLabel("Temperature").FillAsync("0.25");
        await SaveSettingsAsync(page);
        await Expect(Outcome(page)).ToHaveTextAsync("Saved.");
        // The other form is a thing of its own: what stands in it is neither saved nor lost.
        await Expect(page.GetByLabel("Name shown")).ToHaveValueAsync("The new one");
        await page.Locator("[data-region=model-about] button").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("The new one");
        await Expect(page).ToHaveTitleAsync("The new one · ChatOllama");
        Assert.True(await page.EvaluateAsync<bool>("window.same"));

        site.Ollama.Script("newcomer", new ChatScript().Token("Yes.").Done());
        await site.OpenAsync("/");
        await site.SayAsync("Hello");
        await site.EndedAsync();
        var sent = site.Ollama.ChatRequests[^1].Body.ToString();
        Assert.Contains("Say yes.", sent);
        Assert.Contains("\"temperature\":0.25", sent);
    }

    [Fact]
    public async Task Settings_are_reset_on_a_phone_and_kept_when_that_is_not_saved()
    {
        await using var site = await Site.StartAsync(browser, options =>
        {
            options.ViewportSize = new() { Width = 360, Height = 740 };
            options.HasTouch = true;
            options.IsMobile = true;
        });
        site.Ollama.AddModel(EmulatedModel.Talker("hf.co/" + new string('a', 60) + "/" + new string('b', 60) + ":Q4"));
        (await site.Api.PostAsync("/v1/models/sync", "")).Dispose();
        (await site.Api.Client.PutAsync("/v1/models/demo/config", new StringContent("""{"temperature":0.5,"system_prompt":"Precious"}""", System.Text.Encoding.UTF8, "application/json"))).Dispose();
        var page = site.Page;
        await site.OpenAsync("/models");
        await site.NothingOverflowsAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "demo:latest" }).TapAsync();
        await Expect(page.GetByLabel("Temperature")).ToHaveValueAsync("0.5");
        await site.NothingOverflowsAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Reset to the model’s own" }).TapAsync();
        await Expect(page.GetByLabel("System prompt")).ToHaveValueAsync("");
        await Expect(Outcome(page)).ToContainTextAsync("All fields are empty now.");
        await page.ReloadAsync();
        await Expect(page.GetByLabel("System prompt")).ToHaveValueAsync("Precious");
        await page.GetByRole(AriaRole.Link, new() { Name = "Reset to the model’s own" }).TapAsync();
        await SaveSettingsAsync(page);
        await Expect(Outcome(page)).ToHaveTextAsync("Saved.");
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Temperature")).ToHaveValueAsync("");
        await page.GetByRole(AriaRole.Link, new() { Name = "All models" }).TapAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Models");
    }

    [Fact]
    public async Task Among_many_models_one_is_found_by_typing()
    {
        await using var site = await Site.StartAsync(browser);
        for (var i = 0; i < 15; i++) site.Ollama.AddModel(EmulatedModel.Talker("model" + i));
        (await site.Api.PostAsync("/v1/models/sync", "")).Dispose();
        await site.OpenAsync("/models");
        var rows = site.Page.Locator(".models tbody tr:visible");
        await site.Page.GetByLabel("Filter models").FillAsync("model12");
        await Expect(rows).ToHaveCountAsync(1);
        // What comes from the server meanwhile does not undo it.
        await DoAsync(site.Page, "model12:latest", "Switch off model12:latest");
        await Expect(rows.Locator(".tag")).ToHaveTextAsync("off");
        await Expect(rows).ToHaveCountAsync(1);
        await site.Page.GetByLabel("Filter models").FillAsync("nonsense");
        await Expect(site.Page.GetByText("No model matches.")).ToBeVisibleAsync();
        await site.Page.GetByLabel("Filter models").FillAsync("");
        await Expect(rows).ToHaveCountAsync(site.Ollama.Models.Count);
    }

    [Fact]
    public async Task Without_scripts_a_model_is_set_up_and_a_refusal_keeps_what_was_typed()
    {
        await using var site = await Site.StartAsync(browser, options => options.JavaScriptEnabled = false);
        site.Expected.Add("400");
        var page = site.Page;
        await site.OpenAsync("/models");
        await DoAsync(page, "demo-vision:latest", "Make demo-vision:latest the default");
        await Expect(page.Locator(".models tbody th").First).ToContainTextAsync("demo-vision:latest");
        await page.GetByRole(AriaRole.Link, new() { Name = "demo-vision:latest" }).ClickAsync();
        await page.GetByLabel("Stay in memory").FillAsync("soon");
        await page.GetByLabel("Context length").FillAsync("2048");
        await SaveSettingsAsync(page);
        await Expect(page.Locator("#keep_alive-wrong")).ToHaveTextAsync("A duration such as 10m, or seconds.");
        await Expect(page.GetByLabel("Context length")).ToHaveValueAsync("2048");
        await page.GetByLabel("Stay in memory").FillAsync("10m");
        await SaveSettingsAsync(page);
        await Expect(Outcome(page)).ToHaveTextAsync("Saved.");
        using var detail = await site.Api.Client.GetAsync("/v1/models/demo-vision");
        var config = System.Text.Json.JsonSerializer.Deserialize(await detail.Content.ReadAsStringAsync(), ContractsJson.Default.ModelDetail)!.Config;
        Assert.Equal((2048, "10m"), (config.ContextLength, config.KeepAlive.ToString()));
    }

    private static ILocator Row(IPage page, string name) => page.Locator(".models tbody tr").Filter(new() { Has = page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).First });

    private static async Task DoAsync(IPage page, string model, string deed)
    {
        await Row(page, model).Locator("details.more summary").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = deed, Exact = true }).ClickAsync();
    }

    private static Task SaveSettingsAsync(IPage page) => page.Locator("[data-region=model-settings] button").ClickAsync();

    private static ILocator Outcome(IPage page) => page.Locator("[data-region=model-settings] [role=status]");
}
