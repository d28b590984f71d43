using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatOllama.Contracts;

/// <summary>
/// Body of <c>GET /v1/export</c> (everything a user has) and of <c>GET /v1/sessions/{id}/export?format=json</c> (one session): all that is needed to make it
/// again elsewhere. The fields come in this order, so that a reader can take it as a stream. docs/import-export.md is its manual.
/// </summary>
public sealed record ChatExport
{
    /// <summary>The value of <see cref="Format"/>.</summary>
    public const string FormatName = "chatollama";

    /// <summary>The value of <see cref="Version"/>.</summary>
    public const int CurrentVersion = 1;

    /// <summary><c>chatollama</c></summary>
    public required string Format { get; init; }

    /// <summary>1. A later version adds fields, or raises this number where an old reader would be wrong.</summary>
    public required int Version { get; init; }
    public required DateTime ExportedAt { get; init; }

    /// <summary>The models for which somebody has set something; empty in the export of one session.</summary>
    public IReadOnlyList<ExportedModel> Models { get; init; } = [];

    /// <summary>In the order of lists, the one with the oldest activity first.</summary>
    public required IReadOnlyList<ExportedSession> Sessions { get; init; }

    /// <summary>The images and texts that the messages name, each once.</summary>
    public IReadOnlyList<ExportedAttachment> Attachments { get; init; } = [];
}

/// <summary>What somebody has set for a model.</summary>
public sealed record ExportedModel
{
    /// <summary>Ollama's full name.</summary>
    public required string Name { get; init; }
    public string? DisplayName { get; init; }
    public string? Description { get; init; }
    public bool IsEnabled { get; init; } = true;
    public bool IsDefault { get; init; }
    public ModelConfigView? Config { get; init; }
}

/// <summary>One session of a <see cref="ChatExport"/>.</summary>
public sealed record ExportedSession
{
    public required string Id { get; init; }

    /// <summary>Empty while no question has given one.</summary>
    public string Title { get; init; } = "";
    public required DateTime CreatedAt { get; init; }

    /// <summary>Last activity.</summary>
    public required DateTime UpdatedAt { get; init; }
    public string? Model { get; init; }
    public string? SystemPrompt { get; init; }
    public Dictionary<string, JsonElement>? Options { get; init; }
    public bool Pinned { get; init; }
    public bool Archived { get; init; }
    public string? Folder { get; init; }
    public string[] Tags { get; init; } = [];

    /// <summary>True for a session that lived in memory only; imported, it is one like any other.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool Temporary { get; init; }

    /// <summary>The newest message of the branch that is shown.</summary>
    public string? ActiveMessageId { get; init; }

    /// <summary>The whole tree, in the order in which it grew: a parent always comes before its children.</summary>
    public required IReadOnlyList<ExportedMessage> Messages { get; init; }
}

/// <summary>One message of an <see cref="ExportedSession"/>.</summary>
public sealed record ExportedMessage
{
    public required string Id { get; init; }

    /// <summary>Null for a first question.</summary>
    public string? ParentId { get; init; }

    /// <summary><c>user</c> or <c>assistant</c>.</summary>
    public required string Role { get; init; }
    public required string Content { get; init; }
    public string? Thinking { get; init; }
    public string? Model { get; init; }

    /// <summary>See <see cref="MessageStatuses"/>.</summary>
    public required string Status { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>When it was last changed; an answer when it ended.</summary>
    public DateTime? UpdatedAt { get; init; }
    public string? FinishReason { get; init; }
    public Usage? Usage { get; init; }
    public Timings? Timings { get; init; }

    /// <summary>Why a <c>failed</c> answer failed.</summary>
    public ExportedProblem? Problem { get; init; }

    /// <summary>What was asked for beside the text: <c>options</c>, <c>think</c>, <c>format</c>, <c>keep_alive</c>, <c>system_prompt</c>.</summary>
    public JsonElement? Request { get; init; }

    /// <summary>The request that asked for it, as the log knows it.</summary>
    public string? TraceId { get; init; }

    /// <summary>Ids of <see cref="ChatExport.Attachments"/>, in their order.</summary>
    public string[] Attachments { get; init; } = [];
}

/// <summary>Why an answer failed.</summary>
/// <param name="Code">See <see cref="ProblemCodes"/>.</param>
/// <param name="Detail">One sentence.</param>
public sealed record ExportedProblem(string Code, string? Detail);

/// <summary>A file of a <see cref="ChatExport"/>.</summary>
public sealed record ExportedAttachment
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string MediaType { get; init; }
    public required long Size { get; init; }

    /// <summary>Lower-case hex SHA-256 of the bytes: in a zip archive they are the file <c>attachments/</c> of this name.</summary>
    public required string Hash { get; init; }

    /// <summary>The bytes in base64. Null in a zip archive, and where the file is gone from the server's disk.</summary>
    public string? Data { get; init; }
}
