using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Generations;

/// <summary>An answer as it is stored, or as it will be: the source of every event and body about it.</summary>
public sealed record Answer
{
    public required string Id { get; init; }
    public required string UserMessageId { get; init; }
    public required string SessionId { get; init; }
    public required string Model { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>See <see cref="MessageStatuses"/>.</summary>
    public required string Status { get; init; }
    public string Content { get; init; } = "";
    public string? Thinking { get; init; }
    public string? FinishReason { get; init; }
    public Usage? Usage { get; init; }
    public Timings? Timings { get; init; }
    public string? ProblemCode { get; init; }
    public string? ProblemDetail { get; init; }
    public string? TraceId { get; init; }

    /// <summary>Prompt and completion tokens together.</summary>
    public int TokensUsed => (Usage?.PromptTokens ?? 0) + (Usage?.CompletionTokens ?? 0);

    /// <summary>Why there is no whole answer; null for one that is complete or was stopped.</summary>
    public ProblemException? Failure => Status switch
    {
        MessageStatuses.Failed => new ProblemException(ProblemCode ?? ProblemCodes.Internal, ProblemDetail ?? "The answer failed.")
        {
            RetryAfterSeconds = ProblemCode is ProblemCodes.Overloaded ? 5 : null,
        },
        MessageStatuses.Interrupted => new ProblemException(ProblemCodes.Overloaded, "The service stopped while this answer was being written. The text so far is kept; continue it when the service is back.")
        {
            RetryAfterSeconds = 5,
        },
        _ => null,
    };

    public ChatEvent StartEvent() => new()
    {
        Type = ChatEventTypes.Start,
        SessionId = SessionId,
        UserMessageId = UserMessageId,
        MessageId = Id,
        Model = Model,
    };

    /// <summary>The one event that ends every stream of this answer.</summary>
    public ChatEvent TerminalEvent(TimeProvider time) => Failure is { } failure
        ? new ChatEvent
        {
            Type = ChatEventTypes.Error,
            SessionId = SessionId,
            MessageId = Id,
            Error = failure.Message,
            Problem = Problems.From(failure, $"/v1/messages/{Id}", TraceId, time),
        }
        : new ChatEvent
        {
            Type = ChatEventTypes.Done,
            SessionId = SessionId,
            MessageId = Id,
            TotalTokens = TokensUsed,
            FinishReason = FinishReason,
            Usage = Usage,
            Timings = Timings,
        };

    /// <summary>The body of a chat that was not streamed.</summary>
    /// <exception cref="ProblemException">The answer failed.</exception>
    public ChatResponse ToResponse() => Failure is { } failure
        ? throw failure
        : new ChatResponse
        {
            Id = Id,
            SessionId = SessionId,
            Content = Content,
            Thinking = Thinking,
            Model = Model,
            CreatedAt = CreatedAt,
            TokensUsed = TokensUsed,
            FinishReason = FinishReason ?? "stop",
            Usage = Usage,
            Timings = Timings,
        };

    /// <summary>A log that replays the stored text and ends.</summary>
    public GenerationLog ToLog(TimeProvider time)
    {
        var log = new GenerationLog(SessionId, Thinking, Content);
        log.Mark(StartEvent());
        log.Complete(TerminalEvent(time));
        return log;
    }
}
