using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Security;

namespace ChatOllama.Web.Live;

/// <summary>
/// The feed of changes for a page that is seen, and how an answer stands for one that is not: a hidden page keeps no stream,
/// because a browser has six connections for all its tabs.
/// </summary>
internal static class ChangesEndpoints
{
    public static void MapChanges(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/stream/changes", StreamAsync).RequireSameOrigin();
        routes.MapGet("/stream/messages/{id}/status", StatusAsync).RequireSameOrigin();
    }

    private static async Task StreamAsync(string? after, HttpContext context, ApiClient api, HealthWatch health, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var batches = api.FollowChangesAsync(string.IsNullOrEmpty(after) ? null : after, stop.Token).GetAsyncEnumerator(stop.Token);
        try
        {
            var any = await batches.MoveNextAsync();
            LiveEndpoints.Begin(context.Response);
            while (any)
            {
                foreach (var change in batches.Current) await WriteAsync(context.Response, change, health, stop.Token);
                await context.Response.Body.FlushAsync(stop.Token);
                any = await LiveEndpoints.NextAsync(context.Response, batches, time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader left, or the service stops: the page comes back by itself.
        }
        catch (ApiException gone)
        {
            if (!context.Response.HasStarted) context.Response.StatusCode = gone.Problem.Status;
        }
    }

    private static async Task WriteAsync(HttpResponse response, SseEvent change, HealthWatch health, CancellationToken stop)
    {
        // The page asks for its notice as soon as it hears of this, and must not get the one of ten seconds ago.
        if (change.Data.Contains(ChangeTypes.HealthChanged, StringComparison.Ordinal) || change.Data.Contains(ChangeTypes.Resync, StringComparison.Ordinal))
            await health.CheckAsync(stop);
        await response.WriteAsync($"id: {change.Id}\ndata: {change.Data}\n\n", stop);
    }

    private static async Task<IResult> StatusAsync(string id, ApiClient api, CancellationToken stop)
    {
        try
        {
            return TypedResults.Text((await api.GetMessageAsync(id, stop)).Status);
        }
        catch (ApiException gone)
        {
            return TypedResults.StatusCode(gone.Problem.Status);
        }
    }
}
