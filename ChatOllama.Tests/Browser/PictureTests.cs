using Xunit;

namespace ChatOllama.Tests.Browser;

/// <summary>Not a test: takes pictures of every page where <c>SCREENSHOTS</c> names a folder, to be looked at.</summary>
public class PictureTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Every_page_in_every_state_is_photographed(bool phone, bool dark)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is not { Length: > 0 } folder)
        {
            Assert.Skip("Set SCREENSHOTS to a folder to take the pictures.");
            return;
        }
        await using var site = await Tour.BeginAsync(browser, phone, dark);
        foreach (var stop in Tour.Stops)
        {
            await Tour.GoAsync(site, stop);
            await site.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{stop.Name}-{(phone ? "phone" : "desktop")}-{(dark ? "dark" : "light")}.png") });
        }
    }
}
