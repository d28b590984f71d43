using System.Collections.Frozen;
using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Models;

/// <summary>A row with what chats need of it worked out once. Never changed after it was read.</summary>
public sealed record KnownModel(Model Row, ResolvedModel Resolved)
{
    public bool IsUsable { get; } = ModelRules.IsUsable(Row);
}

/// <summary>All models as of one moment, read only: requests are answered from it without a query.</summary>
public sealed class ModelSnapshot
{
    private readonly FrozenDictionary<string, KnownModel> _byId;
    private readonly FrozenDictionary<string, KnownModel> _byName;

    private ModelSnapshot(IEnumerable<Model> rows, long version)
    {
        Version = version;
        All = [.. rows.Select(row => new KnownModel(row, Resolve(row))).OrderBy(m => m.Row.Name, StringComparer.OrdinalIgnoreCase)];
        Default = All.FirstOrDefault(m => m.Row.IsDefault && m.IsUsable);
        _byId = All.ToFrozenDictionary(m => m.Row.Id, StringComparer.Ordinal);
        _byName = All.ToFrozenDictionary(m => m.Row.Name, StringComparer.Ordinal);
    }

    /// <summary>A later one is newer.</summary>
    public long Version { get; }

    /// <summary>By name.</summary>
    public IReadOnlyList<KnownModel> All { get; }

    public KnownModel? Default { get; }

    /// <summary>By id, by name, by name without its <c>:latest</c>; as Ollama does, in the end without regard to case.</summary>
    public KnownModel? Find(string nameOrId) =>
        _byId.GetValueOrDefault(nameOrId)
        ?? _byName.GetValueOrDefault(nameOrId)
        ?? _byName.GetValueOrDefault(ModelRules.FullName(nameOrId))
        ?? All.FirstOrDefault(m => string.Equals(m.Row.Name, ModelRules.FullName(nameOrId), StringComparison.OrdinalIgnoreCase));

    /// <summary>By its full name only, without regard to case: an id is no name.</summary>
    public KnownModel? FindName(string fullName) =>
        _byName.GetValueOrDefault(fullName) ?? All.FirstOrDefault(m => string.Equals(m.Row.Name, fullName, StringComparison.OrdinalIgnoreCase));

    internal static ModelSnapshot Read(ChatDbContext db, long version) => new(db.Models.AsNoTracking().Include(m => m.Config).ToList(), version);

    internal static async Task<ModelSnapshot> ReadAsync(ChatDbContext db, CancellationToken cancellationToken) =>
        new(await db.Models.AsNoTracking().Include(m => m.Config).ToListAsync(cancellationToken), 0);

    private static ResolvedModel Resolve(Model row) =>
        new(row.Id, row.Key, row.Name, row.Capabilities, row.ContextLength, ToView(row.Config ?? new ModelConfig()));

    private static ModelConfigView ToView(ModelConfig config) => new()
    {
        Temperature = config.Temperature,
        TopP = config.TopP,
        TopK = config.TopK,
        RepeatPenalty = config.RepeatPenalty,
        ContextLength = config.ContextLength,
        MaxTokens = config.MaxTokens,
        SystemPrompt = config.SystemPrompt,
        KeepAlive = config.KeepAliveJson is { } keepAlive ? JsonElement.Parse(keepAlive) : null,
        Think = config.ThinkJson is { } think ? JsonElement.Parse(think) : null,
        CustomOptions = config.CustomOptionsJson is { } options ? JsonSerializer.Deserialize(options, ContractsJson.Default.DictionaryStringJsonElement) : null,
    };
}
