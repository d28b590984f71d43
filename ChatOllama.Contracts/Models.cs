using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatOllama.Contracts;

/// <summary>The values of <see cref="ModelView.Status"/>.</summary>
public static class ModelStatuses
{
    public const string Available = "available";
    public const string Downloading = "downloading";
    public const string Error = "error";
    public const string Removed = "removed";
}

/// <summary>A model as it is known here.</summary>
public sealed record ModelView
{
    public required string Id { get; init; }

    /// <summary>The name Ollama knows it by.</summary>
    public required string Name { get; init; }
    public required string DisplayName { get; init; }
    public string? Description { get; init; }

    /// <summary>Bytes on disk.</summary>
    public long Size { get; init; }
    public string? Family { get; init; }
    public string? Format { get; init; }
    public string? Parameters { get; init; }
    public string? Quantization { get; init; }
    public string[] Capabilities { get; init; } = [];

    /// <summary>The longest context the model supports, not the one it runs with.</summary>
    public int? ContextLength { get; init; }
    public string? Digest { get; init; }

    /// <summary>See <see cref="ModelStatuses"/>.</summary>
    public required string Status { get; init; }
    public bool IsDefault { get; init; }
    public bool IsEnabled { get; init; }
    public bool IsLoaded { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime UpdatedAt { get; init; }
    public DateTime? LastUsedAt { get; init; }
}

/// <summary>Body of <c>GET /v1/models</c>.</summary>
public sealed record ModelList
{
    public required IReadOnlyList<ModelView> Models { get; init; }
    public required int Total { get; init; }

    /// <summary>When the list was last read from Ollama; null when never.</summary>
    public DateTime? SyncedAt { get; init; }

    /// <summary>False while Ollama does not answer: the list is what was known then.</summary>
    public bool OllamaReachable { get; init; }
}

/// <summary>Settings of a model that are used where neither request nor session says otherwise; null is the model's own default.</summary>
public sealed record ModelConfigView
{
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? TopK { get; init; }
    public double? RepeatPenalty { get; init; }
    public int? ContextLength { get; init; }
    public int? MaxTokens { get; init; }
    public string? SystemPrompt { get; init; }
    public JsonElement? KeepAlive { get; init; }
    public JsonElement? Think { get; init; }

    /// <summary>Further Ollama options by name.</summary>
    public Dictionary<string, JsonElement>? CustomOptions { get; init; }
}

/// <summary>Body of <c>PUT /v1/models/{id}/config</c>: absent is unchanged, null is the default again.</summary>
public sealed record UpdateModelConfigRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<double?> Temperature { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<double?> TopP { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<int?> TopK { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<double?> RepeatPenalty { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<int?> ContextLength { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<int?> MaxTokens { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> SystemPrompt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<JsonElement?> KeepAlive { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<JsonElement?> Think { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<Dictionary<string, JsonElement>> CustomOptions { get; init; }
}

/// <summary>What a model has done here.</summary>
public sealed record ModelStats
{
    public required string ModelId { get; init; }
    public long TotalMessages { get; init; }
    public long TotalTokens { get; init; }
    public DateTime? LastUsedAt { get; init; }
    public double? AverageTokensPerSecond { get; init; }
    public double? AverageFirstTokenMs { get; init; }
}

/// <summary>Body of <c>GET /v1/models/{id}</c>.</summary>
public sealed record ModelDetail(ModelView Model, ModelConfigView Config, ModelStats Stats);

/// <summary>Body of <c>PUT /v1/models/{id}</c>: absent is unchanged, null is the default again.</summary>
public sealed record UpdateModelRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> DisplayName { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> Description { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<bool?> IsEnabled { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<bool?> IsDefault { get; init; }
}

/// <summary>A model in Ollama's memory.</summary>
public sealed record RunningModel
{
    /// <summary>The model's id here; null when it is not known here yet.</summary>
    public string? Id { get; init; }
    public required string Name { get; init; }

    /// <summary>Bytes it takes in all.</summary>
    public long Size { get; init; }

    /// <summary>Bytes of them in the graphics card's memory.</summary>
    public long SizeVram { get; init; }

    /// <summary>The context it runs with.</summary>
    public int? ContextLength { get; init; }

    /// <summary>When it is unloaded unless somebody uses it; null when it stays.</summary>
    public DateTime? ExpiresAt { get; init; }
    public string? Digest { get; init; }
}

/// <summary>Body of <c>GET /v1/models/running</c>.</summary>
public sealed record RunningModelList(IReadOnlyList<RunningModel> Models);

/// <summary>Body of <c>POST /v1/models/{id}/load</c>.</summary>
public sealed record LoadModelRequest
{
    /// <summary>A duration (<c>"10m"</c>) or seconds; -1 keeps it loaded. Absent: the model's setting, else Ollama's.</summary>
    public JsonElement? KeepAlive { get; init; }
}

/// <summary>Body of <c>POST /v1/models/{id}/copy</c>.</summary>
public sealed record CopyModelRequest
{
    /// <summary>Name of the new model.</summary>
    public string? Name { get; init; }
}
