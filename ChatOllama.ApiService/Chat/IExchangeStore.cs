using System.Text.Json;
using ChatOllama.ApiService.Generations;

namespace ChatOllama.ApiService.Chat;

/// <summary>A question and its empty answer, about to be committed.</summary>
public sealed record NewExchange
{
    public required string UserId { get; init; }
    public required string SessionId { get; init; }
    public required string UserMessageId { get; init; }
    public required string AnswerId { get; init; }
    public required string Text { get; init; }
    public required string Model { get; init; }

    /// <summary>True when the request named the model: the session then keeps it.</summary>
    public bool ModelWasNamed { get; init; }

    /// <summary>Null: below the active answer. <see cref="RootParent"/>: a new first question. Else the id of a message.</summary>
    public string? ParentId { get; init; }
    /// <summary>A session that is not known is refused instead of begun.</summary>
    public bool NeedsSession { get; init; }
    public RequestExtras Extras { get; init; } = new();

    /// <summary>What a session that begins with this exchange says; one that exists keeps its own.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>As <see cref="SystemPrompt"/>, by Ollama's names.</summary>
    public Dictionary<string, JsonElement>? SessionOptions { get; init; }
    public IReadOnlyList<ExchangeAttachment> Attachments { get; init; } = [];
    public string? TraceId { get; init; }

    /// <summary>With <see cref="BodyHash"/>: refuse to commit a second time.</summary>
    public string? IdempotencyKey { get; init; }
    public string? BodyHash { get; init; }

    /// <summary>The value of <c>parent_id</c> that starts a new first question.</summary>
    public const string RootParent = "root";
}

/// <summary>What a question brings along.</summary>
/// <param name="Id">The name it has in messages.</param>
/// <param name="Key">Its row; 0 for what belongs to a temporary exchange.</param>
/// <param name="Bytes">Of a temporary exchange; null for what lies on disk under <paramref name="Hash"/>.</param>
public sealed record ExchangeAttachment(string Id, long Key, string Hash, string Name, string MediaType, byte[]? Bytes);

/// <summary>Where an exchange came to lie.</summary>
/// <param name="AnswerSeq">Row of the answer.</param>
/// <param name="AboveId">The message the question went below; null for a first question.</param>
/// <param name="IsNewSession">It is the first of its session.</param>
/// <param name="KnownAnswerId">Set when the idempotency key stands for an answer already; nothing was written then.</param>
public sealed record CommittedExchange(long AnswerSeq, string? AboveId, bool IsNewSession = false, string? KnownAnswerId = null);

/// <summary>A message on the way from the root to a question.</summary>
public sealed record BranchMessage(string Id, string Role, string Content, IReadOnlyList<BranchAttachment> Attachments);

/// <summary>An attachment of a <see cref="BranchMessage"/>.</summary>
public sealed record BranchAttachment(string Hash, string Name, string MediaType, byte[]? Bytes = null);

/// <summary>A piece of a running answer to be saved, as UTF-8.</summary>
/// <param name="ThinkingAt">Where in the answer's thinking it begins, in bytes.</param>
/// <param name="ContentAt">The same in its content.</param>
public sealed record CheckpointPart(long AnswerSeq, int ThinkingAt, int ContentAt, ReadOnlyMemory<byte> Thinking, ReadOnlyMemory<byte> Content);

/// <summary>A finished answer with what the model's statistics need.</summary>
public sealed record FinishedAnswer(long AnswerSeq, Answer Answer)
{
    /// <summary>Characters of the prompt that <c>usage.prompt_tokens</c> counts; 0 when not known.</summary>
    public int PromptChars { get; init; }

    /// <summary>Ollama's own time of writing, for the average speed.</summary>
    public double? WritingSeconds { get; init; }

    /// <summary>Completion tokens written in that time.</summary>
    public int? WrittenTokens { get; init; }
}

/// <summary>Everything that regenerate and continue need to know of a message.</summary>
/// <param name="ParentSeq">Row of the question above.</param>
public sealed record StoredAnswer(Answer Answer, long Seq, long ParentSeq, RequestExtras Extras);

/// <summary>
/// Where exchanges live: the database (<see cref="DatabaseExchanges"/>), or memory for temporary ones (<see cref="TemporaryExchanges"/>).
/// A returned task completes only when the store would survive what it promises to survive.
/// </summary>
public interface IExchangeStore
{
    Task<CommittedExchange> CommitAsync(NewExchange exchange);

    /// <summary>The answer that an idempotency key stands for; null when the key is new.</summary>
    /// <exception cref="Http.ProblemException">409: the key was used with another body.</exception>
    Task<string?> FindKeyAsync(string userId, string key, string bodyHash, CancellationToken cancellationToken);

    /// <summary>Adds an empty sibling below the same question and makes it the active one.</summary>
    /// <returns>Row of the new answer.</returns>
    Task<long> CommitSiblingAsync(string userId, StoredAnswer original, Answer sibling, RequestExtras extras);

    /// <summary>Puts an ended answer back to work; its text stays.</summary>
    /// <exception cref="Http.ProblemException">409: it is no longer as <paramref name="original"/> says, because somebody else continued it.</exception>
    Task ReopenAsync(StoredAnswer original);

    /// <summary>An answer of this user, finished or not; null when there is none.</summary>
    Task<StoredAnswer?> FindAnswerAsync(string userId, string messageId, CancellationToken cancellationToken);

    /// <summary>The messages from the root down to the question of an answer.</summary>
    Task<IReadOnlyList<BranchMessage>> LoadBranchAsync(long answerSeq, CancellationToken cancellationToken);

    Task CheckpointAsync(IReadOnlyList<CheckpointPart> parts);

    Task FinishAsync(FinishedAnswer finished);
}
