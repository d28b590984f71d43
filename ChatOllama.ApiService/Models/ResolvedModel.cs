using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>A model that a chat may use.</summary>
/// <param name="Key">Its row.</param>
/// <param name="Name">Ollama's full name.</param>
/// <param name="ContextLength">The longest context it supports, not the one it runs with.</param>
public sealed record ResolvedModel(string Id, long Key, string Name, IReadOnlyList<string> Capabilities, int? ContextLength, ModelConfigView Config)
{
    /// <summary>False only when Ollama says what it can and sight is not among it.</summary>
    public bool Sees => Capabilities.Count == 0 || Capabilities.Contains("vision");
}

/// <summary>A model in Ollama's memory.</summary>
/// <param name="ContextLength">The context it runs with.</param>
public sealed record LoadedModel(string Name, int? ContextLength);

/// <summary>What a chat needs to know of models.</summary>
public interface IModelCatalog
{
    /// <summary>The model with this name or id; null asks for the default.</summary>
    /// <exception cref="Http.ProblemException">400 that says whether it is unknown, disabled or removed; 503 when no model is known and Ollama does not answer.</exception>
    ValueTask<ResolvedModel> ResolveAsync(string? nameOrId, CancellationToken cancellationToken);

    /// <summary>The model in Ollama's memory, from <c>/api/ps</c> as of at most <paramref name="maxAge"/> ago; null when it is not loaded or Ollama does not say.</summary>
    /// <param name="host">The one of several Ollamas that is meant; null: the one that a chat would go to now.</param>
    ValueTask<LoadedModel?> FindLoadedAsync(ResolvedModel model, TimeSpan maxAge, CancellationToken cancellationToken, string? host = null);

    /// <summary>A chat found that Ollama does not answer: the list says so at once, and is synced when Ollama is back.</summary>
    void NoteUnreachable();
}
