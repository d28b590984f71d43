using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Ollama;

/// <summary>What a chat request can say to Ollama beyond <see cref="ChatOptions"/>. Null is not sent: Ollama's Modelfile decides.</summary>
public sealed record OllamaRequestOptions
{
    /// <summary>By Ollama's names (<c>num_ctx</c>, …). Merged last, so they win over <see cref="ChatOptions"/>; a JSON null takes an option out.</summary>
    public Dictionary<string, JsonElement>? Options { get; init; }

    /// <summary><c>true</c>, <c>false</c>, <c>"low"</c>, <c>"medium"</c>, <c>"high"</c> or <c>"max"</c>.</summary>
    public JsonElement? Think { get; init; }

    /// <summary><c>"json"</c> or a JSON schema; wins over <see cref="ChatOptions.ResponseFormat"/>.</summary>
    public JsonElement? Format { get; init; }

    /// <summary>A duration (<c>"10m"</c>) or seconds; -1 forever, 0 unload at once.</summary>
    public JsonElement? KeepAlive { get; init; }

    /// <summary>True lets Ollama drop old messages silently; false makes too long a prompt <see cref="OllamaFault.ContextOverflow"/>.</summary>
    public bool Truncate { get; init; }
}

/// <summary>
/// Writes the body of <c>/api/chat</c>. Only what somebody set is sent, besides <c>stream</c> and <c>truncate</c>; <c>shift</c> never, because setting it reloads the model.
/// </summary>
internal static class ChatRequestWriter
{
    // Ollama is no browser: leave text readable instead of escaping all that is not ASCII.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(IEnumerable<ChatMessage> messages, ChatOptions? options, OllamaRequestOptions? raw)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("model"u8, options?.ModelId ?? throw new ArgumentException("A chat request must name its model.", nameof(options)));
        WriteMessages(json, messages, options);
        json.WriteBoolean("stream"u8, true);
        json.WriteBoolean("truncate"u8, raw?.Truncate ?? false);
        WriteIfSet(json, "think", raw?.Think);
        WriteIfSet(json, "keep_alive", raw?.KeepAlive);
        WriteFormat(json, raw?.Format, options.ResponseFormat);
        WriteTools(json, options.Tools);
        WriteOptions(json, options, raw?.Options);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteMessages(Utf8JsonWriter json, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var toolNames = new Dictionary<string, string>();
        json.WriteStartArray("messages"u8);
        if (options?.Instructions is { Length: > 0 } instructions)
            WriteMessage(json, new ChatMessage(ChatRole.System, instructions), toolNames);
        foreach (var message in messages)
            WriteMessage(json, message, toolNames);
        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, ChatMessage message, Dictionary<string, string> toolNames)
    {
        var results = message.Contents.OfType<FunctionResultContent>().ToList();
        foreach (var result in results)
            WriteToolResult(json, result, toolNames);
        if (results.Count > 0 && results.Count == message.Contents.Count)
            return;
        json.WriteStartObject();
        json.WriteString("role"u8, message.Role.Value);
        json.WriteString("content"u8, message.Text);
        var thinking = string.Concat(message.Contents.OfType<TextReasoningContent>().Select(c => c.Text));
        if (thinking.Length > 0)
            json.WriteString("thinking"u8, thinking);
        WriteImages(json, message);
        WriteToolCalls(json, message, toolNames);
        json.WriteEndObject();
    }

    private static void WriteImages(Utf8JsonWriter json, ChatMessage message)
    {
        var open = false;
        foreach (var data in message.Contents.OfType<DataContent>())
        {
            if (!data.HasTopLevelMediaType("image"))
                throw new NotSupportedException($"Ollama takes images, not {data.MediaType}.");
            if (!open)
                json.WriteStartArray("images"u8);
            open = true;
            json.WriteBase64StringValue(data.Data.Span); // bare: a data URL is refused
        }
        if (open)
            json.WriteEndArray();
    }

    private static void WriteToolCalls(Utf8JsonWriter json, ChatMessage message, Dictionary<string, string> toolNames)
    {
        var calls = message.Contents.OfType<FunctionCallContent>().ToList();
        if (calls.Count == 0)
            return;
        json.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            toolNames[call.CallId] = call.Name;
            json.WriteStartObject();
            json.WriteString("id"u8, call.CallId);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, call.Name);
            json.WritePropertyName("arguments"u8);
            JsonSerializer.Serialize(json, call.Arguments is null ? [] : new Dictionary<string, object?>(call.Arguments), OllamaJson.Default.DictionaryStringObject);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteToolResult(Utf8JsonWriter json, FunctionResultContent result, Dictionary<string, string> toolNames)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, "tool"u8);
        json.WriteString("content"u8, result.Result?.ToString() ?? "");
        json.WriteString("tool_call_id"u8, result.CallId);
        if (toolNames.TryGetValue(result.CallId, out var name))
            json.WriteString("tool_name"u8, name);
        json.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter json, IList<AITool>? tools)
    {
        var functions = tools?.OfType<AIFunctionDeclaration>().ToList();
        if (functions is not { Count: > 0 })
            return;
        json.WriteStartArray("tools"u8);
        foreach (var function in functions)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, function.Name);
            json.WriteString("description"u8, function.Description);
            json.WritePropertyName("parameters"u8);
            function.JsonSchema.WriteTo(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteFormat(Utf8JsonWriter json, JsonElement? format, ChatResponseFormat? typed)
    {
        if (format is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) })
            WriteIfSet(json, "format", format);
        else if (typed is ChatResponseFormatJson { Schema: { } schema })
            WriteIfSet(json, "format", schema);
        else if (typed is ChatResponseFormatJson)
            json.WriteString("format"u8, "json"u8);
    }

    private static void WriteOptions(Utf8JsonWriter json, ChatOptions options, Dictionary<string, JsonElement>? raw)
    {
        var merged = new OptionsObject(json, raw);
        merged.Write("temperature", options.Temperature);
        merged.Write("top_p", options.TopP);
        merged.Write("top_k", options.TopK);
        merged.Write("seed", options.Seed);
        merged.Write("num_predict", options.MaxOutputTokens);
        merged.Write("frequency_penalty", options.FrequencyPenalty);
        merged.Write("presence_penalty", options.PresencePenalty);
        merged.Write("stop", options.StopSequences);
        merged.End();
    }

    private static void WriteIfSet(Utf8JsonWriter json, string name, JsonElement? value)
    {
        if (value is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } element)
            return;
        json.WritePropertyName(name);
        element.WriteTo(json);
    }

    /// <summary>The <c>options</c> object, opened by the first option so that it is absent without any.</summary>
    private struct OptionsObject(Utf8JsonWriter json, Dictionary<string, JsonElement>? raw)
    {
        private bool _open;

        public void Write(string name, float? value)
        {
            if (value is { } number && Begin(name))
                json.WriteNumber(name, number);
        }

        public void Write(string name, long? value)
        {
            if (value is { } number && Begin(name))
                json.WriteNumber(name, number);
        }

        public void Write(string name, IList<string>? values)
        {
            if (values is not { Count: > 0 } || !Begin(name))
                return;
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }

        public void End()
        {
            foreach (var (name, value) in raw ?? [])
            {
                if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
                    continue;
                Open();
                WriteIfSet(json, name, value);
            }
            if (_open)
                json.WriteEndObject();
        }

        private bool Begin(string name)
        {
            if (raw?.ContainsKey(name) == true)
                return false;
            Open();
            return true;
        }

        private void Open()
        {
            if (!_open)
                json.WriteStartObject("options"u8);
            _open = true;
        }
    }
}
