using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Models;

/// <summary>The page of the models and its forms. A model's name may hold slashes, so it travels in the form.</summary>
internal static class ModelPages
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models", ShowAsync);
        var forms = routes.MapGroup("/models").RequireSameOrigin();
        forms.MapPost("/sync", ([FromForm] NoFields _, ApiClient api, ShellLoader shell, CancellationToken stop) => ActAsync(api, shell, () => api.SyncModelsAsync(stop), stop));
        forms.MapPost("/default", ([FromForm] string model, ApiClient api, ShellLoader shell, CancellationToken stop) => ActAsync(api, shell, () => api.SetDefaultModelAsync(model, stop), stop));
        forms.MapPost("/enabled", ([FromForm] string model, [FromForm] bool enabled, ApiClient api, ShellLoader shell, CancellationToken stop) =>
            ActAsync(api, shell, () => api.UpdateModelAsync(model, new UpdateModelRequest { IsEnabled = (bool?)enabled }, stop), stop));
    }

    private static async Task<RazorComponentResult<ModelsPage>> ShowAsync(ApiClient api, ShellLoader shell, CancellationToken stop) => await PageAsync(api, shell, null, stop);

    private static async Task<IResult> ActAsync(ApiClient api, ShellLoader shell, Func<Task> act, CancellationToken stop)
    {
        try
        {
            await act();
        }
        catch (ApiException refused)
        {
            return await PageAsync(api, shell, refused.Problem, stop);
        }
        return new SeeOther("/models");
    }

    private static async Task<RazorComponentResult<ModelsPage>> PageAsync(ApiClient api, ShellLoader shell, Problem? problem, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var models = api.ListModelsAsync(availableOnly: false, stop);
        await Task.WhenAll(around, models);
        return PageServices.Page<ModelsPage>(new { View = await around, List = await models, Problem = problem }, problem?.Status ?? StatusCodes.Status200OK);
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
