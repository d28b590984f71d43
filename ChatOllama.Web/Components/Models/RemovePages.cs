using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Models;

/// <summary>A name that was typed, and why nothing has it now.</summary>
public sealed record NameDraft(string Name, string Error);

/// <summary>Copies, and the three ways of a model's going: hidden here, deleted from Ollama, and back.</summary>
internal static class RemovePages
{
    public static void MapRemoving(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models/{id}/delete", async (string id, ApiClient api, ShellLoader shell, CancellationToken stop) => await AskAsync(id, api, shell, null, stop)).ShowMissing();
        var forms = routes.MapGroup("/models/{id}").RequireSameOrigin().ShowMissing();
        forms.MapPost("/copy", CopyAsync);
        forms.MapPost("/remove", (string id, [FromForm] NoFields _, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(id, () => api.RemoveModelAsync(id, purge: false, stop), stop, "/models?removed=" + Uri.EscapeDataString(id)));
        forms.MapPost("/restore", (string id, [FromForm] string? from, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(from == ModelPages.FromModel ? id : null, () => api.RestoreModelAsync(id, stop), stop));
        forms.MapPost("/delete", DeleteAsync);
    }

    private static async Task<IResult> CopyAsync(string id, [FromForm] string? name, HttpContext context, ApiClient api, ModelLoader model)
    {
        var stop = context.RequestAborted;
        try
        {
            return new SeeOther(ModelPages.Address((await api.CopyModelAsync(id, (name ?? "").Trim(), stop)).Id));
        }
        catch (ApiException refused) when (refused.Problem.Code is ProblemCodes.Validation or ProblemCodes.Conflict)
        {
            var error = refused.Problem.Code == ProblemCodes.Conflict ? ModelTexts.ErrorNameTaken : ModelTexts.ErrorNewName;
            return await model.ShowAsync(id, new ModelForms { Copy = new NameDraft(name ?? "", error), Status = refused.Problem.Status }, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            return await model.ShowAsync(id, new ModelForms { Problem = refused.Problem }, stop);
        }
    }

    private static async Task<IResult> DeleteAsync(string id, [FromForm] NoFields _, ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var name = (await api.GetModelAsync(id, stop)).Model.DisplayName;
        try
        {
            await api.RemoveModelAsync(id, purge: true, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            return await AskAsync(id, api, shell, refused.Problem, stop);
        }
        return new SeeOther("/models?deleted=" + Uri.EscapeDataString(name));
    }

    private static async Task<IResult> AskAsync(string id, ApiClient api, ShellLoader shell, Problem? problem, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var found = api.GetModelAsync(id, stop);
        var all = api.ListModelsAsync(availableOnly: false, stop);
        await Task.WhenAll(around, found, all);
        var model = (await found).Model;
        // What Ollama does not have cannot be deleted there.
        if (ModelState.IsGone(model)) return new SeeOther(ModelPages.Address(model.Id));
        var siblings = (await all).Models.Where(other => other.Id != model.Id && other.Digest is not null && other.Digest == model.Digest);
        return PageServices.Page<DeletePage>(new { View = await around, Model = model, Siblings = siblings.ToList(), Problem = problem }, problem?.Status ?? StatusCodes.Status200OK);
    }
}
