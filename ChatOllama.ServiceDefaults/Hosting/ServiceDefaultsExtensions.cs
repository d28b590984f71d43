using System.Net;
using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.ServiceDefaults.Http;
using ChatOllama.ServiceDefaults.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Polly;
using IPNetwork = System.Net.IPNetwork;

namespace ChatOllama.ServiceDefaults.Hosting;

/// <summary>What both services have in common.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Logging by <c>LOG_LEVEL</c> and <c>LOG_FORMAT</c>, request ids, service discovery for HTTP clients, <see cref="TimeProvider"/>, settings with their sources.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, SettingUsers users)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_ => EffectiveSettings.Read(builder.Configuration, users));
        builder.AddServiceLogging();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddTransient<CallerHandler>();
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        builder.AddStreamServer();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        builder.Services.PostConfigure<ForwardedHeadersOptions>(o => TrustProxies(o, SettingCatalog.TrustedProxies.Read(builder.Configuration) ?? []));
        return builder;
    }

    /// <summary>
    /// Checks every setting and logs it; then, for every request: the client's address as the proxy on this machine tells it, the request id,
    /// one log line, <c>nosniff</c>, and 421 for a name that is not ours. Comes first in the pipeline.
    /// </summary>
    /// <exception cref="SettingException">A setting cannot be used.</exception>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<EffectiveSettings>();
        settings.Log(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ChatOllama.Settings"));
        app.UseStreamServer();
        app.UseForwardedHeaders();
        app.UseMiddleware<RequestIdMiddleware>();
        app.UseMiddleware<RequestLogMiddleware>();
        app.UseMiddleware<HostGuard>();
        return app;
    }

    /// <summary>
    /// For calls from service to service: passes on the request id and the client's address, so that log lines meet and limits hit the right client.
    /// </summary>
    public static IHttpClientBuilder AddCaller(this IHttpClientBuilder http) => http.AddHttpMessageHandler<CallerHandler>();

    /// <summary>
    /// A service that starts again refuses connections for a moment: calls that only read are made again, twice and soon. Nothing else is, because a
    /// message must never be answered twice, and there is no time limit, because a stream would be cut by it.
    /// </summary>
    public static IHttpClientBuilder AddOrdinaryCallResilience(this IHttpClientBuilder http)
    {
        http.AddResilienceHandler("ordinary", pipeline => pipeline.AddRetry(new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } && IsOrdinary(attempt.Context.GetRequestMessage())),
        }));
        return http;
    }

    private static bool IsOrdinary(HttpRequestMessage? request) =>
        request is not null && request.Method == HttpMethod.Get && !request.Headers.Accept.Any(type => type.MediaType == "text/event-stream");

    /// <summary>
    /// A proxy on this machine is always believed: the web in front of the api, for one. The lists are written anew, because a hosting platform may have
    /// emptied them (<c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c>), and an empty list believes everybody.
    /// </summary>
    internal static void TrustProxies(ForwardedHeadersOptions options, IPNetwork[] proxies)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        options.KnownIPNetworks.Add(new IPNetwork(new IPAddress([127, 0, 0, 0]), 8));
        options.KnownIPNetworks.Add(new IPNetwork(IPAddress.IPv6Loopback, 128));
        // However many stand in a row: the walk ends at the first address that is not trusted, and that is the client.
        options.ForwardLimit = proxies.Length == 0 ? 1 : null;
        foreach (var network in proxies)
            options.KnownIPNetworks.Add(network);
    }
}
