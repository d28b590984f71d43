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

    public static void AddModels(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<ModelsLoader>();
        builder.Services.AddScoped<ModelLoader>();
        builder.Services.AddScoped<ModelActs>();
    }

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models", ListAsync);
        routes.MapGet("/models/{id}", ShowAsync).ShowMissing();
        // Where a refused form has left the browser, a reload is the page again.
        routes.MapGet("/models/{id}/{form:regex(^(about|settings|copy|load|unload|remove|restore)$)}", (string id) => TypedResults.Redirect(Address(id)));
        var forms = routes.MapGroup("/models").RequireSameOrigin().ShowMissing();
        forms.MapPost("/sync", ([FromForm] NoFields _, ApiClient api, ModelActs acts, CancellationToken stop) => acts.DoAsync(null, () => api.SyncModelsAsync(stop), stop));
        forms.MapPost("/default", ([FromForm] string model, [FromForm] string? from, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(from == FromModel ? model : null, () => api.SetDefaultModelAsync(model, stop), stop));
        forms.MapPost("/enabled", ([FromForm] string model, [FromForm] bool enabled, [FromForm] string? from, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(from == FromModel ? model : null, () => api.UpdateModelAsync(model, new UpdateModelRequest { IsEnabled = (bool?)enabled }, stop), stop));
        forms.MapPost("/{id}/about", SaveAboutAsync);
        forms.MapPost("/{id}/settings", SaveSettingsAsync);
    }

    public static string Address(string id) => "/models/" + Uri.EscapeDataString(id);

    public static RazorComponentResult<ModelsPage> Show(ModelsView view, int status) => PageServices.Page<ModelsPage>(new { View = view }, status);

    private static async Task<IResult> ListAsync([FromQuery] string? q, [FromQuery] string? removed, [FromQuery] string? deleted, ModelsLoader models, CancellationToken stop)
    {
        var view = await models.LoadAsync(stop);
        var gone = view.List.Models.FirstOrDefault(model => model.Id == removed && model.Status == ModelStatuses.Removed);
        return Show(view with { Filter = q, Removed = gone, Deleted = deleted is { Length: > 0 and <= 300 } ? deleted : null }, StatusCodes.Status200OK);
    }

    private static async Task<IResult> ShowAsync(string id, [FromQuery] string? saved, [FromQuery] string? own, ModelLoader model, CancellationToken stop) =>
        await model.ShowAsync(id, new ModelForms { Saved = saved, IsEmptied = own is not null }, stop);

    private static async Task<IResult> SaveAboutAsync(string id, [FromForm] NoFields _, HttpContext context, ApiClient api, ModelLoader model)
    {
        var stop = context.RequestAborted;
        var (update, fields) = ModelAbout.Read(context.Request.Form);
        if (fields.Errors.Count > 0) return await model.ShowAsync(id, new ModelForms { About = fields, Status = StatusCodes.Status400BadRequest }, stop);
        try
        {
            await api.UpdateModelAsync(id, update, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            return await model.ShowAsync(id, new ModelForms { About = fields, Problem = refused.Problem }, stop);
        }
        return new SeeOther(Address(id) + "?saved=about#about");
    }

    private static async Task<IResult> SaveSettingsAsync(string id, [FromForm] NoFields _, HttpContext context, ApiClient api, ModelLoader model)
    {
        var stop = context.RequestAborted;
        var (update, fields) = ModelSettings.Read(context.Request.Form);
        if (fields.Errors.Count > 0) return await model.ShowAsync(id, new ModelForms { Settings = fields, Status = StatusCodes.Status400BadRequest }, stop);
        if (context.Request.Form["reload"] != "yes" && await model.ReloadsAsync(id, update, stop)) return await model.ShowAsync(id, new ModelForms { Settings = fields, WouldReload = true }, stop);
        try
        {
            await api.UpdateModelConfigAsync(id, update, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            var marked = ModelSettings.WithRefusal(fields, refused.Problem);
            return await model.ShowAsync(id, new ModelForms { Settings = marked ?? fields, Problem = marked is null ? refused.Problem : null, Status = refused.Problem.Status }, stop);
        }
        return new SeeOther(Address(id) + "?saved=settings#model-settings");
    }
}
