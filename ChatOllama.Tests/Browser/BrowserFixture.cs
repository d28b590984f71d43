using ChatOllama.Tests.Browser;
using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(BrowserFixture))]

namespace ChatOllama.Tests.Browser;

/// <summary>
/// One headless Chromium for the whole run, started when the first test asks for it. It is the machine's own: nothing is downloaded.
/// Where there is none, the tests that need it are skipped and say so.
/// </summary>
public sealed class BrowserFixture : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
    private readonly Lazy<Task<IBrowser>> _browser;
    private IPlaywright? _playwright;

    public BrowserFixture() => _browser = new(LaunchAsync);

    /// <summary>A visitor of their own: no cookies, no cache, nothing of other tests.</summary>
    public async Task<IBrowserContext> NewVisitorAsync(BrowserNewContextOptions options)
    {
        if (Executable() is null)
            Assert.Skip("There is no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to run the browser tests.");
        var browser = await _browser.Value;
        return await browser.NewContextAsync(options);
    }

    private static string? Executable() =>
        Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } chosen ? chosen : Array.Find(Places, File.Exists);

    private async Task<IBrowser> LaunchAsync()
    {
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Executable(),
            Headless = true,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (!_browser.IsValueCreated) return;
        await (await _browser.Value).DisposeAsync();
        _playwright?.Dispose();
    }
}
