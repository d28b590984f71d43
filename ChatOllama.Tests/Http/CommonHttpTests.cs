using System.Net;
using System.Text.Json;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ChatOllama.Tests.Http;

/// <summary>Request ids, the request log, rate limit, CORS, headers and the OpenAPI document.</summary>
public class CommonHttpTests
{
    [Theory]
    [InlineData("abc-123_x.Y")]
    [InlineData("a")]
    public async Task A_sane_request_id_comes_back(string id)
    {
        await using var api = await HttpApi.StartAsync();
        Assert.Equal(id, await RequestIdFor(api, id));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("has blank")]
    [InlineData("slash/")]
    [InlineData("<script>")]
    public async Task A_missing_or_strange_request_id_is_replaced(string? id)
    {
        await using var api = await HttpApi.StartAsync();
        Assert.Matches("^[0-9a-f]{32}$", await RequestIdFor(api, id));
        Assert.Matches("^[0-9a-f]{32}$", await RequestIdFor(api, new string('a', 129)));
        Assert.Equal(new string('a', 128), await RequestIdFor(api, new string('a', 128)));
    }

    [Fact]
    public async Task One_log_line_per_request_with_its_id_and_without_its_query()
    {
        await using var api = await HttpApi.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/settings?q=very-private");
        request.Headers.Add("X-Request-Id", "find-me");
        await api.Client.SendAsync(request);
        var line = Assert.Single(api.Log.All, l => l.Category.EndsWith("RequestLogMiddleware", StringComparison.Ordinal));
        Assert.StartsWith("GET /v1/settings 200 in ", line.Message);
        Assert.Contains("request_id=find-me", line.Scopes);
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.DoesNotContain(api.Log.All, l => l.Message.Contains("very-private", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Probes_are_not_in_the_log()
    {
        await using var api = await HttpApi.StartAsync();
        foreach (var probe in new[] { "/health", "/ready", "/live", "/ping" })
            await api.Client.GetAsync(probe);
        Assert.DoesNotContain(api.Log.All, l => l.Category.EndsWith("RequestLogMiddleware", StringComparison.Ordinal) && l.Level > LogLevel.Debug);
    }

    [Fact]
    public async Task A_line_break_in_a_path_does_not_break_a_log_line()
    {
        await using var api = await HttpApi.StartAsync();
        await api.Client.GetAsync("/v1/%0Ainfo%20forged");
        Assert.Contains(api.Log.All, l => l.Message.StartsWith("GET /v1/%0Ainfo%20forged 404", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_answer_is_nosniff_and_names_no_server()
    {
        await using var api = await HttpApi.StartAsync();
        foreach (var path in new[] { "/v1/settings", "/nothing", "/openapi/v1.json" })
        {
            var response = await api.Client.GetAsync(path);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(response.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task One_request_too_many_is_a_429_with_retry_after()
    {
        await using var api = await HttpApi.StartAsync(["--RATE_LIMIT", "3"]);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/v1/settings")).StatusCode);
        var refused = await api.Client.GetAsync("/v1/settings");
        await refused.ReadProblemAsync(ProblemCodes.RateLimit);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
    }

    [Fact]
    public async Task Probes_and_readers_that_come_back_are_not_limited()
    {
        await using var api = await HttpApi.StartAsync(["--RATE_LIMIT", "1"]);
        await api.Client.GetAsync("/v1/settings");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await api.Client.GetAsync("/v1/settings")).StatusCode);
        foreach (var path in new[] { "/health", "/ready", "/live", "/ping", "/v1/messages/0/events" })
            Assert.NotEqual(HttpStatusCode.TooManyRequests, (await api.Client.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Each_client_behind_the_proxy_on_this_machine_has_a_limit_of_its_own()
    {
        await using var api = await HttpApi.StartAsync(["--RATE_LIMIT", "1"]);
        Assert.Equal(HttpStatusCode.OK, await StatusFor(api, "203.0.113.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusFor(api, "203.0.113.1"));
        Assert.Equal(HttpStatusCode.OK, await StatusFor(api, "203.0.113.2"));
    }

    [Fact]
    public async Task Behind_trusted_proxies_the_client_is_limited_and_not_the_proxy()
    {
        await using var api = await HttpApi.StartAsync(["--RATE_LIMIT", "1", "--TRUSTED_PROXIES", "203.0.113.0/24, 192.0.2.1"]);
        Assert.Equal(HttpStatusCode.OK, await StatusFor(api, "198.51.100.7, 192.0.2.1, 203.0.113.5"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusFor(api, "198.51.100.7, 203.0.113.6"));
        Assert.Equal(HttpStatusCode.OK, await StatusFor(api, "198.51.100.8, 203.0.113.5"));
        // What a client claims of itself, to the left of its own address, counts for nothing.
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusFor(api, "198.51.100.99, 198.51.100.7, 203.0.113.5"));
    }

    [Fact]
    public async Task Without_a_rate_limit_nobody_is_refused()
    {
        await using var api = await HttpApi.StartAsync();
        for (var i = 0; i < 200; i++)
            Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/v1/settings")).StatusCode);
    }

    [Fact]
    public async Task A_known_origin_may_call_and_may_read_the_headers_it_needs()
    {
        await using var api = await HttpApi.StartAsync(["--CORS_ORIGINS", "https://chat.example, http://localhost:3000/"]);
        foreach (var origin in new[] { "https://chat.example", "http://localhost:3000" })
        {
            var preflight = await CorsAsync(api, HttpMethod.Options, origin);
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal(origin, preflight.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Contains("content-type", preflight.Headers.GetValues("Access-Control-Allow-Headers").Single());
            Assert.False(preflight.Headers.Contains("Access-Control-Allow-Credentials"));
            var call = await CorsAsync(api, HttpMethod.Get, origin);
            Assert.Contains("X-Request-Id", call.Headers.GetValues("Access-Control-Expose-Headers").Single());
        }
    }

    [Fact]
    public async Task Another_origin_gets_no_permission_and_neither_does_any_without_the_setting()
    {
        await using var closed = await HttpApi.StartAsync();
        await using var open = await HttpApi.StartAsync(["--CORS_ORIGINS", "https://chat.example"]);
        foreach (var api in new[] { closed, open })
        {
            foreach (var method in new[] { HttpMethod.Options, HttpMethod.Get })
                Assert.False((await CorsAsync(api, method, "https://evil.example")).Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_known_origin_can_read_a_refusal_too()
    {
        await using var api = await HttpApi.StartAsync(["--CORS_ORIGINS", "https://chat.example", "--RATE_LIMIT", "1"]);
        await CorsAsync(api, HttpMethod.Get, "https://chat.example");
        var refused = await CorsAsync(api, HttpMethod.Get, "https://chat.example");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task The_openapi_document_lists_routes_bodies_and_errors()
    {
        await using var api = await HttpApi.StartAsync(routes: app => app.MapPatch("/test/session", (UpdateSessionRequest body) => TypedResults.Ok(body)));
        using var document = JsonDocument.Parse(await api.Client.GetStringAsync("/openapi/v1.json"));
        var root = document.RootElement;
        Assert.StartsWith("3.1", root.GetProperty("openapi").GetString());
        Assert.True(root.GetProperty("paths").GetProperty("/v1/settings").GetProperty("get").GetProperty("responses").GetProperty("429")
            .GetProperty("content").TryGetProperty("application/problem+json", out _));
        var fields = root.GetProperty("components").GetProperty("schemas").GetProperty("UpdateSessionRequest").GetProperty("properties");
        Assert.Equal(["null", "string"], Types(fields.GetProperty("title")));
        Assert.Equal(["boolean", "null"], Types(fields.GetProperty("pinned")));
        Assert.Equal(["array", "null"], Types(fields.GetProperty("tags")));
        Assert.Equal("string", fields.GetProperty("tags").GetProperty("items").GetProperty("type").GetString());
        Assert.True(fields.TryGetProperty("system_prompt", out _));
    }

    [Fact]
    public async Task Every_route_is_in_the_document_with_a_summary_and_the_errors_that_all_have()
    {
        await using var api = await HttpApi.StartAsync();
        using var document = JsonDocument.Parse(await api.Client.GetStringAsync("/openapi/v1.json"));
        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Name: operation.Name.ToUpperInvariant() + " " + path.Name, operation.Value)))
            .ToDictionary(o => o.Name, o => o.Value);
        var routes = api.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal) && e.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText!.TrimEnd('/')}"))
            .ToList();
        Assert.True(routes.Count > 20);
        foreach (var route in routes)
        {
            Assert.True(described.TryGetValue(route, out var operation), $"{route} is not described");
            Assert.True(operation.TryGetProperty("summary", out _), $"{route} has no summary");
            var responses = operation.GetProperty("responses");
            foreach (var status in new[] { "429", "500" })
                Assert.True(responses.GetProperty(status).GetProperty("content").TryGetProperty("application/problem+json", out _), $"{route} {status}");
            if (operation.TryGetProperty("parameters", out var parameters))
                Assert.All(parameters.EnumerateArray(), p => Assert.Matches("^[a-z_]+$|^[A-Z][A-Za-z-]+-[A-Za-z-]+$", p.GetProperty("name").GetString()));
        }
    }

    private const string Own = "own";

    [Theory]
    [InlineData("cross-site", "https://evil.example", 403)]
    [InlineData("cross-site", "https://chat.example", 201)]
    [InlineData("same-origin", "https://evil.example", 201)]
    [InlineData("same-site", "https://evil.example", 201)]
    [InlineData("none", null, 201)]
    [InlineData(null, null, 201)]
    // Where a browser does not trust the address it says the origin only.
    [InlineData(null, "http://evil.example", 403)]
    [InlineData(null, "null", 403)]
    [InlineData(null, "https://chat.example", 201)]
    [InlineData(null, Own, 201)]
    public async Task A_page_of_another_site_cannot_act_through_somebodys_browser(string? site, string? origin, int status)
    {
        await using var api = await HttpApi.StartAsync(["--CORS_ORIGINS", "https://chat.example"]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/attachments") { Content = new ByteArrayContent("text"u8.ToArray()) };
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        if (origin is not null)
            request.Headers.Add("Origin", origin == Own ? api.Client.BaseAddress!.GetLeftPart(UriPartial.Authority) : origin);
        var response = await api.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 403)
            await response.ReadProblemAsync(ProblemCodes.Forbidden);
    }

    [Fact]
    public async Task The_page_for_it_comes_whole_from_here()
    {
        await using var api = await HttpApi.StartAsync();
        Assert.Equal("/openapi/ui/", (await api.Client.GetAsync("/openapi")).Headers.Location?.OriginalString);
        var page = await api.Client.GetAsync("/openapi/ui/");
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("://", html);
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single());
        foreach (var script in new[] { "scalar.js", "scalar.aspnetcore.js" })
            Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/openapi/ui/" + script)).StatusCode);
    }

    private static string[] Types(JsonElement schema) =>
        [.. schema.GetProperty("type").EnumerateArray().Select(t => t.GetString()!).Order(StringComparer.Ordinal)];

    private static async Task<string> RequestIdFor(HttpApi api, string? id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/settings");
        if (id is not null)
            request.Headers.TryAddWithoutValidation("X-Request-Id", id);
        return (await api.Client.SendAsync(request)).Headers.GetValues("X-Request-Id").Single();
    }

    private static async Task<HttpStatusCode> StatusFor(HttpApi api, string client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/settings");
        request.Headers.Add("X-Forwarded-For", client);
        return (await api.Client.SendAsync(request)).StatusCode;
    }

    private static async Task<HttpResponseMessage> CorsAsync(HttpApi api, HttpMethod method, string origin)
    {
        using var request = new HttpRequestMessage(method, method == HttpMethod.Options ? "/v1/chat" : "/v1/settings");
        request.Headers.Add("Origin", origin);
        if (method == HttpMethod.Options)
        {
            request.Headers.Add("Access-Control-Request-Method", "POST");
            request.Headers.Add("Access-Control-Request-Headers", "content-type");
        }
        return await api.Client.SendAsync(request);
    }
}
