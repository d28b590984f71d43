using System.Net;
using static ChatOllama.ServiceDefaults.Configuration.SettingParsers;

namespace ChatOllama.ServiceDefaults.Configuration;

/// <summary>
/// Every setting there is. This is the one catalog: the start-up log, <c>GET /v1/settings</c>, the checks and the table in
/// <c>docs/configuration.md</c> follow it.
/// </summary>
public static class SettingCatalog
{
    private const string AnyDuration = "a duration such as 500ms, 30s, 10m or 2h";
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    public static readonly Setting<int> Port = new("PORT", "8080",
        "The public port. `ASPNETCORE_URLS`, `HTTP_PORTS` and `--urls` are obeyed where neither `PORT` nor `HOST` is set; `--urls` on the command line wins over both.",
        IntBetween(0, 65535), "a port from 1 to 65535, or 0 for any free one");

    public static readonly Setting<string> Host = new("HOST", "0.0.0.0",
        "The address to listen on: an IP address, `localhost`, or `*` for every address.",
        TryListenHost, "an IP address, localhost or *");

    public static readonly Setting<string> Env = new("ENV", "development",
        "`development` or `production`.",
        OneOf("development", "production"), "development or production");

    public static readonly Setting<string> DbPath = new("DB_PATH", "./data/chat.db",
        "The SQLite file; its folder is made. Relative paths count from the working directory.",
        TryFile, "the path of a file")
    { Users = SettingUsers.Api, ConnectionString = new("appdb", "Data Source") };

    public static readonly Setting<Uri> OllamaHost = new("OLLAMA_HOST", "localhost:11434",
        "Where Ollama answers: `host`, `host:port` or a URL. Standalone also takes `emulator`, and starts the emulator by itself where nothing is set and nothing answers.",
        TryOllamaUrl, "host, host:port or a URL with http or https")
    { Users = SettingUsers.Api, ConnectionString = new("chat", "Endpoint") };

    public static readonly Setting<Uri[]> OllamaHosts = new("OLLAMA_HOSTS", null,
        "Several Ollamas, comma-separated, each written like `OLLAMA_HOST`, which it replaces: one list of models, and each chat goes to one that has its model. docs/models.md says how.",
        TryOllamaUrls, "a comma-separated list of different addresses, each host, host:port or a URL with http or https")
    { Users = SettingUsers.Api };

    public static readonly Setting<TimeSpan> OllamaTimeout = new("OLLAMA_TIMEOUT", "30s",
        "How long Ollama may take for everything but generation and pulls.",
        DurationFrom(Least), AnyDuration)
    { Users = SettingUsers.Api };

    public static readonly Setting<string> LogLevel = new("LOG_LEVEL", "info",
        "`debug`, `info`, `warn` or `error`.",
        OneOf("debug", "info", "warn", "error"), "debug, info, warn or error");

    public static readonly Setting<string> LogFormat = new("LOG_FORMAT", "json",
        "`json` (one object per line) or `console` (one readable line).",
        OneOf("json", "console"), "json or console");

    public static readonly Setting<int> MaxConcurrentChats = new("MAX_CONCURRENT_CHATS", "100",
        "Answers being generated at once; more wait in a queue that is fair by user, then by session.",
        IntBetween(1, 100_000), "a whole number from 1 to 100000")
    { Users = SettingUsers.Api };

    public static readonly Setting<int> MaxQueuedChats = new("MAX_QUEUED_CHATS", "1000",
        "Answers waiting; one more is refused with 503 at once.",
        IntBetween(0, 1_000_000), "a whole number from 0 to 1000000")
    { Users = SettingUsers.Api };

    public static readonly Setting<TimeSpan> QueueTimeout = new("QUEUE_TIMEOUT", "10m",
        "A longer wait in the queue ends in an error.",
        DurationFrom(Least), AnyDuration)
    { Users = SettingUsers.Api };

    public static readonly Setting<int?> RateLimit = new("RATE_LIMIT", null,
        "Requests per minute and client address, then 429 with `Retry-After`. Not set: no limit.",
        OptionalIntBetween(1, 1_000_000), "a whole number from 1 to 1000000")
    { Users = SettingUsers.Api };

    public static readonly Setting<IPNetwork[]> TrustedProxies = new("TRUSTED_PROXIES", null,
        "Comma-separated addresses or networks such as `172.16.0.0/12` whose `X-Forwarded-For` is believed, so that `RATE_LIMIT` counts clients and not the proxy. This machine always is.",
        TryNetworks, "a comma-separated list of IP addresses or networks such as 172.16.0.0/12");

    public static readonly Setting<string[]> AllowedHosts = new("ALLOWED_HOSTS", null,
        "Comma-separated names under which browsers may open ChatOllama, such as `chat.example.com` or `*.example.com`; `*` for any. IP addresses, `localhost`, names without a dot, and names that end in `.localhost`, `.local`, `.lan`, `.home.arpa` or `.internal` always may.",
        TryHostNames, "a comma-separated list of host names such as chat.example.com, or *");

