using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>The REST surface on the public port.</summary>
public class ForwardingTests
{
    [Theory]
    [InlineData("/v1/models/hf.co%2Fa%2Fb%3AQ4")]
    [InlineData("/v1/models/hf.co%2fa%2fb%3aQ4/config")]
    [InlineData("/v1/models/a%20b%2520c?x=%2F&y=a+b&z=%25&q=%C3%BC")]
    [InlineData("/v1/sessions/a:b.c_d-e/messages?all=true")]
    [InlineData("/v1/x//y/./%2e%2e/z?")]
    [InlineData("/health")]
    [InlineData("/live")]
    [InlineData("/ready")]
    [InlineData("/ping")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/v1")]
    public async Task A_target_arrives_exactly_as_it_was_sent(string target)
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        await RawAsync(api.Url, $"GET {target} HTTP/1.1");
        await RawAsync(web.Url, $"GET {target} HTTP/1.1");
        await RawAsync(web.Url, $"GET http://{web.Url.Authority}{target} HTTP/1.1");
        Assert.True(api.Calls.Count(call => call.Target == target) >= 3, string.Join("\n", api.Calls.Select(call => call.Target)));
    }

    [Theory]
    [InlineData("/v1/admin/backup")]
    [InlineData("/V1/Admin/backup?keep=1")]
    [InlineData("/v1/%61dmin/backup")]
    [InlineData("/v1/sessions/../admin/backups")]
    public async Task What_is_for_the_operator_is_not_on_the_public_port(string target)
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var asIs = new Uri(web.Url.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var answer = await web.Http.PostAsync(asIs, null);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("\"code\":\"forbidden\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(api.Calls, call => call.Target.Contains("backup", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Method_body_headers_and_answer_pass_through()
    {
        await using var api = await FakeApi.StartAsync();
        api.Other = async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var echo = $"{context.Request.Method} {context.Request.Headers["X-Own"]} {context.Request.Host} {context.Request.Headers["X-Forwarded-Host"]} {context.Request.Headers.Origin} {await reader.ReadToEndAsync()}";
            context.Response.StatusCode = 418;
            context.Response.Headers["X-Answer"] = "yes";
            await context.Response.WriteAsync(echo);
        };
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var method in new[] { "POST", "PUT", "PATCH", "DELETE" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/anything") { Content = new StringContent("bödy") };
            request.Headers.Add("X-Own", "mine");
            request.Headers.Add("Origin", "https://other.example");
            var response = await web.Http.SendAsync(request);
            Assert.Equal(418, (int)response.StatusCode);
            Assert.Equal("yes", response.Headers.GetValues("X-Answer").Single());
            Assert.Equal($"{method} mine {api.Url.Authority} {web.Url.Authority} https://other.example bödy", await response.Content.ReadAsStringAsync());
            Assert.False(response.Headers.Contains("Content-Security-Policy"));
        }
    }

    [Fact]
    public async Task The_api_is_told_who_calls_and_nobody_can_lie_about_it()
    {
        await using var api = await FakeApi.StartAsync();
        api.Other = context => context.Response.WriteAsync(context.Request.Headers["X-Forwarded-For"].ToString());
        await using var web = await WebHost.StartAsync(api.Url, builder => builder.Services.PostConfigure<Microsoft.AspNetCore.Builder.ForwardedHeadersOptions>(o => { o.KnownProxies.Clear(); o.KnownIPNetworks.Clear(); o.KnownProxies.Add(IPAddress.Parse("192.0.2.1")); }));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/x");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        Assert.Equal("127.0.0.1", (await (await web.Http.SendAsync(request)).Content.ReadAsStringAsync()).Replace("::ffff:", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_passes_at_once_and_a_leaving_client_is_noticed_at_once()
    {
        await using var api = await FakeApi.StartAsync();
        var left = new TaskCompletionSource();
        api.Other = async context =>
        {
            await FakeApi.WriteAsync(context, "1", FakeApi.Token("first"));
            context.RequestAborted.Register(left.SetResult);
            await left.Task;
        };
        await using var web = await WebHost.StartAsync(api.Url);
        using (var response = await web.Http.GetAsync("/v1/messages/r1/events", HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.StartsWith(": comment", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10)));
            Assert.False(left.Task.IsCompleted);
        }
        await left.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_stream_that_the_api_cuts_off_does_not_look_complete()
    {
        await using var api = await FakeApi.StartAsync();
        var seen = new TaskCompletionSource();
        api.Other = async context =>
        {
            await FakeApi.WriteAsync(context, "1", FakeApi.Token("first"));
            await seen.Task;
            context.Abort();
        };
        await using var web = await WebHost.StartAsync(api.Url);
        using var response = await web.Http.GetAsync("/v1/messages/r1/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith(": comment", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10)));
        seen.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task While_the_api_is_away_programs_get_a_problem_and_not_a_page()
    {
        var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        await api.DisposeAsync();
        var response = await web.Http.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ContractsJson.Default.Problem)!;
        Assert.Equal("/v1/models", problem.Instance);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    /// <summary>No client library touches the request line.</summary>
    private static async Task RawAsync(Uri server, string requestLine)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{requestLine}\r\nHost: {server.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
    }
}
