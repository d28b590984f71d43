using System.Text.Json;
using ChatOllama.Web.Api;
using ChatOllama.Web.Security;

namespace ChatOllama.Web.Live;

/// <summary>The streams that keep pages up to date. Not below <c>/live</c>: that is the api's liveness probe.</summary>
internal static class LiveEndpoints
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static void MapLive(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/stream/messages/{id}", StreamAsync).RequireSameOrigin();

    private static async Task StreamAsync(string id, HttpContext context, ApiClient api, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var patches = new LiveAnswer(api, time, id).ReadAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        try
        {
            // A message that does not exist is a 404 before the stream begins: EventSource then stops asking.
            var any = await patches.MoveNextAsync();
            Begin(context.Response);
            while (any)
            {
                await WriteAsync(context.Response, patches.Current, stop.Token);
                any = await NextAsync(context.Response, patches, time, stop.Token);
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

    internal static void Begin(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Waits for the next one and keeps the connection alive meanwhile.</summary>
    internal static async Task<bool> NextAsync<T>(HttpResponse response, IAsyncEnumerator<T> patches, TimeProvider time, CancellationToken stop)
    {
        var next = patches.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                try
                {
                    return await next.WaitAsync(Heartbeat, time, CancellationToken.None);
                }
                catch (TimeoutException) when (!next.IsCompleted)
                {
                    // The comment keeps proxies patient; pages see events only, and find a dead connection by a missing one.
                    await response.WriteAsync($": ping\nevent: {LiveEvents.Beat}\ndata: {{}}\n\n", stop);
                    await response.Body.FlushAsync(stop);
                }
            }
        }
        catch (OperationCanceledException) when (!next.IsCompleted)
        {
            // The page left while a beat was on its way. What is awaited ends by the same token, and must have ended before it is disposed of.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static async Task WriteAsync(HttpResponse response, LivePatch patch, CancellationToken stop)
    {
        await response.WriteAsync($"event: {patch.Event}\ndata: {JsonSerializer.Serialize(patch, LiveJson.Short.LivePatch)}\n\n", stop);
        await response.Body.FlushAsync(stop);
    }
}
