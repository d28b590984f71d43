using ChatOllama.Contracts;
using ChatOllama.Web.Api;

namespace ChatOllama.Web.Components.Models;

/// <summary>A model that is asked for and not known: a page that says so and offers to get it, in place of one that only says that there is nothing.</summary>
internal static class MissingModel
{
    private const int MaxName = 255;

    /// <summary>Shows it where a route with an <c>{id}</c> finds no such model. A script that asked for a part of a page gets the problem itself.</summary>
    public static TBuilder ShowMissing<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder => routes.AddEndpointFilter(async (invocation, next) =>
    {
        var context = invocation.HttpContext;
        try
        {
            return await next(invocation);
        }
        catch (ApiException missing) when (missing.Problem.Code == ProblemCodes.NotFound && context.Request.RouteValues["id"] is string id && !context.Request.Headers.ContainsKey("X-Region"))
        {
            var around = await context.RequestServices.GetRequiredService<ShellLoader>().TryLoadAsync(context.RequestAborted);
            return PageServices.Page<MissingPage>(new { View = around, Name = NameIn(id) }, StatusCodes.Status404NotFound);
        }
    });

    /// <summary>For the list of the models, where the form stood that asked for it.</summary>
    public static Problem Problem => ApiProblems.Of(ProblemCodes.NotFound, StatusCodes.Status404NotFound, ModelTexts.MissingNow, ModelTexts.MissingAdvice);

    /// <summary>What can be pulled; null of an id, which says nothing to anybody.</summary>
    private static string? NameIn(string id) => Uri.UnescapeDataString(id) is { Length: <= MaxName } name && !Guid.TryParse(name, out _) ? name : null;
}
