using ChatOllama.Web.Api;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.Web.Components.Settings;

/// <summary>The page that shows how this server is set up.</summary>
internal static class SettingsPages
{
    public static void MapSettings(this IEndpointRouteBuilder routes) => routes.MapGet("/settings", ShowAsync);

    private static async Task<RazorComponentResult<SettingsPage>> ShowAsync(ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var settings = api.GetSettingsAsync(stop);
        await Task.WhenAll(around, settings);
        return PageServices.Page<SettingsPage>(new { View = await around, List = (await settings).Settings });
    }
}
