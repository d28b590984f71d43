using System.Collections.Concurrent;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>Makes models under names that are free: Ollama itself would overwrite what has the name without a word. Thread-safe.</summary>
public sealed class NewModels(ModelCatalog catalog)
{
    private readonly ConcurrentDictionary<string, bool> _inTheMaking = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether somebody makes a model of this full name right now.</summary>
    internal bool IsInTheMaking(string name) => _inTheMaking.ContainsKey(name);

    /// <summary>Keeps a full name for the caller until the result is disposed.</summary>
    /// <exception cref="ProblemException">409 when Ollama has a model of that name or somebody is making one.</exception>
    /// <exception cref="OllamaException">Ollama does not say what it has.</exception>
    public async Task<IDisposable> ReserveAsync(string name, CancellationToken cancellationToken)
    {
        if (!_inTheMaking.TryAdd(name, true))
            throw ProblemException.Conflict($"A model named '{name}' is being made right now. Wait for it, or choose another name.");
        var place = new Place(_inTheMaking, name);
        try
        {
            await catalog.SyncAnewAsync(cancellationToken);
            if ((await catalog.GetAsync(cancellationToken)).FindName(name) is { Row: var row } && !ModelRules.IsGone(row))
                throw ProblemException.Conflict(row.Status == ModelStatuses.Downloading
                    ? $"A model named '{row.Name}' is being downloaded. Cancel the download, or choose another name."
                    : $"There is a model named '{row.Name}' in Ollama already. Choose another name, or delete that one with purge=true first.");
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>The model that was just made, once it is known here.</summary>
    /// <exception cref="OllamaException">Ollama does not say what it has, or has no such model.</exception>
    public async Task<KnownModel> MadeAsync(string name, CancellationToken cancellationToken)
    {
        await catalog.SyncAnewAsync(cancellationToken);
        await catalog.ChangeAsync(context => context.Db.Models.Where(m => m.Name == name).ToList().ForEach(m => m.IsLocal = true));
        return (await catalog.GetAsync(cancellationToken)).FindName(name)
            ?? throw new OllamaException(OllamaFault.Failed, $"Ollama made the model '{name}' and does not list it. Look into its log, then sync the models.");
    }

    private sealed class Place(ConcurrentDictionary<string, bool> names, string name) : IDisposable
    {
        public void Dispose() => names.TryRemove(name, out _);
    }
}
