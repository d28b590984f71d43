using ChatOllama.ApiService.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// The Ollamas there are, in the order of <c>OLLAMA_HOSTS</c>, and which of them is asked for what. With one there is nothing to choose and nothing is noted. Thread-safe.
/// </summary>
public sealed partial class OllamaServers : IDisposable
{
    private readonly Lock _gate = new();
    private readonly OllamaTransport[] _transports;
    private readonly ILogger _log;
    private int _version;

    public OllamaServers(ApiOptions options, TimeProvider time, ILogger<OllamaServers>? log = null)
    {
        _log = log ?? NullLogger<OllamaServers>.Instance;
        _transports = options.OllamaUrls.Length > 1 ? [.. options.OllamaUrls.Select(url => new OllamaTransport(url, options, time))] : [new OllamaTransport(options, time)];
        All = [.. _transports.Select(transport => new OllamaServer(transport, _gate))];
    }

    /// <summary>At least one.</summary>
    public IReadOnlyList<OllamaServer> All { get; }

    /// <summary>The one, where there is only one.</summary>
    public OllamaServer? Only => All.Count == 1 ? All[0] : null;

    /// <summary>Whether one of several answers, as far as is known. Of a single one nothing is known here.</summary>
    public bool IsAnyUp => Only is null && All.Any(s => s.IsUp);

    /// <summary>Changes whenever one goes down, comes back or has other models.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Raised with every change of <see cref="Version"/>, outside of any lock.</summary>
    public event Action? Changed;

    /// <summary>Where a model lives, those that are down included; null where there is only one Ollama.</summary>
    /// <param name="model">A full name.</param>
    public string[]? HostsOf(string model) => Only is not null ? null : [.. All.Where(s => s.Has(model)).Select(s => s.Name)];

    /// <summary>By name, with or without the scheme.</summary>
    public OllamaServer? Find(string host) => All.FirstOrDefault(s =>
        string.Equals(s.Name, host.TrimEnd('/'), StringComparison.OrdinalIgnoreCase) || string.Equals(s.Address.Authority, host, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Who may be asked for a model, best first: those that are up and do not hang, of them those that have it in memory, of them the one with the fewest answers of ours,
    /// then in the order of the setting. Where nobody is known to have it: those that have not said yet what they have, else all.
    /// </summary>
    /// <param name="model">A full name.</param>
    public IReadOnlyList<OllamaServer> For(string model)
    {
        if (Only is { } one)
            return [one];
        var having = All.Where(s => s.Has(model)).ToList();
        if (having.Count == 0)
            having = All.Any(s => s.Tags is null) ? [.. All.Where(s => s.Tags is null)] : [.. All];
        return [.. having.OrderByDescending(s => s.IsUp).ThenBy(s => s.IsSilent).ThenByDescending(s => s.IsUp && s.HasLoaded(model)).ThenBy(s => s.Busy)];
    }

    /// <summary>Who downloads a model where nobody says: the first that has it already and is up, else the first that is up, else the first.</summary>
    /// <param name="model">A full name.</param>
    public OllamaServer ForPull(string model) => All.OrderByDescending(s => s.IsUp).ThenBy(s => s.IsSilent).ThenByDescending(s => s.IsUp && s.Has(model)).First();

    /// <summary>Whoever has a model and is up pulls it anew, or whoever would pull it (null).</summary>
    /// <param name="model">A full name.</param>
    public IReadOnlyList<string?> ForUpdate(string model) =>
        Only is null && All.Where(s => s.IsUp && s.Has(model)).Select(s => (string?)s.Name).ToList() is { Count: > 0 } having ? having : [null];

    /// <summary>The best one for a chat that was not tried yet, counted as busy until <see cref="OllamaServer.Leave"/>; null when all were tried.</summary>
    internal OllamaServer? Take(string model, HashSet<OllamaServer> tried)
    {
        lock (_gate)
        {
            if (For(model).FirstOrDefault(s => !tried.Contains(s)) is not { } server)
                return null;
            tried.Add(server);
            server.Enter();
            return server;
        }
    }

    internal void NoteTags(OllamaServer server, IReadOnlyList<OllamaTag> tags)
    {
        bool wasDown, isNews;
        lock (_gate)
            (wasDown, isNews) = (!server.IsUp, server.NoteTags(tags));
        if (wasDown)
            LogBack(server.Name);
        if (isNews)
            Tell();
    }

    internal void NoteDown(OllamaServer server, OllamaException why)
    {
        bool wasUp;
        lock (_gate)
            wasUp = server.NoteDown();
        if (!wasUp)
            return;
        LogDown(server.Name, why.Sentence);
        Tell();
    }

    public void Dispose()
    {
        foreach (var transport in _transports)
            transport.Dispose();
    }

    private void Tell()
    {
        Interlocked.Increment(ref _version);
        Changed?.Invoke();
    }

    [LoggerMessage(LogLevel.Warning, "The Ollama at {Host} is left out until it answers again: {Sentence}")]
    private partial void LogDown(string host, string sentence);

    [LoggerMessage(LogLevel.Information, "The Ollama at {Host} is back")]
    private partial void LogBack(string host);
}
