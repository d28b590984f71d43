using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.ApiService.Models;

/// <summary>Downloads: <c>/v1/models/pull</c> and <c>/v1/models/pulls</c>.</summary>
public static class PullEndpoints
{
    private const char CursorKind = 'p';

    /// <summary>The routes of downloads, in the group of the models.</summary>
    internal static void MapPulls(this RouteGroupBuilder models)
    {
        models.MapPost("/pull", PullAsync).WithName("PullModel").WithSummary("Downloads a model as a job of the server; a name that is being pulled already is the same job").Problems(400, 409, 413, 415, 503);
        models.MapGet("/pulls", ListAsync).WithName("ListPulls").WithSummary("The downloads, newest first: all that wait or run, and the last 100 that ended").Problems(400);
        models.MapGet("/pulls/{id}", GetAsync).WithName("GetPull").WithSummary("One download").Problems(404);
        models.MapGet("/pulls/{id}/events", FollowAsync).WithName("FollowPull")
            .WithSummary("Its progress as events, to the one that ends it; of an ended one the last state").Produces<PullEvent>(200, "text/event-stream").Problems(404);
        models.MapPost("/pulls/{id}/retry", RetryAsync).WithName("RetryPull").WithSummary("The same name again, as a new job; Ollama goes on with what has arrived").Problems(404, 409, 503);
        models.MapDelete("/pulls/{id}", CancelAsync).WithName("CancelPull").WithSummary("Cancels it; what has arrived is kept by Ollama. One that has ended stays as it is").Problems(404);
    }

    private static Task<Accepted<PullView>> PullAsync(PullModelRequest request, PullService pulls, OllamaServers servers, ApiOptions options, CancellationToken cancellationToken)
    {
        if (request.Insecure == true && !options.AllowInsecurePulls)
            throw ProblemException.Validation("insecure", "insecure is not allowed here. Leave it out, or set ALLOW_INSECURE_PULLS=true.");
        var name = PullNames.Check(request.Name, options.AllowInsecurePulls);
        return StartAsync(name, request.Insecure == true, HostFields.Check(request.Host, servers)?.Name, pulls, cancellationToken);
    }

    private static async Task<Accepted<PullView>> RetryAsync(string id, PullService pulls, CancellationToken cancellationToken)
    {
        var job = await FindAsync(id, pulls, cancellationToken);
        return await StartAsync(job.Name, job.IsInsecure, job.Host, pulls, cancellationToken);
    }

    private static async Task<Accepted<PullView>> StartAsync(string name, bool insecure, string? host, PullService pulls, CancellationToken cancellationToken)
    {
        var job = await pulls.StartAsync(name, insecure, cancellationToken, host);
        return TypedResults.Accepted($"/v1/models/pulls/{job.Id}/events", await pulls.ViewAsync(job, cancellationToken));
    }

    private static async Task<Ok<PullList>> ListAsync(string? limit, string? cursor, PullService pulls, CancellationToken cancellationToken)
    {
        var most = PageCursor.ReadLimit(limit, PageCursor.BaseLimit);
        var before = PageCursor.Read(cursor, CursorKind.ToString())?.Position ?? long.MaxValue;
        var rest = (await pulls.ListAsync(cancellationToken)).Where(p => p.Key == 0 ? before == long.MaxValue : p.Key < before).Take(most + 1).ToList();
        return TypedResults.Ok(new PullList([.. rest.Take(most).Select(p => p.View)])
        {
            NextCursor = rest.Count > most ? new PageCursor(CursorKind, rest[most - 1].Key).ToString() : null,
        });
    }

    private static async Task<Ok<PullView>> GetAsync(string id, PullService pulls, CancellationToken cancellationToken) =>
        TypedResults.Ok(await pulls.ViewAsync(await FindAsync(id, pulls, cancellationToken), cancellationToken));

    private static async Task FollowAsync(string id, HttpContext context, PullService pulls, TimeProvider time)
    {
        var gone = context.RequestAborted;
        var job = await FindAsync(id, pulls, gone);
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
        await pulls.CancelAsync(await FindAsync(id, pulls, cancellationToken), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<PullJob> FindAsync(string id, PullService pulls, CancellationToken cancellationToken) => await pulls.FindAsync(id, cancellationToken)
        ?? throw ProblemException.NotFound("There is no such download. GET /v1/models/pulls lists them; of those that ended the last 100 are kept.");
}
