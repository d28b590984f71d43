using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>A session as a file has it, in the terms of this program, checked.</summary>
internal sealed record IncomingSession
{
    /// <summary>Where it stands in the file, for people: <c>$.sessions[3]</c>.</summary>
    public required string Place { get; init; }
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime UpdatedAt { get; init; }
    public string? Model { get; init; }
    public string? SystemPrompt { get; init; }
    public string? OptionsJson { get; init; }
    public bool Pinned { get; init; }
    public bool Archived { get; init; }
    public string? Folder { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public string? ActiveId { get; init; }

    /// <summary>Parents before their children, siblings in their order.</summary>
    public required IReadOnlyList<IncomingMessage> Messages { get; init; }
}

/// <summary>A message of an <see cref="IncomingSession"/>.</summary>
internal sealed record IncomingMessage
{
    public required string Place { get; init; }
    public required string Id { get; init; }
    public string? ParentId { get; init; }
    public required string Role { get; init; }
    public required string Content { get; init; }
    public string? Thinking { get; init; }
    public string? Model { get; init; }
    public string Status { get; init; } = MessageStatuses.Complete;
    public required DateTime CreatedAt { get; init; }
    public DateTime? UpdatedAt { get; init; }
    public string? FinishReason { get; init; }
    public Usage? Usage { get; init; }
    public Timings? Timings { get; init; }
    public string? ProblemCode { get; init; }
    public string? ProblemDetail { get; init; }
    public string? RequestJson { get; init; }
    public string? TraceId { get; init; }

    /// <summary>Ids of files that the file lists by themselves, or that <see cref="Files"/> has.</summary>
    public IReadOnlyList<string> Attachments { get; init; } = [];

    /// <summary>Files that came inside the message.</summary>
    public IReadOnlyList<IncomingFile> Files { get; init; } = [];

    public bool IsAnswer => Role == "assistant";
}

/// <summary>A file with its bytes, checked.</summary>
internal sealed record IncomingFile(string Place, string Id, string Name, string MediaType, string Hash, ReadOnlyMemory<byte> Bytes);

/// <summary>Settings of a model, checked.</summary>
internal sealed record IncomingModel(string Place, ExportedModel Model);

/// <summary>
/// One kind of file that can be imported. Each method reads the file anew, so that nothing of it stays in memory; both give the same every time.
/// </summary>
internal interface IImportFormat
{
    /// <summary>See <see cref="ImportSources"/>.</summary>
    string Source { get; }

    /// <summary>The sessions come in the order of lists, oldest activity first; otherwise their times order them.</summary>
    bool IsOrdered { get; }

    /// <summary>The files that are not inside messages, and the settings of models.</summary>
    /// <exception cref="Http.ProblemException">400 with the place of the fault.</exception>
    IAsyncEnumerable<IncomingFile> FilesAsync(ImportNotes notes, CancellationToken cancellation);

    /// <inheritdoc cref="FilesAsync"/>
    IAsyncEnumerable<IncomingModel> ModelsAsync(ImportNotes notes, CancellationToken cancellation);

    /// <inheritdoc cref="FilesAsync"/>
    IAsyncEnumerable<IncomingSession> SessionsAsync(ImportNotes notes, CancellationToken cancellation);
}
