using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using ChatOllama.ServiceDefaults.Configuration;

namespace ChatOllama.ApiService.Settings;

/// <summary>The effective configuration, for people who ask why the service behaves as it does.</summary>
public static class SettingsEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/settings", (EffectiveSettings settings) => TypedResults.Ok(new SettingsView(settings.Values)))
            .WithName("GetSettings").WithTags("Service")
            .WithSummary("The effective configuration with the source of each value; secrets are masked")
            .Problems(StatusCodes.Status429TooManyRequests);
}
