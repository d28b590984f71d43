using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Models;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Making;

/// <summary>The page that makes a model from another one.</summary>
internal static class MakingPages
{
    public static void MapMaking(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models/new", async ([FromQuery] string? from, ApiClient api, ShellLoader shell, CancellationToken stop) => await ShowAsync(new MakingView(MakingForm.Begin(from), new CreateModelRequest { From = from }), api, shell, stop));
        routes.MapGet("/models/new/preview", () => TypedResults.Redirect("/models/new"));
        var forms = routes.MapGroup("/models/new").RequireSameOrigin();
        forms.MapPost("", MakeAsync);
        forms.MapPost("/preview", async ([FromForm] NoFields _, HttpContext context, ApiClient api, ShellLoader shell) =>
        {
            var (request, fields) = MakingForm.Read(context.Request.Form, whole: false);
            return await ShowAsync(new MakingView(fields, request), api, shell, context.RequestAborted);
        });
    }

    private static async Task<IResult> MakeAsync([FromForm] NoFields _, HttpContext context, ApiClient api, ShellLoader shell)
    {
        var stop = context.RequestAborted;
        var (request, fields) = MakingForm.Read(context.Request.Form, whole: true);
        if (fields.Errors.Count > 0) return await ShowAsync(new MakingView(fields, request) { Status = StatusCodes.Status400BadRequest }, api, shell, stop);
        try
        {
            if (MakingStream.IsWanted(context.Request)) return await TellAsync(request, fields, context, api, shell);
            return new SeeOther(ModelPages.Address((await api.CreateModelAsync(request, stop)).Id) + "?saved=made");
        }
        catch (ApiException refused) when (!context.Response.HasStarted)
        {
            return await RefuseAsync(refused.Problem, request, fields, api, shell, stop);
        }
    }

    private static async Task<IResult> TellAsync(CreateModelRequest request, FormFields fields, HttpContext context, ApiClient api, ShellLoader shell)
    {
        // Kestrel waits for open streams before anything else is stopped.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var stop = end.Token;
        await using var news = api.MakeModelAsync(request, stop).GetAsyncEnumerator(stop);
        if (!await news.MoveNextAsync()) throw ApiException.Unreachable();
        if (news.Current is { Type: PullEventTypes.Error, Problem: { } problem }) return await RefuseAsync(problem, request, fields, api, shell, stop);
        try
        {
            await MakingStream.WriteAsync(context, news, stop);
        }
        catch (Exception gone) when (gone is ApiException || (gone is OperationCanceledException && stop.IsCancellationRequested))
        {
            // The page finds that the stream has no end, and says so.
        }
        return Results.Empty;
    }

    private static Task<IResult> RefuseAsync(Problem problem, CreateModelRequest request, FormFields fields, ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var marked = MakingForm.WithRefusal(fields, problem);
        return ShowAsync(new MakingView(marked ?? fields, request) { Problem = marked is null ? problem : null, Status = problem.Status }, api, shell, stop);
    }

    private static async Task<IResult> ShowAsync(MakingView making, ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var models = api.ListModelsAsync(availableOnly: false, stop);
        await Task.WhenAll(around, models);
        var bases = ModelOrder.Sort((await models).Models.Where(model => model.Status == ModelStatuses.Available));
        // The Modelfile names a model as Ollama does; the list of the form goes by id.
        var chosen = bases.FirstOrDefault(model => model.Id == making.Request.From) ?? (bases.Count > 0 ? bases[0] : null);
        var named = making.Request with { From = chosen?.Name };
        return PageServices.Page<MakingPage>(new { View = await around, Bases = bases, Making = making with { Request = named } }, making.Status);
    }
}

/// <summary>What stands in the form of a new model.</summary>
/// <param name="Fields">As they were typed.</param>
/// <param name="Request">What they ask for, as far as they can be read.</param>
public sealed record MakingView(FormFields Fields, CreateModelRequest Request)
{
    public Problem? Problem { get; init; }
    public int Status { get; init; } = StatusCodes.Status200OK;
}
