using System.Collections.Concurrent;

namespace ChatOllama.ApiService.Models;

/// <summary>The digests that models have at their source, as last asked, for those who list models. Thread-safe.</summary>
public sealed class SourceDigests
{
    private readonly ConcurrentDictionary<string, string> _digests = new(StringComparer.Ordinal);
    private int _version;

    /// <summary>Changes with every change.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Whether the source has another version than this one; null when that is not known.</summary>
    public bool? Differs(string name, string? digest) =>
        digest is { Length: > 0 } && !_digests.IsEmpty && _digests.TryGetValue(name, out var source) ? source != digest : null;

    /// <param name="digest">Null forgets what was known.</param>
    internal void Set(string name, string? digest)
    {
        if (digest is null)
            _digests.TryRemove(name, out _);
        else
            _digests[name] = digest;
        Interlocked.Increment(ref _version);
    }
}
