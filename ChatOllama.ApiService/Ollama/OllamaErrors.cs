using System.Net;
using System.Text;
using System.Text.Json;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// Turns what Ollama (or something posing as it) says into an <see cref="OllamaException"/>.
/// Errors come as <c>{"error":"words"}</c>, as <c>{"error":"{\"error\":{\"code\":400,\"message\":\"words\",…}}"}</c> when the
/// runner's JSON was put into a string, as plain text on 404 and 405, as an empty body on 403, and as HTML from proxies.
/// </summary>
public static class OllamaErrors
{
    public const int MaxSentenceLength = 2000;
    private const int MaxNesting = 4;

    /// <summary>From an answer with an error status.</summary>
    public static OllamaException FromResponse(HttpStatusCode status, ReadOnlySpan<byte> body, string call)
    {
        var text = Encoding.UTF8.GetString(body).Trim();
        if (LooksLikeHtml(text))
            return NotOllama((int)status, $"an HTML page with status {(int)status}");
        var words = Unnest(text);
        var kind = KindOf((int)status, words);
        if (words.Sentence.Length == 0)
            words = words with { Sentence = WithoutWords((int)status, call) };
        return Create(kind, words, (int)status);
    }

    /// <summary>From a line of a running stream that carries an <c>error</c> member.</summary>
    public static OllamaException FromLine(ReadOnlySpan<byte> line)
    {
        var words = Unnest(Encoding.UTF8.GetString(line).Trim());
        if (words.Sentence.Length == 0)
            words = words with { Sentence = "Ollama broke off with an error and gave no reason. Look into its log, then try again." };
        return Create(words.IsOverflow ? OllamaFault.ContextOverflow : OllamaFault.Failed, words, 200);
    }

    /// <summary>Something answered that does not speak Ollama's protocol.</summary>
    public static OllamaException NotOllama(int? status, string what, Exception? inner = null) =>
        new(OllamaFault.Malformed, $"What answered is not Ollama's protocol ({what}). Check OLLAMA_HOST and any proxy in between.", status, inner);

    private static OllamaException Create(OllamaFault kind, Words words, int status) =>
        new(kind, words.Sentence, status) { PromptTokens = words.PromptTokens, ContextLength = words.ContextLength };

    private static OllamaFault KindOf(int status, Words words) => status switch
    {
        _ when words.IsOverflow => OllamaFault.ContextOverflow,
        404 when words.Sentence.Contains("not found", StringComparison.Ordinal) && words.IsJson => OllamaFault.ModelNotFound,
        503 or 429 => OllamaFault.Busy,
        >= 500 => OllamaFault.Failed,
        >= 400 => OllamaFault.Rejected,
        _ => OllamaFault.Malformed,
    };

    private static string WithoutWords(int status, string call) => status switch
    {
        403 => $"Ollama refused {call} (403) and gave no reason. It does so when it does not know the name it is called by: check OLLAMA_HOST here and OLLAMA_ORIGINS there.",
        >= 300 and < 400 => $"{call} was answered with a redirect ({status}). Put the final address into OLLAMA_HOST.",
        503 or 429 => $"Ollama is busy ({status}). Try again in a moment.",
        _ => $"Ollama answered {call} with status {status} and gave no reason. Look into its log, then try again.",
    };

    private static bool LooksLikeHtml(string text) =>
        text.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("<head", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase);

    private readonly record struct Words(string Sentence, bool IsJson, bool IsOverflow, int? PromptTokens, int? ContextLength);

    private static Words Unnest(string text)
    {
        var (isJson, typed) = (false, false);
        int? promptTokens = null, contextLength = null;
        for (var depth = 0; depth < MaxNesting && text.StartsWith('{'); depth++)
        {
            if (Parse(text) is not { } json)
                break;
            isJson = true;
            var error = json.TryGetProperty("error", out var inner) ? inner : json;
            if (error.ValueKind == JsonValueKind.Object)
            {
                typed |= error.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("exceed_context_size_error");
                promptTokens ??= Count(error, "n_prompt_tokens");
                contextLength ??= Count(error, "n_ctx");
                error = error.TryGetProperty("message", out var message) ? message : default;
            }
            text = error.ValueKind == JsonValueKind.String ? Text(error).Trim() : "";
        }
        var sentence = Presentable(text);
        return new(sentence, isJson, typed || SpeaksOfOverflow(sentence), promptTokens, contextLength);
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return element.GetRawText(); // half a surrogate pair: better the raw escapes than nothing
        }
    }

    private static int? Count(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) ? count : null;

    private static bool SpeaksOfOverflow(string sentence) =>
        sentence.Contains("exceeds the available context size", StringComparison.OrdinalIgnoreCase)
        || sentence.Contains("exceeds the context length", StringComparison.OrdinalIgnoreCase)
        || sentence.Contains("exceeds maximum context length", StringComparison.OrdinalIgnoreCase);

    /// <summary>One paragraph: no control characters, no stack trace, no more than <see cref="MaxSentenceLength"/> characters.</summary>
    private static string Presentable(string text)
    {
        var sentence = new StringBuilder();
        foreach (var line in text.AsSpan(0, Math.Min(text.Length, 4 * MaxSentenceLength)).EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith("goroutine ") || trimmed.StartsWith("at ") || trimmed.StartsWith("Traceback "))
                break;
            if (sentence.Length > 0 && trimmed.Length > 0)
                sentence.Append('\n');
            foreach (var c in trimmed)
                sentence.Append(char.IsControl(c) ? ' ' : c);
        }
        if (sentence.Length <= MaxSentenceLength)
            return sentence.ToString();
        var end = MaxSentenceLength - 1;
        return sentence.ToString(0, char.IsHighSurrogate(sentence[end - 1]) ? end - 1 : end) + "…";
    }
}
