using System.Threading.RateLimiting;
using ChatOllama.ApiService.Configuration;
using ChatOllama.Contracts;
using ChatOllama.ServiceDefaults.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace ChatOllama.ApiService.Http;

/// <summary><c>RATE_LIMIT</c>: requests per minute and client address.</summary>
public static class RateLimiting
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private const int Segments = 6;

    /// <summary>A sliding minute per client address, where <c>RATE_LIMIT</c> is set. Probes and readers that come back to a running answer or to the feed of changes are not counted.</summary>
    public static WebApplicationBuilder AddRateLimiting(this WebApplicationBuilder builder)
    {
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddSingleton<IConfigureOptions<RateLimiterOptions>>(services =>
        {
            var limit = services.GetRequiredService<ApiOptions>().RateLimit;
            return new ConfigureOptions<RateLimiterOptions>(o =>
            {
                if (limit is { } permits)
                    o.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => PartitionOf(http, permits));
                o.OnRejected = (rejected, _) => new ValueTask(Problems.WriteAsync(rejected.HttpContext, Refusal(rejected.Lease, limit)));
            });
        });
        return builder;
    }

    private static RateLimitPartition<string> PartitionOf(HttpContext http, int permits)
    {
        if (IsExempt(http.Request))
            return RateLimitPartition.GetNoLimiter("");
        return RateLimitPartition.GetSlidingWindowLimiter(http.Connection.RemoteIpAddress?.ToString() ?? "unknown", _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = permits,
            Window = Window,
            SegmentsPerWindow = Segments,
            QueueLimit = 0,
        });
    }

    private static bool IsExempt(HttpRequest request) =>
        RequestLogMiddleware.IsProbe(request.Path)
        || (HttpMethods.IsGet(request.Method) && request.Path.Value is { } path
            && (path == "/v1/events" || (path.StartsWith("/v1/messages/", StringComparison.Ordinal) && path.EndsWith("/events", StringComparison.Ordinal))));

    private static ProblemException Refusal(RateLimitLease lease, int? limit)
    {
        // The first place becomes free at the end of the present segment; a lease of a sliding window may not say when.
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window / Segments;
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        return new ProblemException(ProblemCodes.RateLimit, $"More than {limit} requests in a minute. Wait {seconds} s and try again.") { RetryAfterSeconds = seconds };
    }
}
