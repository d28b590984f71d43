namespace ChatOllama.ApiService.Ollama;

/// <summary>What went wrong between here and Ollama.</summary>
public enum OllamaFault
{
    /// <summary>Nobody answers: refused, unknown host, reset before a status line.</summary>
    Unreachable,

    /// <summary>It accepted and did not answer within <c>OLLAMA_TIMEOUT</c>.</summary>
    Timeout,

    /// <summary>503 with a full queue, or 429.</summary>
    Busy,

    /// <summary>404 that names a model.</summary>
    ModelNotFound,

    /// <summary>The prompt does not fit: see <see cref="OllamaException.PromptTokens"/> and <see cref="OllamaException.ContextLength"/>.</summary>
    ContextOverflow,

    /// <summary>Another 4xx.</summary>
    Rejected,

    /// <summary>5xx, or an error line in mid-stream.</summary>
    Failed,

    /// <summary>The stream ended or broke off without its last line.</summary>
    Incomplete,

    /// <summary>Not Ollama's protocol: a broken line, a line that is too long, a page of some proxy.</summary>
    Malformed,
}

/// <summary>The one exception that everything in <c>Ollama/</c> throws, besides <see cref="OperationCanceledException"/> for the caller's own token.</summary>
public sealed class OllamaException : Exception
{
    public OllamaException(OllamaFault kind, string sentence, int? statusCode = null, Exception? inner = null)
        : base(sentence, inner)
    {
        Kind = kind;
        StatusCode = statusCode;
        OllamaFaults.Count(kind);
    }

    public OllamaFault Kind { get; }

    /// <summary>Ollama's own words where it had some, else ours with an action. At most 2,000 characters, fit to be shown to people.</summary>
    public string Sentence => Message;

    /// <summary>The HTTP status, if one arrived.</summary>
    public int? StatusCode { get; }

    /// <summary>With <see cref="OllamaFault.ContextOverflow"/>: tokens of the prompt, where Ollama said so.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>With <see cref="OllamaFault.ContextOverflow"/>: tokens of the running context, where Ollama said so.</summary>
    public int? ContextLength { get; init; }
}
