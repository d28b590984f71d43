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

    /// <summary>In a list that was asked for with <c>stats=true</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ModelStats? Stats { get; init; }
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

/// <summary>The values of <see cref="PullView.Status"/>.</summary>
public static class PullStatuses
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
}

/// <summary>The values of <see cref="PullEvent.Type"/>.</summary>
public static class PullEventTypes
{
    public const string Status = "status";
    public const string Progress = "progress";

    /// <summary>Ends the stream.</summary>
    public const string Done = "done";

    /// <summary>Ends the stream, also of a cancelled download.</summary>
    public const string Error = "error";
}

/// <summary>One event of a download or of making a model. Bytes are of one layer; a model has several, one of them by far the largest.</summary>
public sealed record PullEvent
{
    /// <summary>See <see cref="PullEventTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Ollama's word for what it does; <c>queued</c> before it is asked.</summary>
    public string? Status { get; init; }

    /// <summary>The layer that arrives.</summary>
    public string? Digest { get; init; }
    public long? Completed { get; init; }
    public long? Total { get; init; }

    /// <summary>Over the last seconds.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>Until the layer is complete, at this speed.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>With <c>done</c>: the model's id here, once it is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ModelId { get; init; }

    /// <summary>With <c>error</c>: one sentence, Ollama's own where it had one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Error { get; init; }

    /// <summary>With <c>error</c>, unless it was cancelled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Problem? Problem { get; init; }
}

/// <summary>A download.</summary>
public sealed record PullView
{
    public required string Id { get; init; }

    /// <summary>The model's full name.</summary>
    public required string Name { get; init; }

    /// <summary>See <see cref="PullStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The latest news before the end.</summary>
    public required PullEvent Progress { get; init; }

    /// <summary>Why it failed or ended early.</summary>
    public string? Error { get; init; }
    public required DateTime CreatedAt { get; init; }
    public DateTime? EndedAt { get; init; }
}

/// <summary>Body of <c>GET /v1/models/pulls</c>.</summary>
public sealed record PullList(IReadOnlyList<PullView> Pulls);

/// <summary>Body of <c>POST /v1/models/pull</c>.</summary>
public sealed record PullModelRequest
{
    /// <summary>As Ollama writes it: <c>llama3.2:1b</c>, <c>hf.co/user/model:Q4_K_M</c>.</summary>
    public string? Name { get; init; }
}

/// <summary>Body of <c>POST /v1/models</c>: a model made from another one.</summary>
public sealed record CreateModelRequest
{
    public string? Name { get; init; }

    /// <summary>Id or name of the model to start from; its weights are shared.</summary>
    public string? From { get; init; }
    public string? System { get; init; }

    /// <summary>Options by their names here or Ollama's: the new model's own defaults.</summary>
    public Dictionary<string, JsonElement>? Parameters { get; init; }

    /// <summary>In Go's template language.</summary>
    public string? Template { get; init; }
}

/// <summary>Body of <c>GET /v1/stats</c>.</summary>
public sealed record StatsView
{
    /// <summary>Inclusive.</summary>
    public required DateTime From { get; init; }

    /// <summary>Exclusive.</summary>
    public required DateTime To { get; init; }

    /// <summary><c>day</c> or <c>model</c>.</summary>
    public required string By { get; init; }

    /// <summary>Days in their order, models by their number of answers; what has no answer is not in it.</summary>
    public required IReadOnlyList<StatsItem> Items { get; init; }
}

/// <summary>One day or one model.</summary>
public sealed record StatsItem
{
    /// <summary>The day in UTC (<c>2026-11-22</c>), or Ollama's name of the model.</summary>
    public required string Name { get; init; }

    /// <summary>Answers, failed ones included.</summary>
    public long Messages { get; init; }

    /// <summary>Of prompts and answers.</summary>
    public long Tokens { get; init; }
    public double? AverageTokensPerSecond { get; init; }
    public double? AverageFirstTokenMs { get; init; }

    /// <summary>Answers that failed.</summary>
    public long Errors { get; init; }
}
