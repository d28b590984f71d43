using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ChatOllama.Contracts;

/// <summary>The Modelfile that stands for a model to be made: what <c>ollama create -f</c> would make the same model of.</summary>
public static class Modelfile
{
    private const string Fence = "\"\"\"";

    /// <summary>Writes it as far as the request is filled in.</summary>
    public static string Write(CreateModelRequest request)
    {
        var text = new StringBuilder();
        if (!string.IsNullOrWhiteSpace(request.From))
            text.Append("FROM ").Append(Line(request.From)).Append('\n');
        if (!string.IsNullOrEmpty(request.Template))
            text.Append("TEMPLATE ").Append(Quote(request.Template)).Append('\n');
        if (!string.IsNullOrEmpty(request.System))
            text.Append("SYSTEM ").Append(Quote(request.System)).Append('\n');
        foreach (var (name, value) in request.Parameters ?? [])
        {
            foreach (var item in Values(value))
                text.Append("PARAMETER ").Append(OllamaName(Line(name))).Append(' ').Append(item).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>
    /// Plain where Ollama's parser reads it back as it is, else between <c>"""</c>. There is no escape, and none is needed: the parser takes three quotes off each end, so
    /// quotes inside and at the ends survive. The one thing a file cannot say is a text with a line that ends in <c>"""</c>; the api sends JSON and can.
    /// </summary>
    public static string Quote(string text) =>
        text.Length > 0 && text[0] != '"' && text.AsSpan().IndexOfAny('\r', '\n') < 0 && text.AsSpan().Trim().Length == text.Length ? text : Fence + text + Fence;

    private static IEnumerable<string> Values(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Values),
        JsonValueKind.String => [Quote(value.GetString()!)],
        JsonValueKind.Null or JsonValueKind.Undefined => [],
        JsonValueKind.Number => [value.TryGetInt64(out var whole) ? whole.ToString(CultureInfo.InvariantCulture) : value.GetRawText()],
        _ => [value.GetRawText()],
    };

    private static string OllamaName(string name) => name switch
    {
        "context_length" => "num_ctx",
        "max_tokens" => "num_predict",
        _ => name,
    };

    private static string Line(string text) => text.ReplaceLineEndings(" ").Trim();
}
