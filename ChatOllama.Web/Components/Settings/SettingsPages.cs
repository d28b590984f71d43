using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Shared;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Settings;

/// <summary>The page of the visitor's preferences, of how the server is doing and of how it is set up.</summary>
internal static class SettingsPages
{
    public static void AddSettings(this WebApplicationBuilder builder) => builder.Services.AddScoped<SettingsLoader>();

    public static void MapSettings(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/settings", ShowAsync);
        routes.MapGet("/settings/manual/{name?}", ManualAsync);
        routes.MapPost("/settings/check", CheckAsync).RequireSameOrigin();
    }

    private static Task<RazorComponentResult<SettingsPage>> ShowAsync(SettingsLoader settings, CancellationToken stop) => settings.PageAsync(stop);

    private static async Task<RazorComponentResult<ManualPage>> ManualAsync(string? name, ShellLoader shell, CancellationToken stop)
    {
        var (heading, text) = Manual.Find(name ?? Manual.First) ?? throw new ApiException(ApiProblems.Of(ProblemCodes.NotFound, StatusCodes.Status404NotFound, ProblemTexts.TitleNotFound, ProblemTexts.AdviceNotFound));
        return PageServices.Page<ManualPage>(new { View = await shell.TryLoadAsync(stop), Name = name ?? Manual.First, Heading = heading, Text = text });
    }

    private static async Task<StatusCodeHttpResult> CheckAsync([FromForm] NoFields _, HealthWatch health, HttpContext context)
    {
        await health.CheckAsync(context.RequestAborted);
        context.Response.Headers.Location = "/settings#health";
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }
}
