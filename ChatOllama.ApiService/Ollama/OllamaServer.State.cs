using System.Collections.Frozen;
using ChatOllama.ApiService.Models;

namespace ChatOllama.ApiService.Ollama;

/// <summary>What is known of one Ollama among several. Nothing of it is written where there is only one. Changed under the lock of <see cref="OllamaServers"/>, read by anybody.</summary>
public sealed partial class OllamaServer
{
    private readonly Lock _gate = gate ?? new();
    private volatile IReadOnlyList<OllamaTag>? _tags;
    private volatile FrozenDictionary<string, string?> _digests = FrozenDictionary<string, string?>.Empty;
    private volatile IReadOnlyList<OllamaRunning>? _running;
    private volatile bool _isUp = true, _isSilent;
    private volatile int _busy;

    /// <summary>Its address without credentials and without a slash at the end; how people and the API call it.</summary>
    public string Name { get; } = transport.Address.ToString().TrimEnd('/');

    /// <summary>Chat with this one.</summary>
    public OllamaChatClient Chat { get; } = new(transport);

    /// <summary>False from the moment it did not answer until it has listed its models again. Believed to be up before it was asked.</summary>
    public bool IsUp => _isUp;

    /// <summary>Answers of ours that it writes, or that wait there.</summary>
    public int Busy => _busy;

    /// <summary>As it last listed them, also while it is down; null when it never has since the service started.</summary>
    public IReadOnlyList<OllamaTag>? Tags => _tags;

    /// <summary>It let a question run into its time limit, as one does that hangs: others are asked first until it has answered one, which the background sees to.</summary>
    internal bool IsSilent => _isSilent;

    /// <param name="model">A full name.</param>
    public bool Has(string model) => _digests.ContainsKey(model);

    /// <summary>By name, or by another name of the same file.</summary>
    /// <param name="model">A full name.</param>
    public bool HasLoaded(string model)
    {
        if (_running is not { Count: > 0 } running)
            return false;
        _digests.TryGetValue(model, out var digest);
        return running.Any(m => (digest is { Length: > 0 } && m.Digest == digest) || string.Equals(m.Name, model, StringComparison.OrdinalIgnoreCase));
    }

    /// <returns>Whether it was down, or has other models than before.</returns>
    internal bool NoteTags(IReadOnlyList<OllamaTag> tags)
    {
        var digests = tags.Where(t => (t.Name ?? t.Model) is { Length: > 0 }).DistinctBy(NameOf, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(NameOf, t => t.Digest, StringComparer.OrdinalIgnoreCase);
        var isNews = !_isUp || _tags is null || digests.Count != _digests.Count || digests.Keys.Any(name => !_digests.ContainsKey(name));
        (_tags, _digests, _isUp, _isSilent) = (tags, digests, true, false);
        return isNews;
    }

    /// <param name="running">Null: it did not say.</param>
    private void NoteRunning(IReadOnlyList<OllamaRunning>? running, bool isSilent)
    {
        lock (_gate)
            (_running, _isSilent) = (running, isSilent);
    }

    /// <summary>Reads what it has loaded, as one of several, and notes it.</summary>
    internal async Task<IReadOnlyList<OllamaRunning>> LookAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<OllamaRunning> running = [.. (await GetRunningAsync(cancellationToken, limit)).Select(m => m with { Host = Name })];
            NoteRunning(running, isSilent: false);
            return running;
        }
        catch (OllamaException e)
        {
            // Whoever refuses this question at once, as a proxy that lets only chats pass, does not hang.
            NoteRunning(null, e.Kind == OllamaFault.Timeout);
            throw;
        }
    }

    /// <summary>It answers with this model, so it has it in memory, whatever it said when it was last asked.</summary>
    internal void NoteLoaded(string model)
    {
        lock (_gate)
        {
            _isSilent = false;
            if (!HasLoaded(model))
                _running = [.. _running ?? [], new OllamaRunning { Name = model, Host = Name }];
        }
    }

    /// <returns>Whether it was up.</returns>
    internal bool NoteDown()
    {
        var was = _isUp;
        (_isUp, _isSilent, _running) = (false, false, []);
        return was;
    }

    internal void Enter() => Interlocked.Increment(ref _busy);

    internal void Leave() => Interlocked.Decrement(ref _busy);

    internal static string NameOf(OllamaTag tag) => ModelRules.FullName((tag.Name ?? tag.Model)!);
}
