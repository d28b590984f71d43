using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// One line of <c>/api/chat</c>, read by hand: a line is a token or a few, so this is the hottest code there is. What it looks like:
/// <code>{"model":"m","created_at":"…","message":{"role":"assistant","content":" word"},"done":false}
/// {"model":"m","created_at":"…","message":{"role":"assistant","content":"","thinking":" hm"},"done":false}
/// {"model":"m","created_at":"…","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":1,…}
/// {"error":"an error was encountered while running the model: unexpected EOF"}</code>
/// Unknown members are skipped, empty strings are null.
/// </summary>
internal struct ChatLine
{
    public string? Content;
    public string? Thinking;
    public List<FunctionCallContent>? ToolCalls;
    public OllamaDone? Done;
    public bool IsError;

    /// <exception cref="JsonException">The line is not a JSON object or a member has the wrong type.</exception>
    public static ChatLine Parse(ReadOnlySpan<byte> json)
    {
        var line = default(ChatLine);
        var done = new DoneFields();
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A line must be a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            line.ReadMember(ref reader, ref done);
        if (reader.Read())
            throw new JsonException("A line must be one JSON object.");
        if (done.IsDone)
            line.Done = done.ToRecord();
        return line;
    }

    private void ReadMember(ref Utf8JsonReader reader, ref DoneFields done)
    {
        if (reader.ValueTextEquals("message"u8))
        {
            reader.Read();
            ReadMessage(ref reader);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            IsError = reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
        else if (!done.TryRead(ref reader))
        {
            reader.Read();
            reader.Skip();
        }
    }

    private void ReadMessage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("message must be an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
                Content = ReadText(ref reader);
            else if (reader.ValueTextEquals("thinking"u8))
                Thinking = ReadText(ref reader);
            else if (reader.ValueTextEquals("tool_calls"u8))
                ToolCalls = ReadToolCalls(ref reader);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return JsonText.Read(ref reader) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Rare, so the document model is good enough: <c>[{"id":"…","function":{"index":0,"name":"f","arguments":{…}}}]</c>.</summary>
    private static List<FunctionCallContent>? ReadToolCalls(ref Utf8JsonReader reader)
    {
        reader.Read();
        var calls = JsonElement.ParseValue(ref reader);
        if (calls.ValueKind != JsonValueKind.Array)
            return null;
        var result = new List<FunctionCallContent>();
        foreach (var call in calls.EnumerateArray())
        {
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object)
                continue;
            var id = call.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : $"call_{result.Count}";
            result.Add(new(id, function.TryGetProperty("name", out var name) ? name.ToString() : "", Arguments(function)));
        }
        return result.Count > 0 ? result : null;
    }

    private static Dictionary<string, object?>? Arguments(JsonElement function) =>
        function.TryGetProperty("arguments", out var arguments) && arguments.ValueKind == JsonValueKind.Object
            ? arguments.EnumerateObject().ToDictionary(p => p.Name, p => (object?)p.Value.Clone())
            : null;

    private struct DoneFields
    {
        public bool IsDone;
        private string? _reason;
        private long? _total, _load, _promptEval, _eval, _promptCount, _count;

        /// <summary>Reads name and value when the member is one of the last line's; else leaves the reader where it is.</summary>
        public bool TryRead(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("done"u8))
            {
                reader.Read();
                IsDone = reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
                    ? reader.TokenType == JsonTokenType.True
                    : throw new JsonException("done must be true or false.");
            }
            else if (reader.ValueTextEquals("done_reason"u8))
                _reason = ReadText(ref reader);
            else if (reader.ValueTextEquals("total_duration"u8))
                _total = ReadNumber(ref reader);
            else if (reader.ValueTextEquals("load_duration"u8))
                _load = ReadNumber(ref reader);
            else if (reader.ValueTextEquals("prompt_eval_duration"u8))
                _promptEval = ReadNumber(ref reader);
            else if (reader.ValueTextEquals("eval_duration"u8))
                _eval = ReadNumber(ref reader);
            else if (reader.ValueTextEquals("prompt_eval_count"u8))
                _promptCount = ReadNumber(ref reader);
            else if (reader.ValueTextEquals("eval_count"u8))
                _count = ReadNumber(ref reader);
            else
                return false;
            return true;
        }

        public readonly OllamaDone ToRecord() => new()
        {
            Reason = _reason,
            TotalDuration = Nanoseconds(_total),
            LoadDuration = Nanoseconds(_load),
            PromptEvalDuration = Nanoseconds(_promptEval),
            EvalDuration = Nanoseconds(_eval),
            PromptEvalCount = ToInt(_promptCount),
            EvalCount = ToInt(_count),
        };

        /// <summary>Figures only describe the answer: an odd one is dropped rather than costing the answer.</summary>
        private static long? ReadNumber(ref Utf8JsonReader reader)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
                return number;
            reader.Skip();
            return null;
        }

        private static TimeSpan? Nanoseconds(long? value) => value is { } ns ? TimeSpan.FromTicks(ns / TimeSpan.NanosecondsPerTick) : null;

        private static int? ToInt(long? value) => value is >= 0 and <= int.MaxValue ? (int)value : null;
    }
}

/// <summary>What Ollama's last line says about an answer; the raw representation of the last update. Figures it did not send are null.</summary>
public sealed record OllamaDone
{
    /// <summary><c>stop</c>, <c>length</c>, <c>load</c>, <c>unload</c>; null from old servers.</summary>
    public string? Reason { get; init; }
    public TimeSpan? TotalDuration { get; init; }
    public TimeSpan? LoadDuration { get; init; }
    public TimeSpan? PromptEvalDuration { get; init; }
    public TimeSpan? EvalDuration { get; init; }

    /// <summary>Tokens of the whole prompt.</summary>
    public int? PromptEvalCount { get; init; }

    /// <summary>Tokens generated; lines of the stream are not tokens.</summary>
    public int? EvalCount { get; init; }

    /// <summary>The <see cref="OllamaServer.Name"/> of the Ollama that wrote it; null where there is only one.</summary>
    public string? Host { get; init; }
}
