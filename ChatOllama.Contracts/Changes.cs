namespace ChatOllama.Contracts;

/// <summary>The values of <see cref="ChangeEvent.Type"/>.</summary>
public static class ChangeTypes
{
    /// <summary>The first event of every stream: from its id on, nothing is missed.</summary>
    public const string Start = "start";

    /// <summary>Changes were missed, because the reader was away or too slow: read again whatever is shown.</summary>
    public const string Resync = "resync";

    public const string SessionCreated = "session_created";

    /// <summary>Title, model, options, folder, tags, pin, archive or the active branch.</summary>
    public const string SessionChanged = "session_changed";
    public const string SessionDeleted = "session_deleted";
    public const string SessionRestored = "session_restored";

    /// <summary>A question was stored; its answer is announced by itself.</summary>
    public const string MessageAdded = "message_added";

    /// <summary>An answer waits or is being written: a new one, another version, or one that goes on.</summary>
    public const string AnswerStarted = "answer_started";

    /// <summary>An answer has ended, and is stored as <see cref="ChangeEvent.Status"/> says.</summary>
    public const string AnswerEnded = "answer_ended";

    /// <summary>The list of models, one of them, its settings, or what is loaded.</summary>
    public const string ModelsChanged = "models_changed";

    /// <summary>Ollama went or came back; <see cref="ChangeEvent.Status"/> is <c>healthy</c> or <c>degraded</c>.</summary>
    public const string HealthChanged = "health_changed";
}

/// <summary>One <c>data:</c> line of <c>GET /v1/events</c>: what changed, never its text. Which fields are set depends on <see cref="Type"/>.</summary>
public sealed record ChangeEvent
{
    /// <summary>See <see cref="ChangeTypes"/>. More may come: ignore what you do not know.</summary>
    public required string Type { get; init; }
    public string? SessionId { get; init; }
    public string? MessageId { get; init; }

    /// <summary>With <c>answer_ended</c> the status of the message, with <c>health_changed</c> that of the service.</summary>
    public string? Status { get; init; }
}
