using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace ChatOllama.AppHost.Tests;

/// <summary>What the parts do together.</summary>
public class ComposedAppTests
{
    [Fact]
    public async Task Everything_becomes_healthy_and_a_chat_streams_through_the_web()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var app = await ComposedApp.StartAsync(stop);
        using var web = app.Web();
        using var models = JsonDocument.Parse(await web.GetStringAsync("/v1/models", stop));
        Assert.NotEmpty(models.RootElement.GetProperty("models").EnumerateArray());

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat") { Content = JsonContent.Create(new { message = "Hello", stream = true }) };
        using var response = await web.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = await response.Content.ReadAsStringAsync(stop);
        Assert.Contains("\"type\":\"token\"", events);
        Assert.Contains("\"type\":\"done\"", events);
        using var health = JsonDocument.Parse(await web.GetStringAsync("/health", stop));
        Assert.Equal("healthy", health.RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task One_trace_goes_through_web_and_api()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var app = await ComposedApp.StartAsync(stop);
        using var web = app.Web();
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sessions/there-is-none/messages");
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        using var response = await web.SendAsync(request, stop);
        Assert.Equal(trace, response.Headers.GetValues("X-Request-Id").Single());
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(stop));
        Assert.Contains(trace, problem.RootElement.GetProperty("trace_id").GetString());
    }
}
