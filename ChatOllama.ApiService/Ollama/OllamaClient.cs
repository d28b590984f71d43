using System.Text.Json;

namespace ChatOllama.ApiService.Ollama;

/// <summary>What Ollama has, all servers together.</summary>
/// <param name="Tags">Each name once; the first server that has it decides what is said of it. Of a server that is down what it last listed.</param>
/// <param name="IsWhole">False while a server has never said what it has: then nothing can be said to be gone.</param>
public sealed record OllamaListing(IReadOnlyList<OllamaTag> Tags, bool IsWhole);

/// <summary>
/// Ollama's calls besides chat, to one server or to several as if they were one. With one, every call is its call and nothing else.
/// Thread-safe; exceptions and time limits as those of <see cref="OllamaServer"/>.
/// </summary>
public sealed class OllamaClient(OllamaServers servers)
{
    /// <summary>What a server that was down may take to say that it is back, where somebody waits for it.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(1);

    /// <summary>What one of several may take to say what it has loaded: one that hangs must not hold up what is known of the others.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Where Ollama is expected: the first of several.</summary>
    public Uri Address => servers.All[0].Address;

    /// <summary>Of the first server that answers; all of several are asked.</summary>
    /// <param name="timeout">Instead of <c>OLLAMA_TIMEOUT</c>, e.g. for a probe.</param>
    public async Task<OllamaVersion> GetVersionAsync(CancellationToken cancellationToken, TimeSpan? timeout = null) => servers.Only is { } one
        ? await one.GetVersionAsync(cancellationToken, timeout)
        : (await AskAsync(servers.All, s => s.GetVersionAsync(cancellationToken, timeout)))[0].Answer;

    /// <summary>All models that there are.</summary>
    /// <exception cref="OllamaException">No server answered.</exception>
    public async Task<OllamaListing> ListAsync(CancellationToken cancellationToken)
    {
        if (servers.Only is { } one)
            return new(await one.GetTagsAsync(cancellationToken), IsWhole: true);
        await AskAsync(servers.All, async s =>
        {
            await ListAsync(s, s.IsUp && !s.IsSilent ? null : Doubt, cancellationToken);
            return true;
        });
        var lists = servers.All.Select(s => s.Tags).ToList();
        var tags = lists.SelectMany(list => list ?? []).Where(t => (t.Name ?? t.Model) is { Length: > 0 }).DistinctBy(OllamaServer.NameOf, StringComparer.OrdinalIgnoreCase).ToList();
        return new(tags, lists.TrueForAll(list => list is not null));
    }

