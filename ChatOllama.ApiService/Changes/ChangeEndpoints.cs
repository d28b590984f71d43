using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.OpenApi;

namespace ChatOllama.ApiService.Changes;

/// <summary>The feed of changes: what a page listens to, so that it shows what another tab or device did.</summary>
public static class ChangeEndpoints
{
    private const int MaxId = 100;

    public static WebApplicationBuilder AddChanges(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<CurrentUser>();
        builder.Services.AddSingleton<ChangeFeed>();
        return builder;
    }

    public static void MapChanges(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/events", FollowAsync).WithTags("Changes").WithName("FollowChanges")
            .WithSummary("What changes in the user's sessions, the models and the service's health, as it happens. Events name what changed and carry none of its text")
            .WithDescription("The first event is 'start'. A reader that was away or too slow gets one 'resync' in place of what it missed. The stream ends when the service stops.")
            .Takes(ParameterLocation.Header, "Last-Event-ID", "The id of the last event seen: the stream goes on behind it. Wins over after.")
            .Takes(ParameterLocation.Query, "after", "The same for clients that cannot set the header; also the version of a list of sessions. Without either it begins with the present.")
            .Produces<ChangeEvent>(200, "text/event-stream").Problems(400);

    private static async Task FollowAsync(HttpContext context, ChangeFeed feed, CurrentUser user, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        var reader = feed.Read(user.Id, ReadAfter(context.Request));
        // Kestrel waits for open streams before anything else is stopped.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await new ChangeStream(context.Response, feed, time).FollowAsync(reader, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader has left, or the service stops: it comes back with the last id.
        }
    }

    /// <summary>An id that we never gave out is one of another run: its reader reads everything again, which is never wrong.</summary>
    private static string? ReadAfter(HttpRequest request)
    {
        var header = request.Headers["Last-Event-ID"].ToString();
        var (field, text) = header.Length > 0 ? ("Last-Event-ID", header) : ("after", request.Query["after"].ToString());
        if (text.Length > MaxId)
            throw ProblemException.Validation(field, $"{field} must be the id of an event of this feed, or the version of a list.");
        return text.Length == 0 ? null : text;
    }
}
