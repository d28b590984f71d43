using System.Net;
using ChatOllama.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Http;

/// <summary>What both services take from ChatOllama.ServiceDefaults.</summary>
public class ServiceDefaultsTests
{
    [Theory]
    [InlineData("GET", "application/json", 3)]
    [InlineData("GET", "text/event-stream", 1)]
    [InlineData("POST", "application/json", 1)]
    public async Task Only_calls_that_read_are_made_again_while_a_service_starts(string method, string accept, int attempts)
    {
        var refused = new Refusing(HttpRequestError.ConnectionError);
        Assert.Equal(HttpRequestError.ConnectionError, await SendAsync(refused, method, accept));
        Assert.Equal(attempts, refused.Attempts);
    }

    [Fact]
    public async Task A_call_that_may_have_arrived_is_not_made_again()
    {
        var broken = new Refusing(HttpRequestError.ResponseEnded);
        Assert.Equal(HttpRequestError.ResponseEnded, await SendAsync(broken, "GET", "application/json"));
        Assert.Equal(1, broken.Attempts);
    }

    [Fact]
    public void Where_the_platform_switches_proxies_on_still_not_everybody_is_believed()
    {
        // As a platform leaves them: empty lists believe everybody.
        var options = new ForwardedHeadersOptions();
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        ServiceDefaultsExtensions.TrustProxies(options, [IPNetwork.Parse("192.0.2.0/24")]);
        Assert.DoesNotContain(options.KnownIPNetworks, network => network.Contains(IPAddress.Parse("203.0.113.9")));
        Assert.All(["127.0.0.1", "::1", "192.0.2.7"], address => Assert.Contains(options.KnownIPNetworks, network => network.Contains(IPAddress.Parse(address))));
    }

    private static async Task<HttpRequestError?> SendAsync(Refusing server, string method, string accept)
    {
        var services = new ServiceCollection();
        services.AddHttpClient("api").ConfigurePrimaryHttpMessageHandler(() => server).AddOrdinaryCallResilience();
        await using var provider = services.BuildServiceProvider();
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("api");
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://api.invalid/v1/models") { Headers = { { "Accept", accept } } };
        return (await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request, TestContext.Current.CancellationToken))).HttpRequestError;
    }

    private sealed class Refusing(HttpRequestError error) : HttpMessageHandler
    {
        public int Attempts { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Attempts++;
            throw new HttpRequestException(error);
        }
    }
}
