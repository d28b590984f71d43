using System.Collections.Concurrent;
using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// The models as they are known here: read from the database once, then from memory; every change goes through <see cref="ChangeAsync{T}"/>,
/// which publishes what it committed. Thread-safe.
/// </summary>
public sealed partial class ModelCatalog(
    IDbContextFactory<ChatDbContext> readers,
    DbWriter writer,
    OllamaClient ollama,
    OllamaServers servers,
    RunningModels running,
    ActivePulls pulls,
    SourceDigests sources,
    ChangeFeed changes,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<ModelCatalog> log) : IModelCatalog
{
    /// <summary>How long a chat waits for the one sync that is tried before a model is called unknown.</summary>
    private static readonly TimeSpan SyncPatience = TimeSpan.FromSeconds(2);

    /// <summary>The same while nothing is known yet: then the other end of the wait is a refusal, and a machine that starts everything at once is slow.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, DateTime> _lastUsed = new();
    private volatile ModelSnapshot? _snapshot;
    private volatile Contact _contact = new(null, false);
    private Task? _sync;
    private int _uses;

    /// <summary>When the list was last read from Ollama since the service started; null when never.</summary>
    public DateTime? SyncedAt => _contact.SyncedAt;

    /// <summary>Whether Ollama answered when it was last asked.</summary>
    public bool OllamaReachable => _contact.Reachable;

    /// <summary>All models, from memory but for the first time.</summary>
    public ValueTask<ModelSnapshot> GetAsync(CancellationToken cancellationToken) =>
        _snapshot is { } snapshot ? new(snapshot) : LoadAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ResolvedModel> ResolveAsync(string? nameOrId, CancellationToken cancellationToken)
    {
        var known = nameOrId is null ? _snapshot?.Default : _snapshot?.Find(nameOrId);
        return known is { IsUsable: true } ? new(Use(known)) : FindOrExplainAsync(nameOrId, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LoadedModel?> FindLoadedAsync(ResolvedModel model, TimeSpan maxAge, CancellationToken cancellationToken, string? host = null)
    {
        var snapshot = await GetAsync(cancellationToken);
        var digest = snapshot.Find(model.Id)?.Row.Digest;
        // Another server may have it in memory with another context.
        var read = servers.Only is not null
            ? await running.GetAsync(maxAge, cancellationToken)
            : await running.GetAsync((host is null ? null : servers.Find(host)) ?? servers.For(model.Name)[0], maxAge, cancellationToken);
        return FindIn(read, model.Name, digest) is { } loaded ? new(loaded.Name ?? model.Name, loaded.ContextLength) : null;
    }

    /// <summary>
    /// Reads Ollama's list and brings ours in line: new ones, changed ones, gone ones (<c>removed</c>), those that came back (<c>available</c>).
    /// Callers share a sync that is running. What a person removed stays removed, unless <paramref name="bringBackRemoved"/>.
    /// </summary>
    /// <exception cref="OllamaException">Ollama did not answer; the list stays as it was.</exception>
    public async Task SyncAsync(CancellationToken cancellationToken, bool bringBackRemoved = false)
    {
        Task sync;
        lock (_gate)
            sync = _sync is { IsCompleted: false } going ? going : _sync = RunSyncAsync();
        await sync.WaitAsync(cancellationToken);
        if (bringBackRemoved)
            await BringBackAsync();
    }

    /// <summary>What people removed and Ollama has is available again: all of it, or the one of this full name. Call it after a sync: that tells what Ollama has.</summary>
    internal async Task BringBackAsync(string? name = null)
    {
        var hidden = (await GetAsync(CancellationToken.None)).All.Where(m => ModelRules.IsHidden(m.Row) && (name is null || string.Equals(m.Row.Name, name, StringComparison.OrdinalIgnoreCase))).Select(m => m.Row.Key).ToList();
        if (hidden.Count == 0)
            return;
        await ChangeAsync(context =>
        {
            // Again the rule: meanwhile a sync may have found it gone.
            foreach (var row in context.Db.Models.Where(m => hidden.Contains(m.Key)).ToList().Where(ModelRules.IsHidden))
                (row.Status, row.UpdatedAt) = (ModelStatuses.Available, context.Now);
        });
    }

    /// <summary>After a pull the source has what is here now: what it had when it was asked before says nothing any more.</summary>
    internal void ForgetOldSource(string name)
    {
        if (_snapshot?.FindName(name)?.Row is { } row && sources.Differs(row.Name, row.Digest) == true)
            sources.Set(row.Name, null);
    }

    /// <summary>A sync that reads Ollama's list after this call began, so that what was just made or pulled is in it.</summary>
    /// <inheritdoc cref="SyncAsync" path="/exception"/>
    public async Task SyncAnewAsync(CancellationToken cancellationToken)
    {
        Task? going;
        lock (_gate)
            going = _sync;
        if (going is { IsCompleted: false })
            await going.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await SyncAsync(cancellationToken);
    }

    /// <summary>Runs a change in the database's writer, keeps the rule of the default, and publishes the result once it is durable.</summary>
    /// <remarks>A <see cref="ProblemException"/> from <paramref name="change"/> leaves everything as it was.</remarks>
    public async Task<T> ChangeAsync<T>(Func<WriteContext, T> change)
    {
        var result = await CommitAsync(change);
        AnnounceModels();
        return result;
    }

    private async Task<T> CommitAsync<T>(Func<WriteContext, T> change)
    {
        var (result, snapshot) = await writer.WriteAsync(context =>
        {
            var result = change(context);
            context.Db.SaveChanges();
            ModelRules.EnsureDefault(context.Db);
            return (result, ModelSnapshot.Read(context.Db, context.NextSequence()));
        });
        Publish(snapshot);
        return result;
    }

    /// <inheritdoc cref="ChangeAsync{T}"/>
    public Task ChangeAsync(Action<WriteContext> change) => ChangeAsync(context =>
    {
        change(context);
        return true;
    });

    public ModelView ToView(KnownModel model)
    {
        var row = model.Row;
        return new ModelView
        {
            Id = row.Id,
            Name = row.Name,
            DisplayName = row.DisplayName ?? row.Name,
            Description = row.Description,
            Size = row.Size,
            Family = row.Family,
            Format = row.Format,
            Parameters = row.Parameters,
            Quantization = row.Quantization,
            Capabilities = [.. row.Capabilities],
            ContextLength = row.ContextLength,
            Digest = row.Digest,
            Status = row.Status,
            Error = row.Status == ModelStatuses.Error ? row.Error : null,
            PullId = pulls.Find(row.Name),
            UpdateAvailable = row.Status == ModelStatuses.Available ? sources.Differs(row.Name, row.Digest) : null,
            IsDefault = row.IsDefault,
            IsEnabled = row.IsEnabled,
            Hosts = servers.HostsOf(row.Name),
            IsLoaded = FindIn(running.Current, row.Name, row.Digest) is not null,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
            LastUsedAt = _lastUsed.TryGetValue(row.Id, out var used) && !(row.LastUsedAt > used) ? used : row.LastUsedAt,
        };
    }

    /// <inheritdoc/>
    public void NoteUnreachable() => Note(_contact with { Reachable = servers.IsAnyUp });

    private void Note(Contact contact)
    {
        var before = Interlocked.Exchange(ref _contact, contact);
        if (before.Reachable != contact.Reachable)
            changes.Publish(null, new ChangeEvent { Type = ChangeTypes.HealthChanged, Status = contact.Reachable ? "healthy" : "degraded" });
    }

    /// <summary>Of a list made now of this snapshot.</summary>
    internal ListVersion VersionOf(ModelSnapshot snapshot) => new(snapshot, _contact, running.Version, pulls.Version, sources.Version, servers.Version, Volatile.Read(ref _uses));

    /// <summary>The Ollamas, where there are several.</summary>
    public IReadOnlyList<OllamaHostView>? Hosts => servers.Only is not null ? null : [.. servers.All.Select(s => new OllamaHostView(s.Name, s.IsUp, s.Tags?.Count ?? 0))];

    internal void AnnounceModels() => changes.Publish(null, new ChangeEvent { Type = ChangeTypes.ModelsChanged });

    private async ValueTask<ModelSnapshot> LoadAsync(CancellationToken cancellationToken)
    {
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        return Publish(await ModelSnapshot.ReadAsync(db, cancellationToken));
    }

    private ModelSnapshot Publish(ModelSnapshot snapshot)
    {
        lock (_gate)
            return _snapshot is { } current && current.Version >= snapshot.Version ? current : _snapshot = snapshot;
    }

    private async Task RunSyncAsync()
    {
        OllamaListing listing;
        try
        {
            listing = await ollama.ListAsync(lifetime.ApplicationStopping);
        }
        catch (OllamaException)
        {
            NoteUnreachable();
            throw;
        }
        var changed = await CommitAsync(context => ModelSync.Apply(context.Db, listing, pulls, context.Now));
        if (changed > 0)
            AnnounceModels();
        Note(new(time.GetUtcNow().UtcDateTime, true));
        LogSynced(listing.Tags.Count, changed);
    }

    private async ValueTask<ResolvedModel> FindOrExplainAsync(string? nameOrId, CancellationToken cancellationToken)
    {
        var snapshot = await GetAsync(cancellationToken);
        var known = nameOrId is null ? snapshot.Default : snapshot.Find(nameOrId);
        // Only what Ollama may know better is worth asking it for.
        OllamaException? fault = null;
        if (known is null or { Row.Status: not ModelStatuses.Available })
        {
            fault = await TrySyncAsync(snapshot.All.Count == 0 ? FirstPatience : SyncPatience, cancellationToken);
            snapshot = await GetAsync(cancellationToken);
            known = nameOrId is null ? snapshot.Default : snapshot.Find(nameOrId);
        }
        if (known is { IsUsable: true })
            return Use(known);
        if (known is not null)
            throw ModelRules.Unusable(known.Row, "model");
        if (fault is not null && !snapshot.All.Any(m => m.Row.Status == ModelStatuses.Available))
            throw fault.Kind is OllamaFault.Unreachable or OllamaFault.Timeout ? new ProblemException(ProblemCodes.OllamaUnreachable, fault.Sentence, fault) { RetryAfterSeconds = 5 } : fault.ToProblem();
        throw ProblemException.Validation("model", Unknown(nameOrId, fault));
    }

    private static string Unknown(string? nameOrId, OllamaException? fault) => nameOrId is null
        ? "There is no model to chat with yet. Get one with `ollama pull llama3.2`, enable one, or name a model."
        : $"There is no model '{(nameOrId.Length <= 200 ? nameOrId : nameOrId[..200] + "…")}'{(fault is null ? "" : " as far as is known, and Ollama does not answer right now")}. "
            + "GET /v1/models lists what there is; `ollama pull` gets more.";

    private async Task<OllamaException?> TrySyncAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await SyncAsync(cancellationToken).WaitAsync(patience, time, cancellationToken);
            return null;
        }
        catch (OllamaException e)
        {
            return e;
        }
        catch (TimeoutException e)
        {
            return new OllamaException(OllamaFault.Timeout, $"Ollama at {ollama.Address} does not answer. Look whether it is overloaded, then try again.", inner: e);
        }
    }

    private ResolvedModel Use(KnownModel model)
    {
        _lastUsed[model.Row.Id] = time.GetUtcNow().UtcDateTime;
        Interlocked.Increment(ref _uses);
        return model.Resolved;
    }

    /// <summary>By digest first: Ollama may list a model under another name of the same file.</summary>
    private static OllamaRunning? FindIn(IReadOnlyList<OllamaRunning>? models, string name, string? digest) =>
        models?.FirstOrDefault(m => digest is not null && m.Digest == digest) ?? models?.FirstOrDefault(m => m.Name == name);

    private sealed record Contact(DateTime? SyncedAt, bool Reachable);

    [LoggerMessage(LogLevel.Information, "Models synced: Ollama has {Count}, {Changes} changed here")]
    private partial void LogSynced(int count, int changes);
}
