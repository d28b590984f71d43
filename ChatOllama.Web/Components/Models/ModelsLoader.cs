using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Pulls;

namespace ChatOllama.Web.Components.Models;

/// <summary>What the page of the models shows.</summary>
public sealed record ModelsView
{
    public required ShellView Shell { get; init; }
    public required ModelList List { get; init; }

    /// <summary>What is in memory; null while Ollama does not say.</summary>
    public IReadOnlyList<RunningModel>? Running { get; init; }

    /// <summary>Newest first.</summary>
    public required IReadOnlyList<PullView> Pulls { get; init; }

    /// <summary>What the last look for updates has found.</summary>
    public ModelUpdateList? Updates { get; init; }
    public string? Filter { get; init; }

    /// <summary>The model that was removed a moment ago: it can be had back.</summary>
    public ModelView? Removed { get; init; }

    /// <summary>The name that has just been deleted from Ollama.</summary>
    public string? Deleted { get; init; }
    public PullDraft? Draft { get; init; }
    public Problem? Problem { get; init; }
}

/// <summary>Loads the <see cref="ModelsView"/>.</summary>
internal sealed class ModelsLoader(ApiClient api, ShellLoader shell)
{
    /// <summary>An Ollama that hangs must not hang the page: what is in memory is then not shown, and comes by itself later.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    public async Task<ModelsView> LoadAsync(CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var models = api.ListModelsWithStatsAsync(stop);
        var pulls = api.ListPullsAsync(stop);
        var running = api.TryAsync(api.ListRunningAsync, Patience, stop);
        var updates = api.TryAsync(api.GetUpdatesAsync, Patience, stop);
        await Task.WhenAll(around, models, pulls, running, updates);
        return new ModelsView { Shell = await around, List = await models, Pulls = await pulls, Running = (await running)?.Models, Updates = await updates };
    }
}
