using Xunit;

namespace ChatOllama.Tests.Browser;

/// <summary>
/// Takes pictures of every page where <c>SCREENSHOTS</c> names a folder, to be looked at. Where it does not, one of the first page,
/// so that the camera is known to work.
/// </summary>
public class PictureTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Every_page_in_every_state_is_photographed(bool phone, bool dark)
    {
        var folder = Environment.GetEnvironmentVariable("SCREENSHOTS");
        var wanted = string.IsNullOrEmpty(folder) ? Tour.Stops.Take(1) : Tour.Stops;
        await using var site = await Tour.BeginAsync(browser, phone, dark);
        foreach (var stop in wanted)
        {
            await Tour.GoAsync(site, stop);
            var name = $"{stop.Name}-{(phone ? "phone" : "desktop")}-{(dark ? "dark" : "light")}.png";
            var picture = await site.Page.ScreenshotAsync(new() { Path = string.IsNullOrEmpty(folder) ? null : Path.Combine(folder, name) });
            Assert.True(picture.Length > 10_000, $"{name} shows nothing");
        }
    }
}
