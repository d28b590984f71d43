using System.Diagnostics;
using System.Net;
using System.Text.Json;
using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace ChatOllama.Web.Forwarding;

/// <summary>Marks an endpoint whose answer is the api's own, headers and all.</summary>
internal sealed record ForwardedEndpoint;

/// <summary>Passes the REST surface on to the api, so that one public port serves both.</summary>
internal static class ApiForwarding
{
    private static readonly string[] Routes = ["/v1/{**rest}", "/openapi/{**rest}", "/docs/{**rest}", "/scalar/{**rest}", "/health", "/ready", "/live", "/ping"];

    /// <summary>Streams may be silent for as long as a model loads (YARP's own limit is 100 s).</summary>
    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, AllowResponseBuffering = false };

    /// <summary>How long a stream may go on when the service stops: the api says its last words meanwhile, then nothing holds the process up.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(6);

    public static IServiceCollection AddApiForwarding(this IServiceCollection services) => services
        .AddHttpForwarder()
        .AddSingleton(_ => new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // Who leaves a stream leaves it at once: the api counts who still reads.
            MaxResponseDrainSize = 0,
        }));

    public static void MapApiForwarding(this IEndpointRouteBuilder routes)
    {
        routes.Map("/v1/admin/{**rest}", RefuseAdminAsync).WithMetadata(new ForwardedEndpoint()).DisableAntiforgery();
        foreach (var route in Routes) routes.Map(route, ForwardAsync).WithMetadata(new ForwardedEndpoint()).DisableAntiforgery();
    }

    private static async Task ForwardAsync(HttpContext context, IHttpForwarder forwarder, HttpMessageInvoker client, WebOptions options, IHostApplicationLifetime lifetime)
    {
        // The api has its own, larger or smaller, limit and says so in its own words.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        using var stop = new CancellationTokenSource();
        await using var stopping = lifetime.ApplicationStopping.Register(() => stop.CancelAfter(StopGrace));
        var error = await forwarder.SendAsync(context, options.ApiUrl.GetLeftPart(UriPartial.Authority), client, Config, ApiTransformer.Instance, stop.Token);
        if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        await WriteUnreachableAsync(context);
    }

    /// <summary>What is for the operator is not on the port of everybody: there is no sign-in yet, and backups fill disks.</summary>
    private static Task RefuseAdminAsync(HttpContext context)
    {
        var problem = ApiProblems.NotForEverybody(context.Request.Path) with { TraceId = Activity.Current?.TraceId.ToString() };
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(problem, ContractsJson.Default.Problem), context.RequestAborted);
    }

    private static async Task WriteUnreachableAsync(HttpContext context)
    {
        var problem = ApiProblems.Unreachable(context.Request.Path) with { TraceId = Activity.Current?.TraceId.ToString() };
        context.Response.Clear();
        context.Response.StatusCode = problem.Status;
        context.Response.Headers.RetryAfter = "2";
        context.Response.ContentType = "application/problem+json";
        await JsonSerializer.SerializeAsync(context.Response.Body, problem, ContractsJson.Default.Problem, context.RequestAborted);
    }
}
