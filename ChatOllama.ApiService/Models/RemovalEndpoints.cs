using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>Removing models, here or from Ollama too, and bringing one back.</summary>
public static class RemovalEndpoints
{
    /// <summary>The routes of removal, in the group of the models.</summary>
    internal static void MapRemoval(this RouteGroupBuilder models)
    {
        models.MapDelete("/{id}", DeleteAsync).WithName("DeleteModel")
            .WithSummary("Marks it removed: 204; purge=true deletes it from Ollama as well and answers what becomes free. A download of it is cancelled first")
            .Produces<ModelDeletion>().Produces(204).Problems(400, 404, 502, 503, 504);
        models.MapPost("/{id}/restore", RestoreAsync).WithName("RestoreModel")
            .WithSummary("A removed model is available again, if Ollama has it").Produces<ModelView>().Problems(404, 409, 502, 503, 504);
    }

    private static async Task<IResult> DeleteAsync(
        string id, bool? purge, HttpContext http, ModelCatalog catalog, PullService pulls, OllamaClient ollama, CancellationToken cancellationToken)
    {
        var model = await ModelEndpoints.FindAsync(id, http, catalog);
        await pulls.CancelAsync(model.Row.Name, cancellationToken);
        if (purge != true)
        {
            await HideAsync(model, catalog);
            return TypedResults.NoContent();
        }
        var known = await catalog.GetAsync(cancellationToken);
        var deleted = await RunningEndpoints.OllamaCall(() => PurgeAsync(model, ollama, cancellationToken));
        await ForgetAsync(model, catalog);
        return TypedResults.Ok(new ModelDeletion { Id = model.Row.Id, Name = model.Row.Name, SizeFreed = deleted ? FreedBy(model, known) : 0 });
    }

    private static async Task<IResult> RestoreAsync(string id, HttpContext http, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        var model = await ModelEndpoints.FindAsync(id, http, catalog);
        await RunningEndpoints.OllamaCall(async () =>
        {
            await catalog.SyncAnewAsync(cancellationToken);
            await catalog.BringBackAsync(model.Row.Name);
            return true;
        });
        var now = (await catalog.GetAsync(cancellationToken)).Find(model.Row.Id);
        return now?.Row.Status switch
        {
            ModelStatuses.Available => TypedResults.Ok(catalog.ToView(now)),
            ModelStatuses.Downloading => throw ProblemException.Conflict($"'{model.Row.Name}' is being downloaded. It is available as soon as it is there."),
            _ => throw ProblemException.Conflict($"Ollama does not have '{model.Row.Name}' any more. Pull it to get it back; its settings and statistics are kept."),
        };
    }

    /// <summary>It stays in Ollama. A name that never came so far is forgotten altogether.</summary>
    private static Task HideAsync(KnownModel model, ModelCatalog catalog) => catalog.ChangeAsync(context =>
    {
        var row = context.Db.Models.SingleOrDefault(m => m.Key == model.Row.Key);
        // Cancelled just now and forgotten with its download, or somebody pulls it again already.
        if (row is null or { Status: ModelStatuses.Downloading })
            return;
        if (ModelRules.IsForgettable(context.Db, row))
            context.Db.Models.Remove(row);
        else
            (row.Status, row.Error, row.UpdatedAt) = (ModelStatuses.Removed, null, context.Now); // with its digest it is hidden: see ModelRules.IsHidden
    });

    /// <returns>False when Ollama did not have it.</returns>
    private static async Task<bool> PurgeAsync(KnownModel model, OllamaClient ollama, CancellationToken cancellationToken)
    {
        try
        {
            await ollama.DeleteAsync(model.Row.Name, cancellationToken);
            return true;
        }
        catch (OllamaException e) when (e.Kind == OllamaFault.ModelNotFound)
        {
            return false; // gone already: that is what was asked for
        }
    }

    /// <summary>What Ollama lists now is the truth: somebody may have pulled it again in the same moment.</summary>
    private static async Task ForgetAsync(KnownModel model, ModelCatalog catalog)
    {
        try
        {
            await catalog.SyncAnewAsync(CancellationToken.None);
        }
        catch (OllamaException)
        {
            await catalog.ChangeAsync(context =>
            {
                if (context.Db.Models.SingleOrDefault(m => m.Key == model.Row.Key) is { Status: not ModelStatuses.Downloading } row)
                    (row.Status, row.Digest, row.Error, row.UpdatedAt) = (ModelStatuses.Removed, null, null, context.Now);
            });
        }
        // An error that was told of a model that never came has no model any more.
        if ((await catalog.GetAsync(CancellationToken.None)).Find(model.Row.Id) is { Row.Status: ModelStatuses.Error })
            await HideAsync(model, catalog);
    }

    /// <summary>Another name of the same model keeps all of it; what else is shared Ollama does not tell.</summary>
    private static long FreedBy(KnownModel model, ModelSnapshot known) =>
        model.Row.Digest is { Length: > 0 } digest && known.All.Any(m => m.Row.Key != model.Row.Key && m.Row.Digest == digest) ? 0 : model.Row.Size;
}
