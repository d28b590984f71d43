namespace ChatOllama.ApiService.Configuration;

/// <summary>The effective configuration of the api. Each property names the environment variable that sets it.</summary>
public sealed record ApiOptions
{
    /// <summary><c>DB_PATH</c>: the SQLite file; relative paths count from the working directory.</summary>
    public string DbPath { get; init; } = "./data/chat.db";

    /// <summary><c>OLLAMA_HOST</c>, or the first of <c>OLLAMA_HOSTS</c>: where Ollama answers, as an absolute URL.</summary>
    public Uri OllamaUrl { get; init; } = new("http://localhost:11434");

    /// <summary><c>OLLAMA_HOSTS</c>: where several Ollamas answer; empty where there is one, which is <see cref="OllamaUrl"/>.</summary>
    public Uri[] OllamaUrls { get; init; } = [];

    /// <summary>True when the process brought up the emulator because no Ollama was found, or because it was asked for by name.</summary>
    public bool OllamaIsEmulator { get; init; }

    /// <summary><c>OLLAMA_TIMEOUT</c>: for everything but generation and pulls.</summary>
    public TimeSpan OllamaTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>MAX_CONCURRENT_CHATS</c>: generations running at once.</summary>
    public int MaxConcurrentChats { get; init; } = 100;

    /// <summary><c>MAX_QUEUED_CHATS</c>: generations waiting; one more is refused with 503.</summary>
    public int MaxQueuedChats { get; init; } = 1000;

    /// <summary><c>QUEUE_TIMEOUT</c>: a longer wait ends in an error.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary><c>DISCONNECT_GRACE</c>: how long an answer that is not in the background goes on without a reader.</summary>
    public TimeSpan DisconnectGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary><c>FIRST_TOKEN_TIMEOUT</c>: silence allowed before the first token, model loading included.</summary>
    public TimeSpan FirstTokenTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary><c>TOKEN_TIMEOUT</c>: silence allowed between two tokens.</summary>
    public TimeSpan TokenTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary><c>SHUTDOWN_GRACE</c>: how long running answers may go on when the service stops.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>MAX_PULLS</c>: downloads running at once.</summary>
    public int MaxPulls { get; init; } = 1;

    /// <summary><c>PULL_STALL_TIMEOUT</c>: silence of Ollama allowed in a download.</summary>
    public TimeSpan PullStallTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary><c>ALLOW_INSECURE_PULLS</c>: downloads from any host, and over plain HTTP.</summary>
    public bool AllowInsecurePulls { get; init; }

    /// <summary><c>MODEL_REGISTRY</c>: who is asked for the manifests of models; null is nobody.</summary>
    public Uri? ModelRegistry { get; init; } = new("https://registry.ollama.ai");

    /// <summary><c>HF_REGISTRY</c>: who is asked for those of models of Hugging Face; null is nobody.</summary>
    public Uri? HfRegistry { get; init; } = new("https://hf.co");

    /// <summary><c>MAX_IMPORT_SIZE</c>: the largest file that can be imported, in bytes; of a zip archive also unpacked.</summary>
    public long MaxImportSize { get; init; } = 500_000_000;

    /// <summary><c>RATE_LIMIT</c>: requests per minute and client; null is no limit.</summary>
    public int? RateLimit { get; init; }

    /// <summary><c>CORS_ORIGINS</c>: origins whose pages may call the api.</summary>
    public string[] CorsOrigins { get; init; } = [];

    /// <summary><c>TELEMETRY_CONTENT</c>: questions and answers are part of the traces.</summary>
    public bool TelemetryContent { get; init; }
}
