using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>Compares the models that are here with their source, when somebody asks. Thread-safe; those who ask at the same time share one check.</summary>
public sealed class UpdateChecks(ModelCatalog catalog, ModelRegistry registry, SourceDigests sources, TimeProvider time) : IDisposable
{
    /// <summary>How long an answer is good enough: models change every few weeks.</summary>
    internal static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(10);

    /// <summary>After so long, or so many requests without an answer, the rest is not asked for: a person waits.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private const int MaxSilent = 2;

    private const int AtOnce = 4;

    private readonly SemaphoreSlim _one = new(1);
    private volatile ModelUpdateList? _last;
    private long _at, _begun;

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
        var asked = time.GetTimestamp();
        await _one.WaitAsync(cancellationToken);
        try
        {
            var here = (await catalog.GetAsync(cancellationToken)).All.Where(m => m.Row.Status == ModelStatuses.Available).ToList();
            // One that began after somebody asked is fresh for him, too.
            if (_last is { } last && (fresh ? _begun > asked : time.GetElapsedTime(_at) < GoodFor) && Covers(last, here))
                return await LastAsync(cancellationToken);
            // One registry's silence says nothing about the other.
            var checks = new[] { registry.AddressOf(null), registry.AddressOf("hf.co") }.OfType<Uri>().Select(address => address.Authority).Distinct().ToDictionary(name => name, _ => new Patience(time));
            var begun = time.GetTimestamp();
            var models = new ModelUpdate[here.Count];
            await Parallel.ForAsync(0, here.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (i, token) => models[i] = await CompareAsync(here[i].Row, checks, token));
            (_at, _begun) = (time.GetTimestamp(), begun);
            _last = new ModelUpdateList { Registry = registry.Address?.Host, CheckedAt = registry.Address is null ? null : time.GetUtcNow().UtcDateTime, Models = models };
        }
        finally
        {
            _one.Release();
        }
        catalog.AnnounceModels();
        return await LastAsync(cancellationToken);
    }

    public void Dispose() => _one.Dispose();

    /// <summary>It was pulled since; then the source may have changed since, too.</summary>
    private static ModelUpdate Again(ModelUpdate update, Data.Model row) =>
        update.SourceDigest is null ? update with { Digest = row.Digest }
        : update.SourceDigest == row.Digest ? update with { Digest = row.Digest, State = ModelUpdateStates.Current }
        : update with { Digest = row.Digest, State = ModelUpdateStates.Unknown, SourceDigest = null, SourceSize = null, Reason = "It has changed here since the source was asked. Check again." };

    /// <summary>A model that came or changed since was not compared.</summary>
    private static bool Covers(ModelUpdateList last, List<KnownModel> here)
    {
        var compared = last.Models.Select(m => (m.Id, m.Digest)).ToHashSet();
        return here.All(m => compared.Contains((m.Row.Id, m.Row.Digest)));
    }

    private async Task<ModelUpdate> CompareAsync(Data.Model row, IReadOnlyDictionary<string, Patience> checks, CancellationToken cancellationToken)
    {
        var update = new ModelUpdate { Id = row.Id, Name = row.Name, State = ModelUpdateStates.Unknown, Digest = row.Digest };
        if (row.IsLocal)
            return update with { State = ModelUpdateStates.Local, Reason = "It was made on this Ollama." };
        if (registry.Address is null)
            return update with { Reason = "MODEL_REGISTRY is off: nobody is asked. Pull it again to be sure." };
        var host = PullNames.HostOf(PullNames.Shorten(row.Name));
        if (registry.AddressOf(host) is not { } address)
            return update with { Reason = $"It comes from {host}, which is not asked. Pull it again to be sure." };
        if (checks[address.Authority].Over is { } silence)
            return update with { Reason = silence };
        var source = await registry.FindAsync(address, PullNames.Shorten(row.Name)[(host is null ? 0 : host.Length + 1)..], cancellationToken);
        checks[address.Authority].Note(source, address.Host);
        // Ollama shows one of the two, according to its version.
        var version = source.Rewritten == row.Digest ? source.Rewritten : source.Digest;
        sources.Set(row.Name, version);
        return source switch
        {
            { Digest: not null } when version is { } digest => update with { State = digest == row.Digest ? ModelUpdateStates.Current : ModelUpdateStates.Outdated, SourceDigest = digest, SourceSize = source.Size },
            { Reason: { } reason } => update with { Reason = reason },
            _ => update with { State = ModelUpdateStates.NotFound, Reason = "The registry has no such model." },
        };
    }

    /// <summary>When a check has asked long enough. Thread-safe.</summary>
    private sealed class Patience(TimeProvider time)
    {
        private readonly long _began = time.GetTimestamp();
        private volatile string? _reason;
        private int _silent;

        /// <summary>Why the rest is not asked for; null while it is.</summary>
        public string? Over => Volatile.Read(ref _silent) >= MaxSilent || time.GetElapsedTime(_began) > Limit ? _reason ?? "The registry is too slow. Check again later." : null;

        public void Note(SourceVersion source, string host)
        {
            if (!source.IsSilent)
                return;
            _reason = $"The registry at {host} does not answer.";
            Interlocked.Increment(ref _silent);
        }
    }
}