    /// <summary>Whether the server of this name answers; the only one, or the first that answers, without a name.</summary>
    public async Task<bool> AnswersAsync(string? host, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await ((host is null ? servers.Only : servers.Find(host))?.GetVersionAsync(cancellationToken, limit) ?? GetVersionAsync(cancellationToken, limit));
            return true;
        }
        catch (OllamaException)
        {
            return false;
        }
    }

    /// <summary>Looks after those of several servers that are down or hang.</summary>
    /// <returns>Whether one has come back, so that the models must be listed anew.</returns>
    public async Task<bool> LookAfterAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (servers.Only is not null)
            return false;
        var looked = await Task.WhenAll(servers.All.Where(s => !s.IsUp || s.IsSilent).Select(async s =>
        {
            var was = s.IsUp;
            try
            {
                await ListAsync(s, limit, cancellationToken);
                return !was;
            }
            catch (OllamaException)
            {
                return false; // noted as down
            }
        }));
        return looked.Contains(true);
    }

    /// <summary>The models that are loaded, of those servers that say so.</summary>
    /// <param name="timeout">Instead of <c>OLLAMA_TIMEOUT</c>.</param>
    public async Task<IReadOnlyList<OllamaRunning>> GetRunningAsync(CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        if (servers.Only is { } one)
            return await one.GetRunningAsync(cancellationToken, timeout);
        var up = servers.All.Where(s => s.IsUp).ToList();
        var said = await AskAsync(up.Count > 0 ? up : servers.All, s => s.LookAsync(s.IsSilent ? Doubt : timeout ?? Patience, cancellationToken));
        return [.. said.SelectMany(a => a.Answer)];
    }

    /// <summary>By the first server that has it.</summary>
    public Task<OllamaShow> ShowAsync(string model, CancellationToken cancellationToken) => At(FirstWith(model), s => s.ShowAsync(model, cancellationToken));

    /// <inheritdoc cref="OllamaServer.PullAsync"/>
    /// <param name="host">The <see cref="OllamaServer.Name"/> of the server that is to have it; null or one that is not there any more: <see cref="OllamaServers.ForPull"/>.</param>
    public IAsyncEnumerable<OllamaProgress> PullAsync(string model, CancellationToken cancellationToken, bool insecure = false, string? host = null) =>
        ((host is null ? null : servers.Find(host)) ?? servers.ForPull(model)).PullAsync(model, cancellationToken, insecure);

    /// <inheritdoc cref="OllamaServer.CreateAsync"/>
    /// <remarks>On the server that has the model it is made from.</remarks>
    public IAsyncEnumerable<OllamaProgress> CreateAsync(OllamaCreate model, CancellationToken cancellationToken) =>
        FirstWith(model.From ?? model.Model).CreateAsync(model, cancellationToken);

    /// <summary>On the server that has <paramref name="source"/>.</summary>
    public Task CopyAsync(string source, string destination, CancellationToken cancellationToken) => At(FirstWith(source), async s =>
    {
        await s.CopyAsync(source, destination, cancellationToken);
        return true;
    });

    /// <summary>On all servers that have it, or on none: one that has it and is down would bring it back.</summary>
    public async Task DeleteAsync(string model, CancellationToken cancellationToken)
    {
        var having = servers.Only is { } one ? [one] : servers.All.Where(s => s.Has(model)).ToList();
        foreach (var away in having.Where(s => having.Count > 1 && !s.IsUp))
            await ListAsync(away, Doubt, cancellationToken);
        var wasThere = false;
        foreach (var server in having.Count > 0 ? having : servers.For(model))
            wasThere |= await DeleteAsync(server, model, cancellationToken);
        if (!wasThere)
            throw new OllamaException(OllamaFault.ModelNotFound, $"model '{model}' not found", 404);
    }

    /// <inheritdoc cref="OllamaServer.LoadAsync"/>
    /// <param name="on">The server; null: the one that a chat would go to.</param>
    public Task LoadAsync(string model, JsonElement? keepAlive, CancellationToken cancellationToken, Dictionary<string, JsonElement>? options = null, OllamaServer? on = null) => At(on ?? servers.For(model)[0], async s =>
    {
        await s.LoadAsync(model, keepAlive, cancellationToken, options);
        return true;
    });

    /// <summary>Frees its memory as soon as its running answers have ended.</summary>
    /// <param name="on">The server; null: wherever it is loaded.</param>
    public async Task UnloadAsync(string model, CancellationToken cancellationToken, OllamaServer? on = null)
    {
        var order = on is null ? servers.For(model) : [on];
        var loaded = order.Where(s => s.IsUp && s.HasLoaded(model)).ToList();
        foreach (var server in loaded.Count > 0 ? loaded : [order[0]])
        {
            await At(server, async s =>
            {
                await s.UnloadAsync(model, cancellationToken);
                return true;
            });
        }
    }

    private OllamaServer FirstWith(string model) => servers.Only ?? servers.All.FirstOrDefault(s => s.IsUp && s.Has(model)) ?? servers.For(model)[0];

    private async Task ListAsync(OllamaServer server, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        try
        {
            servers.NoteTags(server, await server.GetTagsAsync(cancellationToken, timeout));
        }
        catch (OllamaException e)
        {
            servers.NoteDown(server, e);
            throw;
        }
    }

    /// <returns>False when it was not there.</returns>
    private async Task<bool> DeleteAsync(OllamaServer server, string model, CancellationToken cancellationToken)
    {
        try
        {
            return await At(server, async s =>
            {
                await s.DeleteAsync(model, cancellationToken);
                return true;
            });
        }
        catch (OllamaException e) when (e.Kind == OllamaFault.ModelNotFound && servers.Only is null)
        {
            return false;
        }
    }

    /// <summary>Asks several at once.</summary>
    /// <returns>The answers of those that gave one, in the order of the servers.</returns>
    /// <exception cref="OllamaException">None did: what the first one failed with.</exception>
    private async Task<IReadOnlyList<(OllamaServer Server, T Answer)>> AskAsync<T>(IReadOnlyList<OllamaServer> asked, Func<OllamaServer, Task<T>> ask)
    {
        var calls = asked.Select(s => (Server: s, Call: At(s, ask))).ToList();
        await Task.WhenAll(calls.Select(c => (Task)c.Call)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var answers = new List<(OllamaServer, T)>();
        foreach (var (server, call) in calls)
        {
            if (call.IsCompletedSuccessfully)
                answers.Add((server, await call));
            else if (call.Exception?.InnerException is not OllamaException)
                await call; // cancelled, or a mistake of ours
        }
        if (answers.Count == 0)
            await calls[0].Call;
        return answers;
    }

    /// <summary>One of several that nobody reaches is left out from then on.</summary>
    private async Task<T> At<T>(OllamaServer server, Func<OllamaServer, Task<T>> ask)
    {
        try
        {
            return await ask(server);
        }
        catch (OllamaException e) when (e.Kind == OllamaFault.Unreachable && servers.Only is null)
        {
            servers.NoteDown(server, e);
            throw;
        }
    }
}
