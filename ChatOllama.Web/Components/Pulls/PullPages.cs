using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Models;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Pulls;

/// <summary>What was typed as a model's name, and why it is not being pulled.</summary>
/// <param name="Name">As it was typed.</param>
/// <param name="Error">In the visitor's language.</param>
/// <param name="Said">In the api's own words.</param>
public sealed record PullDraft(string Name, string? Error, string? Said)
{
    /// <summary>Which of several Ollamas was chosen; null is any.</summary>
    public string? Host { get; init; }
}

/// <summary>The page of the downloads, and the forms that start and end one.</summary>
internal static class PullPages
{
    private const string Home = "/models/pulls";

    public static void MapPulls(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Home, async (ApiClient api, ShellLoader shell, CancellationToken stop) => await ShowAsync(api, shell, null, stop));
        routes.MapGet("/models/pull", () => TypedResults.Redirect("/models#pulling"));
        routes.MapPullStream();
        var forms = routes.MapGroup("/models").RequireSameOrigin();
        forms.MapPost("/pull", StartAsync);
        forms.MapPost("/pulls/{id}/cancel", (string id, [FromForm] string? from, HttpContext context, ApiClient api, ShellLoader shell) => ActAsync(from, context, api, shell, stop => api.CancelPullAsync(id, stop)));
        forms.MapPost("/pulls/{id}/retry", (string id, [FromForm] string? from, HttpContext context, ApiClient api, ShellLoader shell) => ActAsync(from, context, api, shell, stop => api.RetryPullAsync(id, stop)));
    }

    private static async Task<IResult> StartAsync([FromForm] string? name, [FromForm] string? host, HttpContext context, ApiClient api, ModelsLoader models)
    {
        var stop = context.RequestAborted;
        host = string.IsNullOrEmpty(host) ? null : host;
        try
        {
            await api.StartPullAsync((name ?? "").Trim(), host, stop);
        }
        catch (ApiException refused) when (refused.Problem.Code == ProblemCodes.Validation && refused.Problem.Errors?.ContainsKey("host") != true)
        {
            var draft = string.IsNullOrWhiteSpace(name) ? new PullDraft("", PullTexts.ErrorEmpty, null) : new PullDraft(name, PullTexts.ErrorName, refused.Problem.Detail);
            return ModelPages.Show(await models.LoadAsync(stop) with { Draft = draft with { Host = host } }, refused.Problem.Status);
        }
        catch (ApiException refused)
        {
            return ModelPages.Show(await models.LoadAsync(stop) with { Draft = new PullDraft(name ?? "", null, null) { Host = host }, Problem = refused.Problem }, refused.Problem.Status);
        }
        return new SeeOther(IsRegion(context) ? "/models" : Home);
    }

    /// <summary>A job that has ended or is forgotten meanwhile is no fault of the visitor's: the list shows how it stands.</summary>
    private static async Task<IResult> ActAsync(string? from, HttpContext context, ApiClient api, ShellLoader shell, Func<CancellationToken, Task> act)
    {
        try
        {
            await act(context.RequestAborted);
        }
        catch (ApiException gone) when (gone.Problem.Code == ProblemCodes.NotFound)
        {
        }
        catch (ApiException refused) when (from != "list")
        {
            return await ShowAsync(api, shell, refused.Problem, context.RequestAborted);
        }
        return new SeeOther(from == "list" ? "/models" : Home);
    }

    private static async Task<IResult> ShowAsync(ApiClient api, ShellLoader shell, Problem? problem, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var pulls = api.ListPullsAsync(stop);
        await Task.WhenAll(around, pulls);
        return PageServices.Page<PullsPage>(new { View = await around, Pulls = await pulls, Problem = problem }, problem?.Status ?? StatusCodes.Status200OK);
    }

    /// <summary>The script of the page where the form stands takes a part of the answer, so that must have that part.</summary>
    private static bool IsRegion(HttpContext context) => context.Request.Headers.ContainsKey("X-Region");
}
