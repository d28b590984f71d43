namespace ChatOllama.ApiService.Data;

/// <summary>The owner of sessions. One built-in local user until sign-in exists.</summary>
public sealed class User
{
    /// <summary>The id of the built-in user.</summary>
    public const string LocalId = "local";

    public required string Id { get; set; }
    public required string Name { get; set; }
    public DateTime CreatedAt { get; set; }
}

/// <summary>A chat: a tree of messages with one active branch.</summary>
public sealed class Session
{
    /// <summary>Row id; the public <see cref="Id"/> may be chosen by a client and is unique per user only.</summary>
    public long Key { get; set; }
    public required string Id { get; set; }
    public required string UserId { get; set; }

    /// <summary>Empty until the first user text gives one.</summary>
    public string Title { get; set; } = "";

    /// <summary>Ollama's name of the model that is used where a message names none.</summary>
    public string? Model { get; set; }
    public string? SystemPrompt { get; set; }

    /// <summary>Generation options under Ollama's names, as a JSON object.</summary>
    public string? OptionsJson { get; set; }
    public bool Pinned { get; set; }
    public bool Archived { get; set; }
    public string? Folder { get; set; }
    public List<string> Tags { get; set; } = [];
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }

    /// <summary>Order of lists: the writer's sequence at the last activity.</summary>
    public long Activity { get; set; }

    /// <summary>Leaf of the active branch; null in an empty session.</summary>
    public long? ActiveSeq { get; set; }
    public int MessageCount { get; set; }

    /// <summary>Set while a deleted session can still be restored.</summary>
    public DateTime? DeletedAt { get; set; }
    public List<Message> Messages { get; set; } = [];
}

/// <summary>One question or answer. <see cref="ParentSeq"/> makes the tree.</summary>
public sealed class Message
{
    /// <summary>Assigned by the writer: the order of everything, immune to clock steps. Also the full-text row id.</summary>
    public long Seq { get; set; }
    public required string Id { get; set; }
    public long SessionKey { get; set; }
    public Session? Session { get; set; }
    public long? ParentSeq { get; set; }
    public Message? Parent { get; set; }

    /// <summary><c>user</c> or <c>assistant</c>.</summary>
    public required string Role { get; set; }
    public string Content { get; set; } = "";
    public string? Thinking { get; set; }
    public string? Model { get; set; }

    /// <summary>See <see cref="Contracts.MessageStatuses"/>; questions are always complete.</summary>
    public required string Status { get; set; }
    public string? FinishReason { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }

    /// <summary>What the request asked for beside the text (options, think, format, …), so that regenerate and continue ask the same.</summary>
    public string? RequestJson { get; set; }
    public int? PromptTokens { get; set; }
    public int? CompletionTokens { get; set; }
    public int? ContextLength { get; set; }
    public int DroppedMessages { get; set; }
    public double? QueueMs { get; set; }
    public double? LoadMs { get; set; }
    public double? PromptMs { get; set; }
    public double? FirstTokenMs { get; set; }
    public double? ThinkingMs { get; set; }
    public double? TotalMs { get; set; }
    public double? TokensPerSecond { get; set; }
    public string? ProblemCode { get; set; }
    public string? ProblemDetail { get; set; }
    public string? TraceId { get; set; }
    public List<MessageAttachment> Attachments { get; set; } = [];
}

/// <summary>
/// What one write saved of all answers that ran then; see <see cref="CheckpointLog"/>. Appended while they run, folded into their messages
/// at the next start after a crash, so that saving a long answer never rewrites what is saved already.
/// </summary>
public sealed class Checkpoint
{
    public long Id { get; set; }

    /// <summary>See <see cref="CheckpointPieces"/>.</summary>
    public byte[] Pieces { get; set; } = [];
}

/// <summary>An image or text file; its bytes lie beside the database under their hash.</summary>
public sealed class Attachment
{
    public long Key { get; set; }
    public required string Id { get; set; }
    public required string UserId { get; set; }

    /// <summary>Lower-case hex SHA-256 of the bytes.</summary>
    public required string Hash { get; set; }
    public required string Name { get; set; }
    public required string MediaType { get; set; }
    public long Size { get; set; }
    public DateTime CreatedAt { get; set; }
}

