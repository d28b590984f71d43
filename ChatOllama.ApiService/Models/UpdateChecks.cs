using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>Compares the models that are here with their source, when somebody asks. Thread-safe; those who ask at the same time share one check.</summary>
public sealed class UpdateChecks(ModelCatalog catalog, ModelRegistry registry, SourceDigests sources, TimeProvider time) : IDisposable
{
    /// <summary>How long an answer is good enough: models change every few weeks.</summary>
    internal static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(10);

    private const int AtOnce = 4;

    private readonly SemaphoreSlim _one = new(1);
    private volatile ModelUpdateList? _last;
    private long _at;

    /// <summary>As of the last check, compared with what is here now; asks nobody.</summary>
    public async Task<ModelUpdateList> LastAsync(CancellationToken cancellationToken)
    {
        if (_last is not { } last)
            return new ModelUpdateList { Registry = registry.Address?.Host };
        var known = await catalog.GetAsync(cancellationToken);
        return last with
        {
            Models = [.. from update in last.Models let row = known.Find(update.Id)?.Row where row?.Status == ModelStatuses.Available select row.Digest == update.Digest ? update : Again(update, row)],
        };
    }

    /// <param name="fresh">Also when the last answer is still good.</param>
    public async Task<ModelUpdateList> CheckAsync(bool fresh, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var here = (await catalog.GetAsync(cancellationToken)).All.Where(m => m.Row.Status == ModelStatuses.Available).ToList();
            if (!fresh && _last is { } last && time.GetElapsedTime(_at) < GoodFor && Covers(last, here))
                return last;
            var models = new ModelUpdate[here.Count];
            await Parallel.ForAsync(0, here.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (i, token) => models[i] = await CompareAsync(here[i].Row, token));
            _at = time.GetTimestamp();
            _last = new ModelUpdateList { Registry = registry.Address?.Host, CheckedAt = registry.Address is null ? null : time.GetUtcNow().UtcDateTime, Models = models };
        }
        finally
        {
            _one.Release();
        }
        catalog.AnnounceModels();
        return _last;
    }

    public void Dispose() => _one.Dispose();

    /// <summary>It was pulled since.</summary>
    private static ModelUpdate Again(ModelUpdate update, Data.Model row) => update with
    {
        Digest = row.Digest,
        State = update.SourceDigest is not { } source ? update.State : source == row.Digest ? ModelUpdateStates.Current : ModelUpdateStates.Outdated,
    };

    /// <summary>A model that came or changed since was not compared.</summary>
    private static bool Covers(ModelUpdateList last, List<KnownModel> here)
    {
        var compared = last.Models.Select(m => (m.Id, m.Digest)).ToHashSet();
        return here.All(m => compared.Contains((m.Row.Id, m.Row.Digest)));
    }

    private async Task<ModelUpdate> CompareAsync(Data.Model row, CancellationToken cancellationToken)
    {
        var update = new ModelUpdate { Id = row.Id, Name = row.Name, State = ModelUpdateStates.Unknown, Digest = row.Digest };
        if (row.IsLocal)
            return update with { State = ModelUpdateStates.Local, Reason = "It was made on this Ollama." };
        if (PullNames.HostOf(row.Name) is { } host)
            return update with { Reason = $"It comes from {host}, which is not asked. Pull it again to be sure." };
        if (registry.Address is null)
            return update with { Reason = "MODEL_REGISTRY is off: nobody is asked. Pull it again to be sure." };
        var source = await registry.FindAsync(PullNames.Shorten(row.Name), cancellationToken);
        sources.Set(row.Name, source.Digest);
        return source switch
        {
            { Digest: { } digest } => update with { State = digest == row.Digest ? ModelUpdateStates.Current : ModelUpdateStates.Outdated, SourceDigest = digest, SourceSize = source.Size },
            { Reason: { } reason } => update with { Reason = reason },
            _ => update with { State = ModelUpdateStates.NotFound, Reason = "The registry has no such model." },
        };
    }
}
