using System.Text.Json.Serialization;

namespace ChatOllama.Contracts;

/// <summary>The values of <see cref="PullView.Status"/>.</summary>
public static class PullStatuses
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    /// <summary>What a running download tells as its progress (<see cref="PullEvent.Status"/>) while Ollama does not answer; it goes on by itself.</summary>
    public const string WaitingForOllama = "waiting for Ollama";

    /// <summary>Whether a download in this status waits or runs.</summary>
    public static bool IsUnfinished(string status) => status is Queued or Running;
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

/// <summary>One event of a download or of making a model. Bytes are those of all layers that are known so far: Ollama names them one by one, the weights mostly first.</summary>
public sealed record PullEvent
{
    /// <summary>See <see cref="PullEventTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Ollama's word for what it does; <c>queued</c> before it is asked.</summary>
    public string? Status { get; init; }

    /// <summary>The layer that arrives.</summary>
    public string? Digest { get; init; }

    /// <summary>Bytes of all layers that are there, what an earlier download left included; never more than <see cref="Total"/>.</summary>
    public long? Completed { get; init; }

    /// <summary>Bytes of all layers known so far; it grows until <see cref="TotalIsFinal"/>.</summary>
    public long? Total { get; init; }

    /// <summary>All layers are known.</summary>
    public bool TotalIsFinal { get; init; }

    /// <summary>Over the last seconds, all layers together.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>Until all that is known has arrived, at this speed.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>The layers in the order in which Ollama named them.</summary>
    public IReadOnlyList<PullLayer> Layers { get; init; } = [];

    /// <summary>Of making a model: what Ollama has said so far, oldest first; the last is what it does now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Steps { get; init; }

    /// <summary>With <c>done</c>: the model's id here, once it is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ModelId { get; init; }

    /// <summary>With <c>error</c>: one sentence, Ollama's own where it had one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Error { get; init; }

    /// <summary>With <c>error</c>, unless it was cancelled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Problem? Problem { get; init; }
}

/// <summary>A layer of a download: the weights, a template, a licence, …</summary>
public sealed record PullLayer(string Digest, long Total, long Completed);

/// <summary>A download. It outlives whoever asked for it, and a restart of the service.</summary>
public sealed record PullView
{
    public required string Id { get; init; }

    /// <summary>The model's full name.</summary>
    public required string Name { get; init; }

    /// <summary>Which of several Ollamas downloads it; absent where there is only one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Host { get; init; }

    /// <summary>See <see cref="PullStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>How many wait before it, plus one; null unless it waits.</summary>
    public int? Position { get; init; }

    /// <summary>The latest news before the end.</summary>
    public required PullEvent Progress { get; init; }

    /// <summary>Why it failed or ended early.</summary>
    public string? Error { get; init; }

    /// <summary>The code of the problem it failed with; see <see cref="ProblemCodes"/>.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The model's id here; null while it is not known here.</summary>
    public string? ModelId { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>When Ollama was asked, the last time if a restart came between.</summary>
    public DateTime? StartedAt { get; init; }
    public DateTime? EndedAt { get; init; }
}

/// <summary>Body of <c>GET /v1/models/pulls</c> and of <c>POST /v1/models/update</c>.</summary>
public sealed record PullList(IReadOnlyList<PullView> Pulls)
{
    /// <summary>For the next page; null at the end.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>Body of <c>POST /v1/models/pull</c>.</summary>
public sealed record PullModelRequest
{
    /// <summary>As Ollama writes it: <c>llama3.2:1b</c>, <c>hf.co/user/model:Q4_K_M</c>. An <c>ollama pull</c> before it and addresses of ollama.com and huggingface.co are understood.</summary>
    public string? Name { get; init; }

    /// <summary>Which of several Ollamas is to have it, as <see cref="ModelList.OllamaHosts"/> names them. Absent: the first that has it already and answers, else the first that answers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Host { get; init; }

    /// <summary>Lets Ollama use plain HTTP and unknown certificates; refused unless <c>ALLOW_INSECURE_PULLS</c> is set.</summary>
    public bool? Insecure { get; init; }
}

/// <summary>The values of <see cref="ModelUpdate.State"/>.</summary>
public static class ModelUpdateStates
{
    /// <summary>The same as at its source.</summary>
    public const string Current = "current";

    /// <summary>Its source has another version.</summary>
    public const string Outdated = "outdated";

    /// <summary>Made or copied on this Ollama: there is no source.</summary>
    public const string Local = "local";

    /// <summary>The registry knows no such model.</summary>
    public const string NotFound = "not_found";

    /// <summary>It cannot be told; <see cref="ModelUpdate.Reason"/> says why.</summary>
    public const string Unknown = "unknown";
}

/// <summary>How a model here compares with its source.</summary>
public sealed record ModelUpdate
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>See <see cref="ModelUpdateStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>One sentence, where the state needs it.</summary>
    public string? Reason { get; init; }
    public string? Digest { get; init; }

    /// <summary>The digest at the source.</summary>
    public string? SourceDigest { get; init; }

    /// <summary>Bytes of the model at the source.</summary>
    public long? SourceSize { get; init; }
}

/// <summary>Body of <c>GET</c> and <c>POST /v1/models/updates</c>.</summary>
public sealed record ModelUpdateList
{
    /// <summary>Where is asked; null when <c>MODEL_REGISTRY</c> is <c>off</c>.</summary>
    public string? Registry { get; init; }

    /// <summary>When was asked; null when nobody has asked since the service started.</summary>
    public DateTime? CheckedAt { get; init; }

    /// <summary>The models that are available, by name.</summary>
    public IReadOnlyList<ModelUpdate> Models { get; init; } = [];
}

/// <summary>Body of <c>POST /v1/models/update</c>.</summary>
public sealed record UpdateModelsRequest
{
    /// <summary>Ids or names; absent: all that differ from their source.</summary>
    public string[]? Models { get; init; }
}
