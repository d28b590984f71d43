using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Statistics;

/// <summary>What the page of the statistics shows.</summary>
public sealed record StatsPageView(ShellView Shell, StatsSpan Span, IReadOnlyList<StatsPoint> Points, IReadOnlyList<StatsItem> ByModel, IReadOnlyList<ModelView> Models)
{
    /// <summary>The only model that counts; null for all.</summary>
    public ModelView? Model { get; init; }
}

/// <summary>What was answered over time.</summary>
internal static class StatsPages
{
    public static void MapStatistics(this IEndpointRouteBuilder routes) => routes.MapGet("/models/stats", ShowAsync);

    private static async Task<RazorComponentResult<StatsPage>> ShowAsync([FromQuery(Name = "for")] string? span, [FromQuery] string? model, ApiClient api, ShellLoader shell, TimeProvider time, CancellationToken stop)
    {
        var chosen = StatsSpan.Find(span);
        var now = time.GetUtcNow().UtcDateTime;
        var around = shell.LoadAsync(stop);
        var models = api.ListModelsAsync(availableOnly: false, stop);
        var days = api.GetStatsAsync(chosen.From(now), "day", model, stop);
        var byModel = string.IsNullOrEmpty(model) ? api.GetStatsAsync(chosen.From(now), "model", null, stop) : null;
        await Task.WhenAll(around, models, days, byModel ?? Task.CompletedTask);
        var known = (await models).Models;
        var view = new StatsPageView(await around, chosen, chosen.Points((await days).Items, now), byModel is null ? [] : (await byModel).Items, known) { Model = known.FirstOrDefault(one => one.Id == model) };
        return PageServices.Page<StatsPage>(new { View = view });
    }
}
