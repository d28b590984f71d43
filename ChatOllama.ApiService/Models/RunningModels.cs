using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// What is in Ollama's memory, from <c>/api/ps</c>, cached. Thread-safe; callers that ask at the same time share one call.
/// </summary>
public sealed class RunningModels(OllamaClient ollama, ChangeFeed changes, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Nobody waits longer for this: it only adds figures.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<IReadOnlyList<OllamaRunning>?>? _refresh;
    private volatile Reading? _last;

    /// <summary>Of each of several, who asked for one alone: the call that is under way, or the last one.</summary>
    private readonly Dictionary<OllamaServer, Look> _looks = [];

    /// <summary>As last read, however long ago; empty when Ollama did not say.</summary>
    public IReadOnlyList<OllamaRunning> Current => _last?.Models ?? [];

    /// <summary>Another object after each reading.</summary>
    internal object? Version => _last;

    /// <summary>As of at most <paramref name="maxAge"/> ago; null when Ollama did not say. A silence is remembered as long as an answer, so it is not waited for again and again.</summary>
    public async ValueTask<IReadOnlyList<OllamaRunning>?> GetAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (_last is { } last && time.GetElapsedTime(last.At) <= maxAge)
            return last.Models;
        Task<IReadOnlyList<OllamaRunning>?> refresh;
        lock (_gate)
            refresh = _refresh is { IsCompleted: false } running ? running : _refresh = RefreshAsync();
        return await refresh.WaitAsync(cancellationToken);
    }

    /// <summary>What one of several has in memory, as of at most <paramref name="maxAge"/> ago; null when it did not say. One that hangs is not waited for by those who ask for another.</summary>
    internal async ValueTask<IReadOnlyList<OllamaRunning>?> GetAsync(OllamaServer server, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (_last is { } last && time.GetElapsedTime(last.At) <= maxAge)
            return last.Models?.Where(m => m.Host == server.Name).ToList();
        if (!server.IsUp || server.IsSilent)
            return null;
        Task<IReadOnlyList<OllamaRunning>?> answer;
        lock (_gate)
        {
            // A hundred answers that wait for the same model ask here once a second each: the server that is loading it gets one call of them.
            if (!_looks.TryGetValue(server, out var look) || (look.Answer.IsCompleted && time.GetElapsedTime(look.At) >= maxAge))
                _looks[server] = look = new(time.GetTimestamp(), LookAsync(server));
            answer = look.Answer;
        }
        return await answer.WaitAsync(cancellationToken);
    }

    /// <summary>As of now, for whoever asks for nothing else.</summary>
    /// <exception cref="OllamaException">Ollama did not say.</exception>
    public async Task<IReadOnlyList<OllamaRunning>> ReadAsync(CancellationToken cancellationToken)
    {
        var at = time.GetTimestamp();
        var models = await ollama.GetRunningAsync(cancellationToken);
        Keep(new Reading(models, at));
        return models;
    }

    private async Task<IReadOnlyList<OllamaRunning>?> RefreshAsync()
    {
        var at = time.GetTimestamp();
        IReadOnlyList<OllamaRunning>? models = null;
        try
        {
            models = await ollama.GetRunningAsync(lifetime.ApplicationStopping, Limit);
        }
        catch (Exception e) when (e is OllamaException or OperationCanceledException)
        {
            // Whoever needs to know why asks Ollama for something that matters.
        }
        Keep(new Reading(models, at));
        return models;
    }

    /// <summary>Not with the token of whoever asked first: the others want it still when that one has gone.</summary>
    private async Task<IReadOnlyList<OllamaRunning>?> LookAsync(OllamaServer server)
    {
        try
        {
            return await server.LookAsync(Limit, lifetime.ApplicationStopping);
        }
        catch (Exception e) when (e is OllamaException or OperationCanceledException)
        {
            return null; // see RefreshAsync
        }
    }

    /// <summary>Two readings may end in another order than they began: the one that began later knows more.</summary>
    private void Keep(Reading reading)
    {
        lock (_gate)
        {
            if (_last is { } last && last.At > reading.At)
                return;
            if (!Names(reading).SetEquals(Names(_last)))
                changes.Publish(null, new ChangeEvent { Type = ChangeTypes.ModelsChanged });
            _last = reading;
        }
    }

    private static HashSet<string> Names(Reading? reading) => [.. (reading?.Models ?? []).Select(m => $"{m.Host} {m.Name} {m.ContextLength}")];

    private sealed record Look(long At, Task<IReadOnlyList<OllamaRunning>?> Answer);

    private sealed record Reading(IReadOnlyList<OllamaRunning>? Models, long At);
}
