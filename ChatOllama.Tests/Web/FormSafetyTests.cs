using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>Walks every route there is, so that a new one is held to the same rules without being named here.</summary>
public class FormSafetyTests
{
    [Fact]
    public async Task No_form_does_anything_without_its_token()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("x", "Hello"));
        await using var web = await WebHost.StartAsync(api.Url);
        var posts = web.Endpoints.Where(endpoint => Methods(endpoint).Contains("POST")).ToList();
        Assert.True(posts.Count >= 10, "where have the forms gone?");
        foreach (var endpoint in posts)
        {
            api.Calls.Clear();
            foreach (var token in new[] { "", "forged" })
            {
                var response = await web.Http.PostAsync(PathOf(endpoint), Form(token));
                Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{PathOf(endpoint)} says {response.StatusCode} to the token '{token}'");
            }
            Assert.DoesNotContain(api.Calls, call => call.Method != "GET");
        }
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    public async Task No_form_stream_or_fragment_is_for_another_sites_page(string header, string value)
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("x", "Secret"));
        await using var web = await WebHost.StartAsync(api.Url);
        var token = await TokenAsync(web);
        foreach (var endpoint in web.Endpoints.Where(endpoint => Methods(endpoint).Contains("POST") || IsForScripts(endpoint)))
        {
            api.Calls.Clear();
            foreach (var method in Methods(endpoint))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), PathOf(endpoint));
                request.Headers.TryAddWithoutValidation(header, value);
                if (method == "POST") request.Content = Form(token);
                using var response = await web.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{method} {PathOf(endpoint)} says {response.StatusCode} to {header}: {value}");
            }
            Assert.DoesNotContain(api.Calls, call => call.Target.Contains("/x", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Every_page_forbids_what_it_does_not_need()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("x", "Text", session: "x"));
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var endpoint in web.Endpoints.Where(endpoint => Methods(endpoint).Contains("GET") && !IsForScripts(endpoint)))
        {
            using var response = await web.Http.GetAsync(PathOf(endpoint));
            Assert.True(response.Headers.Contains("Content-Security-Policy"), $"{PathOf(endpoint)} says {response.StatusCode} without a policy");
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            foreach (var part in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'" })
                Assert.Contains(part, policy.Split("; "));
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("same-origin", response.Headers.GetValues("Referrer-Policy").Single());
            if (response.Content.Headers.ContentType?.MediaType != "text/html") continue;
            var page = await web.OpenAsync(PathOf(endpoint));
            Assert.Empty(page.Document.QuerySelectorAll("style, [style], script:not([src]), [onclick], [onload], [onsubmit], [onchange], iframe, object, embed, base"));
            Assert.All(page.Document.QuerySelectorAll("form[method=post i]"), form => Assert.NotNull(form.QuerySelector("input[name=_token]")));
            Assert.All(page.Document.QuerySelectorAll("[src], link[href]"), part => Assert.StartsWith("/", part.GetAttribute("src") ?? part.GetAttribute("href")));
        }
    }

    [Theory]
    [InlineData("127.0.0.1:8080", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("192.168.1.5:8080", true)]
    [InlineData("localhost:8080", true)]
    [InlineData("machine:8080", true)]
    [InlineData("machine.local", true)]
    [InlineData("Web.Dev.LOCALHOST", true)]
    [InlineData("chat.example.com", true)]
    [InlineData("chat.example.com.", true)]
    [InlineData("a.friends.example", true)]
    [InlineData("evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("machine.local.evil.example:8080", false)]
    [InlineData("friends.example", false)]
    [InlineData("notchat.example.com", false)]
    public async Task Only_names_that_nobody_else_can_own_are_answered(string host, bool answered)
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url, builder => builder.Configuration["ALLOWED_HOSTS"] = "chat.example.com, *.friends.example");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = host;
        using var response = await web.Http.SendAsync(request);
        Assert.Equal(answered ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, response.StatusCode);
        if (!answered) Assert.Contains("ALLOWED_HOSTS", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_name_is_answered_where_that_is_asked_for()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url, builder => builder.Configuration["ALLOWED_HOSTS"] = "*");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "evil.example";
        Assert.Equal(HttpStatusCode.OK, (await web.Http.SendAsync(request)).StatusCode);
    }

    private static IReadOnlyList<string> Methods(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    /// <summary>What only the scripts of our own pages ask for: no page, no file.</summary>
    private static bool IsForScripts(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText is { } path && (path.StartsWith("/stream", StringComparison.Ordinal) || path.StartsWith("/fragments", StringComparison.Ordinal));

    private static string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment =>
        string.Concat(segment.Parts.Select(part => part is RoutePatternLiteralPart literal ? literal.Content : "x"))));

    private static FormUrlEncodedContent Form(string token) => new(new Dictionary<string, string> { ["_token"] = token, ["session"] = "x", ["message"] = "x", ["model"] = "x", ["title"] = "x", ["name"] = "x", ["enabled"] = "true" });

    /// <summary>The visitor's cookie goes with it by itself.</summary>
    private static async Task<string> TokenAsync(WebHost web) => (await web.OpenAsync("/")).Document.QuerySelector("input[name=_token]")!.GetAttribute("value")!;
}
