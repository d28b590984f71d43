using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Chat;

/// <summary>Checks of the fields that a chat request shares with sessions and model configs. Each throws a 400 that names the field.</summary>
public static partial class RequestFields
{
    /// <summary>Largest message in bytes of UTF-8.</summary>
    public const int MaxMessageBytes = 1_000_000;

    private const int MaxSystemPromptBytes = 100_000;
    private const int MaxFormatDepth = 32;

    public static void CheckMessage(string? message)
    {
        if (string.IsNullOrWhiteSpace(message)) throw ProblemException.Validation("message", "message is required and must not be blank.");
        if (Encoding.UTF8.GetByteCount(message) > MaxMessageBytes) throw ProblemException.Validation("message", "message must have at most 1 MB. Send long texts as attachments.");
        CheckNoNul(message, "message");
    }

    /// <summary>A session id that a client may choose: 1–128 characters of <c>A–Z a–z 0–9 . _ : -</c>.</summary>
    public static bool IsSessionId(string id) => id is not ("." or "..") && SessionIdPattern().IsMatch(id);

    public static void CheckSessionId(string? id, string field = "session_id")
    {
        if (id is not null && !IsSessionId(id)) throw ProblemException.Validation(field, $"{field} must have 1 to 128 characters of A–Z a–z 0–9 . _ : -");
    }

    public static void CheckSystemPrompt(string? prompt, string field = "system_prompt")
    {
        if (prompt is not null && Encoding.UTF8.GetByteCount(prompt) > MaxSystemPromptBytes) throw ProblemException.Validation(field, $"{field} must have at most 100 KB.");
        CheckNoNul(prompt, field);
    }

    /// <summary>SQLite's driver cuts a text off at a NUL: better to refuse it than to lose what follows.</summary>
    private static void CheckNoNul(string? text, string field)
    {
        if (text?.Contains('\0') == true) throw ProblemException.Validation(field, $"{field} must not contain a NUL character.");
    }

    /// <summary><c>true</c>, <c>false</c> or a level. A JSON null counts as absent.</summary>
    public static JsonElement? CheckThink(JsonElement? think, string field = "think")
    {
        if (!IsPresent(think)) return null;
        var value = think!.Value;
        var good = value.ValueKind is JsonValueKind.True or JsonValueKind.False
            || value.ValueKind is JsonValueKind.String && value.GetString() is "low" or "medium" or "high" or "max";
        return good ? think : throw ProblemException.Validation(field, $"{field} must be true, false, \"low\", \"medium\", \"high\" or \"max\".");
    }

    /// <summary><c>"json"</c> or a JSON schema.</summary>
    public static JsonElement? CheckFormat(JsonElement? format)
    {
        if (!IsPresent(format)) return null;
        var value = format!.Value;
        if (value.ValueKind == JsonValueKind.String && value.GetString() == "json") return format;
        if (value.ValueKind == JsonValueKind.Object && Depth(value) <= MaxFormatDepth) return format;
        throw ProblemException.Validation("format", "format must be \"json\" or a JSON schema object.");
    }

    /// <summary>A duration in Go's notation (<c>"10m"</c>, <c>"1h30m"</c>) or seconds; negative is for ever, 0 unloads at once.</summary>
    public static JsonElement? CheckKeepAlive(JsonElement? keepAlive, string field = "keep_alive")
    {
        if (!IsPresent(keepAlive)) return null;
        var value = keepAlive!.Value;
        var good = value.ValueKind == JsonValueKind.Number
            ? value.TryGetDouble(out var seconds) && double.IsFinite(seconds) && seconds <= int.MaxValue
            : value.ValueKind == JsonValueKind.String && GoDuration().IsMatch(value.GetString()!);
        return good ? keepAlive : throw ProblemException.Validation(field, $"{field} must be a duration such as \"10m\", or seconds; -1 keeps the model loaded, 0 unloads it.");
    }

    private static bool IsPresent(JsonElement? element) => element is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) };

    private static int Depth(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => 1 + element.EnumerateObject().Select(p => Depth(p.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + element.EnumerateArray().Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };

    [GeneratedRegex(@"\A[A-Za-z0-9._:-]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SessionIdPattern();

    [GeneratedRegex(@"\A-?(0|(\d{1,9}(\.\d{1,9})?(ns|us|µs|ms|s|m|h)){1,6})\z", RegexOptions.CultureInvariant)]
    private static partial Regex GoDuration();
}
