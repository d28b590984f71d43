using ChatOllama.Tests.Import;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ChatOllama.Tests.Browser;

/// <summary>Chats move from one ChatOllama to another through the pages alone.</summary>
public class TransferJourneyTests(BrowserFixture browser)
{
    [Fact]
    public async Task What_was_exported_here_looks_the_same_there()
    {
        await using var old = await Site.StartAsync(browser);
        await old.Api.ChatAsync("""{"message":"What do **you** know?","session_id":"s"}""");
        await old.OpenAsync("/settings");
        var download = await old.Page.RunAndWaitForDownloadAsync(() => old.Page.GetByText("Export everything").ClickAsync());
        Assert.EndsWith(".zip", download.SuggestedFilename, StringComparison.Ordinal);
        await old.OpenAsync("/sessions/s");
        var before = await old.Page.Locator("[data-region=thread]").InnerTextAsync();

        await using var site = await Site.StartAsync(browser, visit => visit.ViewportSize = new() { Width = 390, Height = 844 });
        site.Expected.Add("400");
        await site.OpenAsync("/settings");
        await site.Page.EvaluateAsync("window.same = true");
        await site.Page.GetByLabel("Import chats").SetInputFilesAsync(new Microsoft.Playwright.FilePayload { Name = "nonsense.json", MimeType = "application/json", Buffer = "[1]"u8.ToArray() });
        var import = site.Page.Locator("[data-region=data] form button");
        await import.ClickAsync();
        await Expect(site.Page.Locator("[data-region=data] [role=alert]")).ToContainTextAsync("Nothing was imported");
        await site.Page.GetByLabel("Import chats").SetInputFilesAsync(await download.PathAsync());
        await import.ClickAsync();
        await Expect(site.Page.Locator(".told")).ToContainTextAsync("One chat was added.");
        Assert.True(await site.Page.EvaluateAsync<bool>("window.same"));
        await site.NothingOverflowsAsync();
        await site.Page.SetViewportSizeAsync(1280, 800);
        await site.OpenAsync("/sessions/s");
        Assert.Equal(before, await site.Page.Locator("[data-region=thread]").InnerTextAsync());
        Assert.Equal(2, (await site.Api.Client.ReadExportAsync()).Sessions[0].Messages.Count);
    }
}
