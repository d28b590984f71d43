using System.Text.Json;

namespace ChatOllama.Contracts;

/// <summary>Body of <c>POST /v1/chat</c>.</summary>
public sealed record ChatRequest
{
    /// <summary>The user's text. Required, not blank, at most 1 MB of UTF-8.</summary>
    public string? Message { get; init; }

    /// <summary>1–128 characters of <c>A–Z a–z 0–9 . _ : -</c>. Missing: a new session; unknown: it is created.</summary>
    public string? SessionId { get; init; }

    /// <summary>Name or id of a model. Missing: the session's, else the default model.</summary>
    public string? Model { get; init; }

    /// <summary>True: server-sent events. False or missing: one JSON object when the answer is complete.</summary>
    public bool? Stream { get; init; }

    /// <summary>Generation options by name (ours or Ollama's). Precedence: request, session, model config, the model's own default (not sent).</summary>
    public Dictionary<string, JsonElement>? Options { get; init; }

    /// <summary>Branch: the question goes below this message. <c>"root"</c> starts a new first question. Missing: below the active answer, after it has ended.</summary>
    public string? ParentId { get; init; }

    /// <summary>Base64 images or ids of attachments.</summary>
    public string[]? Images { get; init; }

    /// <summary><c>true</c>, <c>false</c>, <c>"low"</c>, <c>"medium"</c>, <c>"high"</c> or <c>"max"</c>.</summary>
    public JsonElement? Think { get; init; }

    /// <summary><c>"json"</c> or a JSON schema.</summary>
    public JsonElement? Format { get; init; }

    /// <summary>How long the model stays loaded: a duration such as <c>"10m"</c>, or seconds; -1 forever, 0 unload at once.</summary>
    public JsonElement? KeepAlive { get; init; }

    /// <summary>For this message only; the session keeps its own.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>What the session begins with where this message is its first; a session that exists already keeps its own.</summary>
    public SessionStart? Session { get; init; }

    /// <summary>True: a session that is not known is a 404. Otherwise it begins with this message, and knows nothing of what the sender may still see.</summary>
    public bool? ExistingSession { get; init; }

    /// <summary>True: the answer runs to its end even when nobody reads it.</summary>
    public bool? Background { get; init; }

    /// <summary>True: nothing of the exchange is written to the database.</summary>
    public bool? Temporary { get; init; }
}

/// <summary>Settings of a session that its first message brings along, in one step with it.</summary>
public sealed record SessionStart
{
    public string? SystemPrompt { get; init; }

    /// <summary>Generation options by name, for every message of the session.</summary>
    public Dictionary<string, JsonElement>? Options { get; init; }
}

/// <summary>Body of <c>POST /v1/messages/{id}/regenerate</c>; every field is optional.</summary>
public sealed record RegenerateRequest
{
    public string? Model { get; init; }
    public bool? Stream { get; init; }
    public Dictionary<string, JsonElement>? Options { get; init; }
    public JsonElement? Think { get; init; }
    public bool? Background { get; init; }
}

/// <summary>Body of <c>POST /v1/messages/{id}/continue</c>; every field is optional.</summary>
public sealed record ContinueRequest
{
    public bool? Stream { get; init; }
    public bool? Background { get; init; }
}

/// <summary>A whole answer: the non-streaming result of a chat.</summary>
public sealed record ChatResponse
{
    public required string Id { get; init; }
    public required string SessionId { get; init; }
    public required string Content { get; init; }
    public string? Thinking { get; init; }
    public required string Model { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>Prompt and completion tokens together, as Ollama counts them.</summary>
    public int TokensUsed { get; init; }

    /// <summary><c>stop</c>, <c>length</c> or <c>stopped</c>.</summary>
    public required string FinishReason { get; init; }
    public Usage? Usage { get; init; }
    public Timings? Timings { get; init; }
}

/// <summary>What an answer cost and how full the context was.</summary>
public sealed record Usage
{
    public int? PromptTokens { get; init; }
    public int? CompletionTokens { get; init; }

    /// <summary>Tokens the running model has room for; null when it is not known.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Messages of the branch that were left out of the prompt because they did not fit.</summary>
    public int DroppedMessages { get; init; }
}

/// <summary>Where the time of an answer went, in milliseconds.</summary>
public sealed record Timings
{
    /// <summary>Waiting for a free place here.</summary>
    public double? QueueMs { get; init; }

    /// <summary>Ollama loading the model (its <c>load_duration</c>).</summary>
    public double? LoadMs { get; init; }

    /// <summary>Ollama reading the prompt (its <c>prompt_eval_duration</c>).</summary>
    public double? PromptMs { get; init; }

    /// <summary>From the request to Ollama until its first word, thinking included.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>From the first thought to the first word of the answer.</summary>
    public double? ThinkingMs { get; init; }

    /// <summary>From the accepted request to the end.</summary>
    public double? TotalMs { get; init; }

    /// <summary>Completion tokens per second of Ollama's <c>eval_duration</c>.</summary>
    public double? TokensPerSecond { get; init; }
}

/// <summary>The values of <see cref="ChatEvent.Type"/>.</summary>
public static class ChatEventTypes
{
    public const string Start = "start";
    public const string Phase = "phase";
    public const string Thinking = "thinking";
    public const string Token = "token";
    public const string Done = "done";
    public const string Error = "error";

    /// <summary>The cursor pointed beyond what is stored: forget the text so far, it follows from the start.</summary>
    public const string Reset = "reset";
}

/// <summary>The values of <see cref="ChatEvent.Phase"/>: what an answer without a word is waiting for.</summary>
public static class ChatPhases
{
    public const string Queued = "queued";
    public const string Loading = "loading";
    public const string Prompt = "prompt";
    public const string Generating = "generating";
}

/// <summary>The values of <see cref="MessageView.Status"/>.</summary>
public static class MessageStatuses
{
    public const string Queued = "queued";
    public const string Generating = "generating";
    public const string Complete = "complete";
    public const string Stopped = "stopped";
    public const string Interrupted = "interrupted";
    public const string Failed = "failed";

    /// <summary>True for a status after which no more text comes by itself.</summary>
    public static bool IsTerminal(string status) => status is not (Queued or Generating);
}

/// <summary>One <c>data:</c> line of a chat stream. Which fields are set depends on <see cref="Type"/>.</summary>
public sealed record ChatEvent
{
    public required string Type { get; init; }
    public string? SessionId { get; init; }
    public string? UserMessageId { get; init; }
    public string? MessageId { get; init; }
    public string? Model { get; init; }
    public string? Phase { get; init; }

    /// <summary>With phase <c>queued</c>: the place in the queue, 1 is next.</summary>
    public int? Place { get; init; }
    public string? Content { get; init; }
    public int? TotalTokens { get; init; }
    public string? FinishReason { get; init; }
    public Usage? Usage { get; init; }
    public Timings? Timings { get; init; }

    /// <summary>With type <c>error</c>: one sentence, Ollama's own where it has one.</summary>
    public string? Error { get; init; }
    public Problem? Problem { get; init; }
}
