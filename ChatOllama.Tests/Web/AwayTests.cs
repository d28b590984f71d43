using AngleSharp.Html.Dom;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>What pages do while the api is away, and what they do not ask it for.</summary>
public class AwayTests
{
    [Fact]
    public async Task Words_sent_while_the_api_is_away_come_back_and_go_where_they_were_meant_to()
    {
        var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        await api.DisposeAsync();
        var refused = await web.SubmitAsync(home, "form.composer", ("message", "Precious words"));
        Assert.Equal(503, refused.Status);
        Assert.Equal("Precious words", ((IHtmlTextAreaElement)refused.Document.QuerySelector("textarea[name=message]")!).Value);
        Assert.Equal("/send", refused.Document.QuerySelector("form.composer")!.GetAttribute("action"));
        Assert.NotNull(refused.Document.QuerySelector("[role=alert]"));
    }

    [Fact]
    public async Task A_page_that_is_asked_for_while_the_api_starts_waits_a_moment_for_it()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "An old answer"));
        var starting = new Starting();
        await using var web = await WebHost.StartAsync(api.Url, builder => builder.Services.AddHttpClient(ApiClient.Reads).AddHttpMessageHandler(() => starting));
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Equal(200, page.Status);
        Assert.True(starting.Refused);
    }

    [Fact]
    public async Task A_page_that_only_takes_its_list_over_costs_no_messages_and_no_models()
    {
        await using var api = await FakeApi.StartAsync();
        api.Sessions["s1"] = new() { Id = "s1", Title = "One", CreatedAt = new DateTime(2026, 1, 1), UpdatedAt = new DateTime(2026, 1, 1), MessageCount = 0 };
        await using var web = await WebHost.StartAsync(api.Url);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sessions/s1");
        request.Headers.Add("X-Region", "list");
        using var response = await web.Http.SendAsync(request);
        Assert.Contains("data-region=\"list\"", await response.Content.ReadAsStringAsync());
        Assert.DoesNotContain(api.Calls, call => call.Target.Contains("/messages", StringComparison.Ordinal) || call.Target.StartsWith("/v1/models", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("32.000", "32000")]
    [InlineData("131,072", "131072")]
    [InlineData("131 072", "131072")]
    [InlineData("1.000.000", "1000000")]
    [InlineData("-1", "-1")]
    [InlineData("0,7", "0,7")]
    [InlineData("1,5", "1,5")]
    [InlineData("8192", "8192")]
    public void A_grouped_number_is_the_number_it_looks_like(string typed, string read) => Assert.Equal(read, TypedNumber.Ungrouped(typed));

    /// <summary>Refuses the first connection.</summary>
    private sealed class Starting : DelegatingHandler
    {
        private int _calls;

        public bool Refused => Volatile.Read(ref _calls) > 1;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Interlocked.Increment(ref _calls) == 1
            ? throw new HttpRequestException(HttpRequestError.ConnectionError)
            : base.SendAsync(request, cancellationToken);
    }
}
