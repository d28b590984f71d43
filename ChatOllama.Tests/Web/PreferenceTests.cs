using System.Net;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>A visitor's language, theme and text size.</summary>
public class PreferenceTests
{
    [Fact]
    public async Task The_language_is_what_the_browser_asks_for_until_one_is_chosen()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        Assert.Equal("en", (await web.OpenAsync("/")).Document.DocumentElement.GetAttribute("lang"));
        web.Http.DefaultRequestHeaders.Add("Accept-Language", "fr, de-AT;q=0.8, en;q=0.5");
        var german = await web.OpenAsync("/");
        Assert.Equal("de", german.Document.DocumentElement.GetAttribute("lang"));
        Assert.Equal("Neuer Chat", german.Text("a.new span"));
        web.Http.DefaultRequestHeaders.Add("Cookie", "chatollama.preferences=language%3Den%26theme%3Ddark%26text%3Dlarge");
        var chosen = (await web.OpenAsync("/")).Document.DocumentElement;
        Assert.Equal(("en", "dark", "large"), (chosen.GetAttribute("lang"), chosen.GetAttribute("data-theme"), chosen.GetAttribute("data-text")));
    }

    [Theory]
    [InlineData("theme=\"><script>&text=9&language=xx")]
    [InlineData("%%%&&==")]
    public async Task A_cookie_that_says_nonsense_is_as_none(string cookie)
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.TryAddWithoutValidation("Cookie", "chatollama.preferences=" + Uri.EscapeDataString(cookie));
        var page = await web.OpenAsync("/");
        Assert.Equal(200, page.Status);
        Assert.False(page.Document.DocumentElement.HasAttribute("data-theme"));
    }

    [Fact]
    public async Task Saving_keeps_what_the_form_does_not_carry_and_forgets_what_is_not_known()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var token = (await web.OpenAsync("/")).Document.QuerySelector("input[name=_token]")!.GetAttribute("value")!;
        using var saved = await web.Http.PostAsync("/settings/preferences", new FormUrlEncodedContent([new("_token", token), new("theme", "dark")]));
        Assert.Equal((HttpStatusCode.SeeOther, "/settings"), (saved.StatusCode, saved.Headers.Location?.ToString()));
        Assert.Equal("dark", (await web.OpenAsync("/")).Document.DocumentElement.GetAttribute("data-theme"));
        using var next = await web.Http.PostAsync("/settings/preferences", new FormUrlEncodedContent([new("_token", token), new("text", "largest"), new("language", "tlh")]));
        var page = (await web.OpenAsync("/")).Document.DocumentElement;
        Assert.Equal(("dark", "largest", "en"), (page.GetAttribute("data-theme"), page.GetAttribute("data-text"), page.GetAttribute("lang")));
        using var forged = await web.Http.PostAsync("/settings/preferences", new FormUrlEncodedContent([new("theme", "light")]));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }
}
