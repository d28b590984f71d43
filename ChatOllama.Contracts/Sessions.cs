using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatOllama.Contracts;

/// <summary>A session as it stands in a list.</summary>
public sealed record SessionSummary
{
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>Last activity. The order of lists does not depend on it but on an integer sequence, so a clock step shuffles nothing.</summary>
    public required DateTime UpdatedAt { get; init; }
    public required int MessageCount { get; init; }
    public string? Model { get; init; }
    public bool Pinned { get; init; }
    public bool Archived { get; init; }
    public string? Folder { get; init; }
    public string[] Tags { get; init; } = [];

    /// <summary>True while an answer of this session is queued or being generated.</summary>
    public bool IsRunning { get; init; }
}

/// <summary>One session with everything that can be set on it.</summary>
public sealed record SessionDetail
{
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime UpdatedAt { get; init; }
    public required int MessageCount { get; init; }
    public string? Model { get; init; }
    public bool Pinned { get; init; }
    public bool Archived { get; init; }
    public string? Folder { get; init; }
    public string[] Tags { get; init; } = [];
    public bool IsRunning { get; init; }
    public string? SystemPrompt { get; init; }
    public Dictionary<string, JsonElement>? Options { get; init; }

    /// <summary>The newest message of the branch that is shown and that the next message goes below.</summary>
    public string? ActiveMessageId { get; init; }

    /// <summary>True for a session that lives in memory only.</summary>
    public bool Temporary { get; init; }
}

/// <summary>Body of <c>GET /v1/sessions</c>.</summary>
/// <param name="Version">Where this list stands in the feed of changes: give it to <c>GET /v1/events?after=</c> to hear what happened since.</param>
public sealed record SessionList(IReadOnlyList<SessionSummary> Sessions, string? NextCursor, string? Version = null);

/// <summary>A folder or a tag, and how many sessions have it.</summary>
public sealed record Label(string Name, int Sessions);

/// <summary>Body of <c>GET /v1/folders</c>.</summary>
public sealed record FolderList(IReadOnlyList<Label> Folders);

/// <summary>Body of <c>GET /v1/tags</c>.</summary>
public sealed record TagList(IReadOnlyList<Label> Tags);

/// <summary>Body of <c>POST /v1/sessions</c>; every field is optional.</summary>
public sealed record CreateSessionRequest
{
    public string? Id { get; init; }
    public string? Title { get; init; }
    public string? Model { get; init; }
    public string? SystemPrompt { get; init; }
    public Dictionary<string, JsonElement>? Options { get; init; }
    public bool? Pinned { get; init; }
    public string? Folder { get; init; }
    public string[]? Tags { get; init; }
}

/// <summary>Body of <c>PATCH /v1/sessions/{id}</c>: absent is unchanged, null is the default again.</summary>
public sealed record UpdateSessionRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> Title { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> Model { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> SystemPrompt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<Dictionary<string, JsonElement>> Options { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<bool?> Pinned { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<bool?> Archived { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> Folder { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string[]> Tags { get; init; }

    /// <summary>Any message of the session: the branch through it, down to its newest leaf, becomes the active one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Optional<string> ActiveMessageId { get; init; }
}

/// <summary>One message: a question, or an answer with its status.</summary>
public sealed record MessageView
{
    public required string Id { get; init; }
    public required string SessionId { get; init; }
    public string? ParentId { get; init; }

    /// <summary><c>user</c> or <c>assistant</c>.</summary>
    public required string Role { get; init; }
    public required string Content { get; init; }
    public string? Thinking { get; init; }
    public string? Model { get; init; }
    public int TokensUsed { get; init; }

    /// <summary>See <see cref="MessageStatuses"/>.</summary>
    public required string Status { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>Place among the messages with the same parent, from 0.</summary>
    public int SiblingIndex { get; init; }
    public int SiblingCount { get; init; }
    public string? PreviousSiblingId { get; init; }
    public string? NextSiblingId { get; init; }
    public string? FinishReason { get; init; }
    public Usage? Usage { get; init; }
    public Timings? Timings { get; init; }

    /// <summary>Why a <c>failed</c> answer failed.</summary>
    public Problem? Problem { get; init; }
    public IReadOnlyList<AttachmentView>? Attachments { get; init; }

    /// <summary>Of a running answer: how far the text here goes; give it to <c>/events?after=</c> to go on exactly there.</summary>
    public string? Cursor { get; init; }

    /// <summary>Of a running answer: what it waits for, see <see cref="ChatPhases"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Phase { get; init; }

    /// <summary>With phase <c>queued</c>: the place in the queue, 1 is next.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Place { get; init; }

    /// <summary>Of a running answer: milliseconds since it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? RunningMs { get; init; }
}

/// <summary>Body of <c>GET /v1/sessions/{id}/messages</c>.</summary>
public sealed record MessageList(string SessionId, IReadOnlyList<MessageView> Messages, string? NextCursor)
{
    /// <summary>With <c>at</c>: whether the branch goes on below the last message here.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? HasNewer { get; init; }

    /// <summary>With <c>at</c>: whether the branch shown is the session's active one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? IsActiveBranch { get; init; }
}

/// <summary>One hit of <c>GET /v1/search</c>.</summary>
public sealed record SearchHit
{
    public required string SessionId { get; init; }
    public required string SessionTitle { get; init; }

    /// <summary>Null when the title matched.</summary>
    public string? MessageId { get; init; }
    public string? Role { get; init; }

    /// <summary>Plain text around the match.</summary>
    public required string Snippet { get; init; }

    /// <summary>Where the matches stand in <see cref="Snippet"/>: pairs of start and length, in UTF-16 units.</summary>
    public int[] Highlights { get; init; } = [];
    public required DateTime CreatedAt { get; init; }
}

/// <summary>Body of <c>GET /v1/search</c>.</summary>
public sealed record SearchResult(IReadOnlyList<SearchHit> Hits, string? NextCursor);

/// <summary>An image or text file that belongs to messages.</summary>
public sealed record AttachmentView
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>Found by looking at the bytes, not by the name.</summary>
    public required string MediaType { get; init; }
    public required long Size { get; init; }
    public required DateTime CreatedAt { get; init; }
}

/// <summary>Body of <c>GET /v1/attachments</c>: what may be uploaded.</summary>
public sealed record AttachmentLimits
{
    /// <summary>Largest image, in bytes.</summary>
    public required long MaxImageBytes { get; init; }

    /// <summary>Largest text file, in bytes.</summary>
    public required long MaxTextBytes { get; init; }

    /// <summary>Images and files that one message may bring.</summary>
    public required int MaxPerMessage { get; init; }

    /// <summary>The types of images that are taken. Text is taken as UTF-8, whatever it is called.</summary>
    public required string[] ImageTypes { get; init; }
}
