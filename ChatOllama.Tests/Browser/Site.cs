using System.Collections.Concurrent;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Web;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>
/// The whole application, a scripted Ollama behind it and one visitor before it. Whatever the browser complains about,
/// and every request that leaves our origin, is remembered: <see cref="DisposeAsync"/> fails the test for it.
/// </summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly ApiHost _api;
    private readonly WebHost _web;
    private readonly IBrowserContext _visitor;
    private readonly ConcurrentQueue<string> _complaints = new();

    private Site(ApiHost api, WebHost web, IBrowserContext visitor, IPage page) => (_api, _web, _visitor, Page) = (api, web, visitor, page);

    public IPage Page { get; }

    public ApiHost Api => _api;

    public EmulatorControl Ollama => _api.Ollama;

    /// <summary>What the page is expected to complain about, e.g. a refused form: part of the text.</summary>
    public List<string> Expected { get; } = [];

    public static async Task<Site> StartAsync(BrowserFixture browser, Action<BrowserNewContextOptions>? visit = null, Action<ApiSetup>? setup = null)
    {
        var options = new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-GB" };
        visit?.Invoke(options);
        var visitor = await browser.NewVisitorAsync(options);
        visitor.SetDefaultTimeout(15_000);
        var api = await ApiHost.StartAsync(host =>
        {
            host.Emulator = emulator => emulator.Faults = false;
            setup?.Invoke(host);
        });
        if (api.HasEmulator) (await api.PostAsync("/v1/models/sync", "")).Dispose();
        var web = await WebHost.StartAsync(new Uri(api.Url));
        var site = new Site(api, web, visitor, await visitor.NewPageAsync());
        site.Watch(site.Page);
        await site.Page.AddInitScriptAsync("addEventListener('securitypolicyviolation', e => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))");
        return site;
    }

    /// <summary>Another tab of the same visitor.</summary>
    public async Task<IPage> NewTabAsync()
    {
        var tab = await _visitor.NewPageAsync();
        Watch(tab);
        return tab;
    }

    public string At(string path) => new Uri(_web.Url, path).ToString();

    public Task OpenAsync(string path) => Page.GotoAsync(At(path));

    /// <summary>Types into the field at the foot, as a person does, and presses Enter.</summary>
    public async Task SayAsync(string text)
    {
        // Enter that is pressed before the script is there begins a new line.
        await Expect(Page.Locator("chat-composer:defined")).ToHaveCountAsync(1);
        var field = Page.GetByLabel("Message", new() { Exact = true });
        await field.FillAsync(text);
        await field.PressAsync("Enter");
    }

    /// <summary>Chooses a model from the list above the field.</summary>
    public async Task ChooseModelAsync(string name)
    {
        await Page.Locator("button.pick").ClickAsync();
        await Page.GetByRole(AriaRole.Option, new() { Name = name }).First.ClickAsync();
        await Expect(Page.Locator("#model")).ToHaveValueAsync(name);
    }

    /// <summary>The prose of the newest answer.</summary>
    public ILocator Answer => AnswerIn(Page);

    public static ILocator AnswerIn(IPage page) => page.Locator("[aria-label^='Answer of'] .prose:not([data-part=thinking])").Last;

    /// <summary>A finished answer has a receipt or says how it ended.</summary>
    public Task EndedAsync() => Expect(Page.Locator("article").Last.Locator(".receipt")).ToBeVisibleAsync(new() { Timeout = 20_000 });

    public async Task NothingOverflowsAsync() =>
        Assert.Equal(0, await Page.EvaluateAsync<int>("Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"));

    private void Watch(IPage page)
    {
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => _complaints.Enqueue("uncaught: " + error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_web.Url.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:" + _web.Url, StringComparison.Ordinal))
                _complaints.Enqueue("left our origin: " + request.Url);
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _visitor.DisposeAsync();
        await _web.DisposeAsync();
        await _api.DisposeAsync();
        Assert.DoesNotContain(_complaints, complaint => !Expected.Exists(known => complaint.Contains(known, StringComparison.Ordinal)));
    }
}

/// <summary>A gate in a script that the test opens.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _open.TrySetResult();

    public static implicit operator Task(Gate gate) => gate._open.Task;
}
