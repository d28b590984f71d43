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

    /// <summary>Where it lives, of several Ollamas, those that are down included (see <see cref="ModelList.OllamaHosts"/>); absent where there is only one. Of copies that differ the first is described.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string[]? Hosts { get; init; }

    /// <summary>See <see cref="ModelStatuses"/>. A model that is here stays <c>available</c> while a newer version of it arrives: see <see cref="PullId"/>.</summary>
    public required string Status { get; init; }

    /// <summary>With status <c>error</c>: why, in one sentence, Ollama's own where it had one.</summary>
    public string? Error { get; init; }

    /// <summary>The download of this model that waits or runs; null when there is none.</summary>
    public string? PullId { get; init; }

    /// <summary>Whether its source has another version, as far as the last check (<c>POST /v1/models/updates</c>) knows; null when it is not known.</summary>
    public bool? UpdateAvailable { get; init; }
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

    /// <summary>For the next page, in a list that was asked for with <c>limit</c>; null at the end.</summary>
    public string? NextCursor { get; init; }

    /// <summary>When the list was last read from Ollama; null when never.</summary>
    public DateTime? SyncedAt { get; init; }

    /// <summary>False while Ollama does not answer: the list is what was known then. Of several one that answers is enough.</summary>
    public bool OllamaReachable { get; init; }

    /// <summary>The Ollamas in the order of <c>OLLAMA_HOSTS</c>; absent where there is only one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<OllamaHostView>? OllamaHosts { get; init; }
}

/// <summary>One of several Ollamas.</summary>
/// <param name="Name">Its address without credentials, e.g. <c>http://gpu1:11434</c>; <c>host</c> and <c>hosts</c> elsewhere name it so.</param>
/// <param name="Reachable">False: it is left out until it answers again. What it has stays listed.</param>
/// <param name="Models">How many models it has, as far as is known.</param>
public sealed record OllamaHostView(string Name, bool Reachable, int Models);

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
public sealed record ModelDetail(ModelView Model, ModelConfigView Config, ModelStats Stats)
{
    /// <summary>The model in Ollama's memory, as last read; null when it is not loaded. <see cref="ModelReload"/> says which settings would load it anew.</summary>
    public RunningModel? Loaded { get; init; }
}

/// <summary>Body of <c>GET /v1/models/{id}/details</c>: what Ollama knows of a model.</summary>
public sealed record ModelInfo
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>Of its manifest, as Ollama lists it.</summary>
    public string? Digest { get; init; }

    /// <summary>Bytes on disk; models made from one another share most of theirs.</summary>
    public long Size { get; init; }
    public string? Format { get; init; }
    public string? Family { get; init; }
    public string[] Families { get; init; } = [];
    public string? ParameterSize { get; init; }
    public string? Quantization { get; init; }
    public string[] Capabilities { get; init; } = [];

    /// <summary>The longest context it supports.</summary>
    public int? ContextLength { get; init; }
    public int? EmbeddingLength { get; init; }

    /// <summary>The model it was made from; null for one that was pulled.</summary>
    public string? ParentModel { get; init; }

    /// <summary>In Go's template language, or jinja.</summary>
    public string? Template { get; init; }

    /// <summary>The model's own system prompt.</summary>
    public string? System { get; init; }
    public string? License { get; init; }

    /// <summary>The model's own parameters, in Ollama's order.</summary>
    public IReadOnlyList<ModelParameter> Parameters { get; init; } = [];

    /// <summary>As <c>ollama show --modelfile</c> prints it.</summary>
    public string? Modelfile { get; init; }

    /// <summary>What the config here puts in the place of the model's own.</summary>
    public IReadOnlyList<ModelOverride> Overrides { get; init; } = [];
}

/// <summary>A parameter of a model's Modelfile.</summary>
/// <param name="Name">Ollama's name, e.g. <c>num_ctx</c>.</param>
/// <param name="Values">One, or several of a list such as <c>stop</c>.</param>
public sealed record ModelParameter(string Name, IReadOnlyList<string> Values);

/// <summary>A value of the config here that is used in the place of the model's own.</summary>
public sealed record ModelOverride
{
    /// <summary>The field of <see cref="ModelConfigView"/>, or of its <c>custom_options</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the config says.</summary>
    public required string Value { get; init; }

    /// <summary>What the model's Modelfile says; null when it says nothing.</summary>
    public string? ModelValue { get; init; }
}

/// <summary>Body of <c>DELETE /v1/models/{id}?purge=true</c>.</summary>
public sealed record ModelDeletion
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>Bytes that become free on Ollama's disk: at most this much, less where other models share layers with it; 0 when another name has the same model.</summary>
    public required long SizeFreed { get; init; }
}

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

    /// <summary>The part of it that is in the graphics card's memory, 0 to 1.</summary>
    public double VramShare { get; init; }

    /// <summary>When it is unloaded unless somebody uses it; null when it stays.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>It is never unloaded by itself (<c>keep_alive:-1</c>).</summary>
    public bool Stays { get; init; }
    public string? Digest { get; init; }

    /// <summary>In whose memory it is, of several Ollamas; absent where there is only one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Host { get; init; }
}

/// <summary>Body of <c>GET /v1/models/running</c>.</summary>
public sealed record RunningModelList(IReadOnlyList<RunningModel> Models);

/// <summary>Body of <c>POST /v1/models/{id}/load</c>.</summary>
public sealed record LoadModelRequest
{
    /// <summary>A duration (<c>"10m"</c>) or seconds; -1 keeps it loaded. Absent: the model's setting, else Ollama's.</summary>
    public JsonElement? KeepAlive { get; init; }

    /// <summary>Which of several Ollamas is to load it, as <see cref="ModelList.OllamaHosts"/> names them. Absent: the one that a chat would go to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Host { get; init; }
}

/// <summary>Body of <c>POST /v1/models/{id}/unload</c>, which may be left out.</summary>
public sealed record UnloadModelRequest
{
    /// <summary>Which of several Ollamas is to let go of it. Absent: all that have it loaded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Host { get; init; }
}

/// <summary>Body of <c>POST /v1/models/{id}/copy</c>.</summary>
public sealed record CopyModelRequest
{
    /// <summary>Name of the new model.</summary>
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
    public long PromptTokens { get; init; }
    public long CompletionTokens { get; init; }
    public double? AverageTokensPerSecond { get; init; }
    public double? AverageFirstTokenMs { get; init; }

    /// <summary>Answers behind <see cref="AverageFirstTokenMs"/>: its weight where several items are averaged.</summary>
    public long FirstTokenCount { get; init; }

    /// <summary>Tokens behind <see cref="AverageTokensPerSecond"/>: of several items the speed is the sum of these by the sum of <see cref="SpeedSeconds"/>.</summary>
    public long SpeedTokens { get; init; }

    /// <summary>How long those tokens took.</summary>
    public double SpeedSeconds { get; init; }

    /// <summary>Answers that had to wait until their model was loaded.</summary>
    public long Loads { get; init; }

    /// <summary>How long those waited for it.</summary>
    public double? AverageLoadMs { get; init; }

    /// <summary>Answers that failed.</summary>
    public long Errors { get; init; }
}
