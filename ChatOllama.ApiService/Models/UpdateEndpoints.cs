using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.ApiService.Models;

/// <summary>Models that have changed at their source: <c>/v1/models/updates</c> and <c>/v1/models/update</c>.</summary>
public static class UpdateEndpoints
{
    private const int MaxNamed = 200;

    /// <summary>The routes of updates, in the group of the models.</summary>
    internal static void MapUpdates(this RouteGroupBuilder models)
    {
        models.MapGet("/updates", async (UpdateChecks checks, CancellationToken cancellationToken) => TypedResults.Ok(await checks.LastAsync(cancellationToken))).WithName("GetModelUpdates").WithSummary("How the models compare with their source, as of the last check; asks nobody");
        models.MapPost("/updates", CheckAsync).WithName("CheckModelUpdates")
            .WithSummary("Asks the registry which models have changed, without downloading; an answer younger than ten minutes is used again unless fresh=true").Problems(400);
        models.MapPost("/update", UpdateAsync).WithName("UpdateModels").WithSummary("Pulls models again: those that are named, else all that have changed").Problems(400, 409, 413, 415, 503);
    }

    private static async Task<Ok<ModelUpdateList>> CheckAsync(bool? fresh, UpdateChecks checks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await checks.CheckAsync(fresh == true, cancellationToken));

    private static async Task<Accepted<PullList>> UpdateAsync(
        UpdateModelsRequest? request, ModelCatalog catalog, UpdateChecks checks, PullService pulls, OllamaServers servers, ApiOptions options, CancellationToken cancellationToken)
    {
        var names = request?.Models is { } asked
            ? await NamedAsync(asked, catalog, options, cancellationToken)
            : (await checks.CheckAsync(fresh: false, cancellationToken)).Models.Where(m => m.State == ModelUpdateStates.Outdated).Select(m => m.Name).ToList();
        var jobs = new List<PullView>();
        foreach (var (name, host) in names.SelectMany(name => servers.ForUpdate(name), (name, host) => (name, host)))
            jobs.Add(await pulls.ViewAsync(await pulls.StartAsync(name, insecure: false, cancellationToken, host), cancellationToken));
        return TypedResults.Accepted("/v1/models/pulls", new PullList(jobs));
    }

    /// <summary>All are checked before the first is pulled.</summary>
    private static async Task<List<string>> NamedAsync(string[] asked, ModelCatalog catalog, ApiOptions options, CancellationToken cancellationToken)
    {
        if (asked.Length is 0 or > MaxNamed)
            throw ProblemException.Validation("models", $"models must name 1 to {MaxNamed} models; leave it out to update all that have changed.");
        var known = await catalog.GetAsync(cancellationToken);
        return [.. asked.Select(name => Name(name, known, options)).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static string Name(string? asked, ModelSnapshot known, ApiOptions options)
    {
        if (known.Find(asked ?? "")?.Row is not { } row)
            throw ProblemException.Validation("models", "models must hold ids or names of models that are known here. GET /v1/models lists them.");
        if (row.IsLocal)
            throw ProblemException.Validation("models", $"'{row.Name}' was made on this Ollama: there is nothing to update it from.");
        return PullNames.Check(row.Name, options.AllowInsecurePulls, "models");
    }
}