    public static readonly Setting<string[]> CorsOrigins = new("CORS_ORIGINS", null,
        "Comma-separated origins whose pages may call the api, such as `https://chat.example.com`; `*` for all. Never with credentials.",
        TryOrigins, "a comma-separated list of origins such as https://chat.example.com, or *")
    { Users = SettingUsers.Api };

    public static readonly Setting<TimeSpan> DisconnectGrace = new("DISCONNECT_GRACE", "2s",
        "How long an answer that is not in the background goes on without a reader.",
        DurationFrom(TimeSpan.Zero), AnyDuration)
    { Users = SettingUsers.Api };

    public static readonly Setting<TimeSpan> FirstTokenTimeout = new("FIRST_TOKEN_TIMEOUT", "10m",
        "Silence allowed before the first token, the loading of the model included.",
        DurationFrom(Least), AnyDuration)
    { Users = SettingUsers.Api };

    public static readonly Setting<TimeSpan> TokenTimeout = new("TOKEN_TIMEOUT", "2m",
        "Silence allowed between two tokens.",
        DurationFrom(Least), AnyDuration)
    { Users = SettingUsers.Api };

    public static readonly Setting<TimeSpan> ShutdownGrace = new("SHUTDOWN_GRACE", "5s",
        "How long running answers may go on when the service stops.",
        DurationFrom(TimeSpan.Zero), AnyDuration)
    { Users = SettingUsers.Api };

    public static readonly Setting<int> MaxPulls = new("MAX_PULLS", "1",
        "Models being downloaded at once; more wait.",
        IntBetween(1, 100), "a whole number from 1 to 100")
    { Users = SettingUsers.Api };

    public static readonly Setting<TimeSpan> PullStallTimeout = new("PULL_STALL_TIMEOUT", "10m",
        "A download of which Ollama tells nothing new for so long is given up; it can be retried and goes on from what has arrived.",
        DurationFrom(Least), AnyDuration)
    { Users = SettingUsers.Api };

    public static readonly Setting<bool> AllowInsecurePulls = new("ALLOW_INSECURE_PULLS", "false",
        "`true`: a download may name any host and ask for plain HTTP. Otherwise only `registry.ollama.ai`, `ollama.com`, `hf.co` and `huggingface.co`, with HTTPS.",
        TryBool, "true or false")
    { Users = SettingUsers.Api };

    public static readonly Setting<Uri> ModelRegistry = new("MODEL_REGISTRY", "https://registry.ollama.ai",
        "Who is asked whether models have changed at their source, when somebody wants to know. `off`: nobody.",
        TryUrlOrOff, "a URL with http or https, or off")
    { Users = SettingUsers.Api };

    public static readonly Setting<Uri> HfRegistry = new("HF_REGISTRY", "https://hf.co",
        "The same for models of Hugging Face (`hf.co/…`, `huggingface.co/…`). `off`: nobody; so does `MODEL_REGISTRY=off`.",
        TryUrlOrOff, "a URL with http or https, or off")
    { Users = SettingUsers.Api };

    public static readonly Setting<long> MaxImportSize = new("MAX_IMPORT_SIZE", "500MB",
        "The largest file that can be imported, as `500MB` or `2GB`; of a zip archive also what comes out of it.",
        TrySize, "a size from 1MB to 100GB such as 500MB");

    public static readonly Setting<string> KeysPath = new("KEYS_PATH", null,
        "Where the web keeps its Data Protection keys. Not set: beside the database; `./keys` in a separate web.",
        TryFolder, "the path of a folder")
    { Users = SettingUsers.Web };

    public static readonly Setting<string> Metrics = new("METRICS", "none",
        "`prometheus`: `GET /metrics` gives the numbers for Prometheus to read. They are for whoever reaches the port. `none`: no such route.",
        OneOf("none", "prometheus"), "none or prometheus");

    public static readonly Setting<bool> TelemetryContent = new("TELEMETRY_CONTENT", "false",
        "`true`: questions and answers are part of the traces that are sent to `OTEL_EXPORTER_OTLP_ENDPOINT`. Otherwise no word of a chat ever leaves in telemetry or logs.",
        TryBool, "true or false")
    { Users = SettingUsers.Api };

    /// <summary>All settings, in the order of the manual.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Port, Host, Env, DbPath, OllamaHost, OllamaHosts, OllamaTimeout, LogLevel, LogFormat, MaxConcurrentChats, MaxQueuedChats, QueueTimeout,
        RateLimit, TrustedProxies, AllowedHosts, CorsOrigins, DisconnectGrace, FirstTokenTimeout, TokenTimeout, ShutdownGrace,
        MaxPulls, PullStallTimeout, AllowInsecurePulls, ModelRegistry, HfRegistry, MaxImportSize, KeysPath, Metrics, TelemetryContent,
    ];
}
