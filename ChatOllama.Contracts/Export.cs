using System.Text.Json;

namespace ChatOllama.Contracts;

/// <summary>
/// Body of <c>GET /v1/sessions/{id}/export?format=json</c>: everything of one session, so that it can be made again elsewhere.
/// The fields come in this order, so a reader can take it as a stream.
/// </summary>
public sealed record SessionExport
{
    /// <summary>The value of <see cref="Format"/>.</summary>
    public const string FormatName = "chatollama.session";

    /// <summary><c>chatollama.session</c></summary>
    public required string Format { get; init; }

    /// <summary>1. A later version adds fields, or raises this number where an old reader would be wrong.</summary>
    public required int Version { get; init; }
    public required DateTime ExportedAt { get; init; }
    public required SessionDetail Session { get; init; }

    /// <summary>The whole tree, in the order in which it grew: a parent always comes before its children.</summary>
    public required IReadOnlyList<ExportedMessage> Messages { get; init; }

    /// <summary>The images and texts that the messages name, each once.</summary>
    public required IReadOnlyList<ExportedAttachment> Attachments { get; init; }
}

/// <summary>One message of a <see cref="SessionExport"/>.</summary>
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
    public string? FinishReason { get; init; }
    public Usage? Usage { get; init; }
    public Timings? Timings { get; init; }

    /// <summary>Why a <c>failed</c> answer failed.</summary>
    public Problem? Problem { get; init; }

    /// <summary>What was asked for beside the text: <c>options</c>, <c>think</c>, <c>format</c>, <c>keep_alive</c>, <c>system_prompt</c>.</summary>
    public JsonElement? Request { get; init; }

    /// <summary>Ids of <see cref="SessionExport.Attachments"/>, in their order.</summary>
    public string[] Attachments { get; init; } = [];
}

/// <summary>A file of a <see cref="SessionExport"/>.</summary>
public sealed record ExportedAttachment
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string MediaType { get; init; }
    public required long Size { get; init; }

    /// <summary>The bytes in base64; null when the file is gone from the server's disk.</summary>
    public string? Data { get; init; }
}