/// <summary>An attachment in its place on a message.</summary>
public sealed class MessageAttachment
{
    public long MessageSeq { get; set; }
    public int Position { get; set; }
    public long AttachmentKey { get; set; }
    public Attachment? Attachment { get; set; }
}

/// <summary>A model as last seen in Ollama, with what it has done here.</summary>
public sealed class Model
{
    public long Key { get; set; }
    public required string Id { get; set; }

    /// <summary>Ollama's full name, e.g. <c>llama3.2:1b</c> or <c>tiny:latest</c>.</summary>
    public required string Name { get; set; }

    /// <summary>Null: the name is shown.</summary>
    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public long Size { get; set; }
    public string? Family { get; set; }
    public string? Format { get; set; }
    public string? Parameters { get; set; }
    public string? Quantization { get; set; }
    public List<string> Capabilities { get; set; } = [];
    public int? ContextLength { get; set; }
    public string? Digest { get; set; }

    /// <summary>See <see cref="Contracts.ModelStatuses"/>.</summary>
    public required string Status { get; set; }

    /// <summary>With status <c>error</c>: why.</summary>
    public string? Error { get; set; }

    /// <summary>Made or copied through here: no registry has it, whatever its name.</summary>
    public bool IsLocal { get; set; }
    public bool IsDefault { get; set; }
    public bool IsEnabled { get; set; } = true;
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }
    public DateTime? LastUsedAt { get; set; }

    // Running totals, kept by the writer when an answer ends, so that statistics never scan messages.
    public long TotalMessages { get; set; }
    public long TotalTokens { get; set; }

    /// <summary>Completion tokens and seconds behind the average speed.</summary>
    public long SpeedTokens { get; set; }
    public double SpeedSeconds { get; set; }
    public double FirstTokenMsSum { get; set; }
    public long FirstTokenCount { get; set; }

    /// <summary>Characters sent and tokens Ollama counted for them: the estimate of characters per token.</summary>
    public long PromptChars { get; set; }
    public long PromptTokens { get; set; }
    public ModelConfig? Config { get; set; }
}

/// <summary>Settings of a model; null is the model's own default.</summary>
public sealed class ModelConfig
{
    public long ModelKey { get; set; }
    public double? Temperature { get; set; }
    public double? TopP { get; set; }
    public int? TopK { get; set; }
    public double? RepeatPenalty { get; set; }
    public int? ContextLength { get; set; }
    public int? MaxTokens { get; set; }
    public string? SystemPrompt { get; set; }

    /// <summary>A JSON string or number.</summary>
    public string? KeepAliveJson { get; set; }

    /// <summary>A JSON boolean or level.</summary>
    public string? ThinkJson { get; set; }
    public string? CustomOptionsJson { get; set; }
    public DateTime UpdatedAt { get; set; }
}

/// <summary>A download: what waits or runs goes on after a restart, the last ones that ended are kept to be read.</summary>
public sealed class Pull
{
    /// <summary>Order of the list.</summary>
    public long Key { get; set; }
    public required string Id { get; set; }

    /// <summary>The model's full name.</summary>
    public required string Name { get; set; }
    public bool Insecure { get; set; }

    /// <summary>Which of several Ollamas downloads it; null where there was only one.</summary>
    public string? Host { get; set; }

    /// <summary>See <see cref="Contracts.PullStatuses"/>.</summary>
    public required string Status { get; set; }
    public string? Error { get; set; }
    public string? ErrorCode { get; set; }
    public string? ModelId { get; set; }

    /// <summary>Bytes at its end, as far as they were known.</summary>
    public long? Total { get; set; }
    public long? Completed { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime? EndedAt { get; set; }
}

/// <summary>An <c>Idempotency-Key</c> that was used, and the answer it stands for. Kept 24 hours.</summary>
public sealed class IdempotencyRecord
{
    public required string UserId { get; set; }
    public required string Key { get; set; }

    /// <summary>Lower-case hex SHA-256 of the request body.</summary>
    public required string BodyHash { get; set; }
    public required string MessageId { get; set; }
    public required string UserMessageId { get; set; }
    public DateTime CreatedAt { get; set; }
}
