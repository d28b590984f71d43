using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.ApiService.Models;

/// <summary>Downloads: <c>/v1/models/pull</c> and <c>/v1/models/pulls</c>.</summary>
public static class PullEndpoints
{
    /// <summary>The routes of downloads, in the group of the models.</summary>
    internal static void MapPulls(this RouteGroupBuilder models)
    {
        models.MapPost("/pull", Pull).WithName("PullModel").WithSummary("Downloads a model as a job of the server; a name that is being pulled already is the same job").Problems(400, 413, 415, 503);
        models.MapGet("/pulls", (PullService pulls) => TypedResults.Ok(new PullList(pulls.List()))).WithName("ListPulls").WithSummary("The downloads, newest first; of those that ended the last 100");
        models.MapGet("/pulls/{id}/events", FollowAsync).WithName("FollowPull")
            .WithSummary("Its progress as events, to the one that ends it; of an ended one the last state").Produces<PullEvent>(200, "text/event-stream").Problems(404);
        models.MapDelete("/pulls/{id}", CancelAsync).WithName("CancelPull").WithSummary("Cancels it; what has arrived is kept by Ollama. One that has ended stays as it is").Problems(404);
    }

    private static Accepted<PullView> Pull(PullModelRequest request, PullService pulls)
    {
        var job = pulls.Start(ModelNames.Check(request.Name));
        return TypedResults.Accepted($"/v1/models/pulls/{job.Id}/events", job.ToView());
    }

    private static async Task FollowAsync(string id, HttpContext context, PullService pulls, TimeProvider time)
    {
        var job = Find(id, pulls);
        var gone = context.RequestAborted;
        try
        {
            await new PullStream(context, time).FollowAsync(job, gone);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The watcher has left; the download goes on.
        }
    }

    private static async Task<NoContent> CancelAsync(string id, PullService pulls, CancellationToken cancellationToken)
    {
        var job = Find(id, pulls);
        await job.CancelAsync();
        await job.Ended.WaitAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    private static PullJob Find(string id, PullService pulls) => pulls.Find(id)
        ?? throw ProblemException.NotFound("There is no such download. GET /v1/models/pulls lists them; the ones before a restart are forgotten.");
}
