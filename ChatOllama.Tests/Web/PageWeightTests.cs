using System.Net;
using AngleSharp.Dom;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>What a first visit costs a phone on a train: everything that a page makes a browser fetch, as it goes over the wire.</summary>
public class PageWeightTests
{
    private const long Most = 60 * 1024;

    [Theory]
    [InlineData("/")]
    [InlineData("/sessions/s1")]
    [InlineData("/search?q=text")]
    [InlineData("/models")]
    [InlineData("/models/m1")]
    [InlineData("/models/new")]
    [InlineData("/models/stats")]
    [InlineData("/settings")]
    [InlineData("/nowhere")]
    public async Task A_first_visit_is_small_and_no_script_holds_it_up(string path)
    {
        await using var api = await FakeApi.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            api.Add(FakeApi.Question($"m{i:00}a", "A question of some words, number " + i));
            api.Add(FakeApi.Answer($"m{i:00}b", RenderCorpus.Ordinary[i]));
        }
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync(path);
        Assert.Empty(page.Document.QuerySelectorAll("script:not([type=module]):not([async]):not([defer]), style"));
        var parts = page.Document.QuerySelectorAll("[src], link[href]").Select(Address).Where(part => part is not null).Select(part => part!.Split('#')[0]).Append(path).Distinct();
        long sum = 0;
        foreach (var part in parts) sum += await WeighAsync(web, part);
        Assert.True(sum is > 5_000 and <= Most, $"{path} weighs {sum} bytes");
    }

    private static string? Address(IElement part) => part.GetAttribute("src") ?? part.GetAttribute("href");

    private static async Task<long> WeighAsync(WebHost web, string part)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, part);
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var response = await web.Http.SendAsync(request);
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "text/css" or "text/javascript") Assert.Equal("br", response.Content.Headers.ContentEncoding.Single());
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound);
        return (await response.Content.ReadAsByteArrayAsync()).Length + response.Headers.ToString().Length + response.Content.Headers.ToString().Length;
    }
}
