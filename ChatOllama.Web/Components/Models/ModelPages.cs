using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Models;

/// <summary>The pages of the models and their forms. A page is named by the model's id: a name may hold slashes.</summary>
internal static class ModelPages
{
    /// <summary>The value of <c>from</c> in forms that stand on the page of one model.</summary>
    public const string FromModel = "model";

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models", ([FromQuery] string? q, ApiClient api, ShellLoader shell, CancellationToken stop) => ListAsync(api, shell, q, null, stop));
        routes.MapGet("/models/{id}", ShowAsync);
        // Where a refused form has left the browser, a reload is the page again.
        routes.MapGet("/models/{id}/{form:regex(^(about|settings)$)}", (string id) => TypedResults.Redirect(Address(id)));
        var forms = routes.MapGroup("/models").RequireSameOrigin();
        forms.MapPost("/sync", ([FromForm] NoFields _, ApiClient api, ShellLoader shell, CancellationToken stop) => ActAsync(api, shell, null, () => api.SyncModelsAsync(stop), stop));
        forms.MapPost("/default", ([FromForm] string model, [FromForm] string? from, ApiClient api, ShellLoader shell, CancellationToken stop) =>
            ActAsync(api, shell, from == FromModel ? model : null, () => api.SetDefaultModelAsync(model, stop), stop));
        forms.MapPost("/enabled", ([FromForm] string model, [FromForm] bool enabled, [FromForm] string? from, ApiClient api, ShellLoader shell, CancellationToken stop) =>
            ActAsync(api, shell, from == FromModel ? model : null, () => api.UpdateModelAsync(model, new UpdateModelRequest { IsEnabled = (bool?)enabled }, stop), stop));
        forms.MapPost("/{id}/about", SaveAboutAsync);
        forms.MapPost("/{id}/settings", SaveSettingsAsync);
    }

    private static async Task<RazorComponentResult<ModelPage>> ShowAsync(string id, [FromQuery] string? saved, [FromQuery] string? own, ApiClient api, ShellLoader shell, CancellationToken stop) =>
        await PageAsync(id, new Forms { Saved = saved, IsEmptied = own is not null }, api, shell, stop);

    private static async Task<IResult> SaveAboutAsync(string id, [FromForm] NoFields _, HttpContext context, ApiClient api, ShellLoader shell)
    {
        var stop = context.RequestAborted;
        var (update, fields) = ModelAbout.Read(context.Request.Form);
        if (fields.Errors.Count > 0) return await PageAsync(id, new Forms { About = fields, Status = StatusCodes.Status400BadRequest }, api, shell, stop);
        try
        {
            await api.UpdateModelAsync(id, update, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            return await PageAsync(id, new Forms { About = fields, Problem = refused.Problem }, api, shell, stop);
        }
        return new SeeOther(Address(id) + "?saved=about#about");
    }

    private static async Task<IResult> SaveSettingsAsync(string id, [FromForm] NoFields _, HttpContext context, ApiClient api, ShellLoader shell)
    {
        var stop = context.RequestAborted;
        var (update, fields) = ModelSettings.Read(context.Request.Form);
        if (fields.Errors.Count > 0) return await PageAsync(id, new Forms { Settings = fields, Status = StatusCodes.Status400BadRequest }, api, shell, stop);
        try
        {
            await api.UpdateModelConfigAsync(id, update, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            var marked = ModelSettings.WithRefusal(fields, refused.Problem);
            return await PageAsync(id, new Forms { Settings = marked ?? fields, Problem = marked is null ? refused.Problem : null, Status = refused.Problem.Status }, api, shell, stop);
        }
        return new SeeOther(Address(id) + "?saved=settings#model-settings");
    }

    /// <param name="id">The model on whose page the form stood; null for the list.</param>
    private static async Task<IResult> ActAsync(ApiClient api, ShellLoader shell, string? id, Func<Task> act, CancellationToken stop)
    {
        try
        {
            await act();
        }
        catch (ApiException refused) when (id is null)
        {
            return await ListAsync(api, shell, null, refused.Problem, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            return await PageAsync(id!, new Forms { Problem = refused.Problem }, api, shell, stop);
        }
        return new SeeOther(id is null ? "/models" : Address(id));
    }

    private static async Task<RazorComponentResult<ModelsPage>> ListAsync(ApiClient api, ShellLoader shell, string? filter, Problem? problem, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var models = api.ListModelsWithStatsAsync(stop);
        await Task.WhenAll(around, models);
        return PageServices.Page<ModelsPage>(new { View = await around, List = await models, Filter = filter, Problem = problem }, problem?.Status ?? StatusCodes.Status200OK);
    }

    private static async Task<RazorComponentResult<ModelPage>> PageAsync(string id, Forms forms, ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var found = api.GetModelAsync(id, stop);
        await Task.WhenAll(around, found);
        var detail = await found;
        return PageServices.Page<ModelPage>(new
        {
            View = await around,
            Detail = detail,
            About = forms.About ?? ModelAbout.Show(detail.Model),
            Settings = forms.Settings ?? (forms.IsEmptied ? FormFields.Empty : ModelSettings.Show(detail.Config)),
            forms.Saved,
            forms.IsEmptied,
            forms.Problem,
        }, forms.Problem?.Status ?? forms.Status);
    }

    private static string Address(string id) => "/models/" + Uri.EscapeDataString(id);

    /// <summary>What the page of a model shows in its forms other than what is stored.</summary>
    private sealed record Forms
    {
        public FormFields? About { get; init; }
        public FormFields? Settings { get; init; }
        public string? Saved { get; init; }
        public bool IsEmptied { get; init; }
        public Problem? Problem { get; init; }
        public int Status { get; init; } = StatusCodes.Status200OK;
    }

    /// <summary>After a form, the page: a reload must not post again.</summary>
    private sealed class SeeOther(string address) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = address;
            return Task.CompletedTask;
        }
    }
}
