using System.Text.Json.Serialization;

namespace ChatOllama.Contracts;

/// <summary>The values of <see cref="Problem.Code"/>, each with one HTTP status.</summary>
public static class ProblemCodes
{
    public const string Validation = "validation";
    public const string Unauthorized = "unauthorized";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string Conflict = "conflict";
    public const string PayloadTooLarge = "payload_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string RateLimit = "rate_limit";
    public const string Internal = "internal";
    public const string Ollama = "ollama";
    public const string OllamaUnreachable = "ollama_unreachable";
    public const string Overloaded = "overloaded";
    public const string ContextOverflow = "context_overflow";
    public const string OllamaTimeout = "ollama_timeout";

    /// <summary>The disk of the database has no room; reading goes on.</summary>
    public const string DiskFull = "disk_full";

    /// <summary>The disk of the database cannot be written, or gives errors; reading goes on where it can.</summary>
    public const string DiskFailed = "disk_failed";

    /// <summary>The HTTP status that goes with a code.</summary>
    public static int StatusOf(string code) => code switch
    {
        Validation => 400,
        Unauthorized => 401,
        Forbidden => 403,
        NotFound => 404,
        MethodNotAllowed => 405,
        Conflict => 409,
        PayloadTooLarge => 413,
        UnsupportedMediaType => 415,
        ContextOverflow => 422,
        RateLimit => 429,
        Ollama => 502,
        OllamaUnreachable or Overloaded or DiskFailed => 503,
        OllamaTimeout => 504,
        DiskFull => 507,
        _ => 500,
    };
}

/// <summary>An error as <c>application/problem+json</c> (RFC 9457).</summary>
public sealed record Problem
{
    /// <summary><c>urn:chatollama:problem:&lt;code&gt;</c></summary>
    public required string Type { get; init; }

    /// <summary>See <see cref="ProblemCodes"/>.</summary>
    public required string Code { get; init; }
    public required string Title { get; init; }
    public required int Status { get; init; }

    /// <summary>A sentence that says what happened and what to do; with code <c>ollama</c> it is Ollama's own.</summary>
    public string? Detail { get; init; }

    /// <summary>The path of the request.</summary>
    public string? Instance { get; init; }
    public DateTime? Timestamp { get; init; }
    public string? TraceId { get; init; }

    /// <summary>Field → messages, for code <c>validation</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string[]>? Errors { get; init; }
}

/// <summary>Body of <c>GET /health</c>.</summary>
public sealed record HealthReport
{
    /// <summary><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>.</summary>
    public required string Status { get; init; }
    public required DateTime Timestamp { get; init; }

    /// <summary><c>database</c> and <c>ollama</c>, each <c>healthy</c> or <c>unhealthy</c>.</summary>
    public required Dictionary<string, string> Services { get; init; }

    /// <summary><c>sqlite_version</c>, <c>ollama_version</c>, <c>version</c>; with the emulator also <c>ollama_mode</c> and <c>notice</c>; of several Ollamas <c>ollama_down</c> names those that do not answer.</summary>
    public required Dictionary<string, string?> Metadata { get; init; }
}

/// <summary>Body of <c>GET /ready</c>.</summary>
public sealed record ReadyReport(string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);

/// <summary>Body of <c>GET /live</c>.</summary>
public sealed record LiveReport(string Status);

/// <summary>One value of the effective configuration.</summary>
public sealed record SettingView
{
    /// <summary>The environment variable, e.g. <c>OLLAMA_HOST</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Masked for secrets.</summary>
    public string? Value { get; init; }

    /// <summary>Where it came from: <c>default</c>, <c>environment</c>, <c>command line</c>, a settings file, …</summary>
    public required string Source { get; init; }
    public string? Description { get; init; }
}

/// <summary>Body of <c>GET /v1/settings</c>.</summary>
public sealed record SettingsView(IReadOnlyList<SettingView> Settings);
