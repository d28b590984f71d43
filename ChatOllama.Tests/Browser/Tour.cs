using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Models;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>One page in one state. Its name becomes that of its picture.</summary>
/// <param name="Do">What a visitor does before there is something to look at.</param>
internal sealed record Stop(string Name, string Path, Func<Site, Task>? Do = null);

/// <summary>
/// Every page of the web in every state worth a look, for the tests of accessibility and for the pictures. A new page is one line in <see cref="Stops"/>.
/// </summary>
internal static class Tour
{
    private const string OpenAll = "for (const part of document.querySelectorAll('main details, .side details')) part.open = true";
    private const string FirstDialog = "document.querySelector('dialog:not([open])')?.showModal()";

    public static IReadOnlyList<Stop> Stops { get; } =
    [
        new("home", "/"),
        new("home-dialog", "/", site => site.Page.EvaluateAsync(FirstDialog)),
        new("chat", "/sessions/hash-tables"),
        new("chat-top", "/sessions/hash-tables", site => site.Page.EvaluateAsync("scrollTo(0, 0)")),
        new("chat-all-open", "/sessions/hash-tables", site => site.Page.EvaluateAsync(OpenAll)),
        new("chat-formulas", "/sessions/formulas"),
        new("chat-code", "/sessions/code"),
        new("chat-failed", "/sessions/failed"),
        new("chats", "/chats"),
        new("manage", "/sessions/hash-tables/manage"),
        new("options", "/sessions/hash-tables/options"),
        new("search", "/search?q=table"),
        new("search-nothing", "/search?q=xylophone"),
        new("models", "/models"),
        new("models-all-open", "/models", site => site.Page.EvaluateAsync(OpenAll)),
        new("model", "/models", FirstModelAsync),
        new("model-delete", "/models/demo%3Alatest/delete"),
        new("model-new", "/models/new", site => site.Page.EvaluateAsync(OpenAll)),
        new("pulls", "/models/pulls"),
        new("stats", "/models/stats"),
        new("settings", "/settings"),
        new("settings-imported", "/settings", ImportAsync),
        new("problem", "/sessions/nowhere"),
        new("chat-running", "/", RunningAsync),
    ];

    public static async Task<Site> BeginAsync(BrowserFixture browser, bool phone, bool dark = false)
    {
        var site = await Site.StartAsync(browser, options =>
        {
            options.ViewportSize = phone ? new() { Width = 390, Height = 844 } : new() { Width = 1280, Height = 800 };
            (options.HasTouch, options.IsMobile) = (phone, phone);
            options.ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light;
            options.ReducedMotion = ReducedMotion.Reduce;
        });
        site.Expected.Add("404");
        site.Ollama.AddModel(EmulatedModel.Talker("llama3.2"));
        site.Ollama.AllowPull("qwen3:8b");
        site.Ollama.PullGate = new Gate();
        (await site.Api.PostAsync("/v1/models/pull", """{"name":"nothing-of-this-name"}""")).Dispose();
        (await site.Api.PostAsync("/v1/models/pull", """{"name":"qwen3:8b"}""")).Dispose();
        await SayAsync(site, "code", "Show me code in some languages", TourTexts.Code);
        await SayAsync(site, "formulas", "Which formulas should everybody know?", TourTexts.Formulas);
        site.Ollama.ScriptNext("demo", new ChatScript().Token("The first words").Error("model runner has unexpectedly stopped, this may be due to resource limitations"));
        (await site.Api.PostAsync("/v1/chat", """{"session_id":"failed","message":"Tell me everything about bread"}""")).Dispose();
        await SayAsync(site, "hash-tables", "How does a hash table work, and what does it cost?", TourTexts.Answer, "The user wants to know about hash tables. I will start with the idea, then show an example, then the cost.");
        return site;
    }

    public static async Task GoAsync(Site site, Stop stop)
    {
        await site.OpenAsync(stop.Path);
        if (stop.Do is not null) await stop.Do(site);
        await site.Page.EvaluateAsync("document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))");
    }

    private static async Task SayAsync(Site site, string session, string question, string answer, string? thinking = null)
    {
        var script = new ChatScript();
        if (thinking is not null) script.Thinking(thinking);
        site.Ollama.ScriptNext("demo", script.Token(answer).Done());
        await site.Api.ChatAsync($$"""{"session_id":"{{session}}","message":"{{question}}"}""");
    }

    private static async Task ImportAsync(Site site)
    {
        await site.Page.GetByLabel("Import chats").SetInputFilesAsync(new FilePayload { Name = "conversations.json", MimeType = "application/json", Buffer = System.Text.Encoding.UTF8.GetBytes(Import.ImportSteps.Sample("open-webui.json")) });
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Import", Exact = true }).ClickAsync();
        await Expect(site.Page.Locator(".told")).ToContainTextAsync("was imported");
        await site.Page.EvaluateAsync(OpenAll);
        await site.Page.EvaluateAsync("document.querySelector('#data').scrollIntoView()");
    }

    private static async Task FirstModelAsync(Site site)
    {
        await site.Page.Locator("main a[href^='/models/']").First.ClickAsync();
        await Expect(site.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/models/.+"));
    }

    private static async Task RunningAsync(Site site)
    {
        site.Ollama.ScriptNext("demo", new ChatScript().Token("A hash table keeps its entries in **buckets**.\n\n1. The key is hashed\n2. The number picks").StallForever());
        await site.Page.GetByLabel("Message", new() { Exact = true }).FillAsync("And how is it done in C#?");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(site.Answer).ToContainTextAsync("The number picks");
    }
}
