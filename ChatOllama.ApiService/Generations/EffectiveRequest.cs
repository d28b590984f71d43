using System.Text.Json;
using System.Text.Json.Serialization;
using ChatOllama.ApiService.Models;

namespace ChatOllama.ApiService.Generations;

/// <summary>What one request asked for beside its text. Stored with the answer, so that regenerate and continue ask the same.</summary>
public sealed record RequestExtras
{
    /// <summary>By Ollama's names.</summary>
    public Dictionary<string, JsonElement>? Options { get; init; }
    public JsonElement? Think { get; init; }
    public JsonElement? Format { get; init; }
    public JsonElement? KeepAlive { get; init; }
    public string? SystemPrompt { get; init; }

    public string? ToJson() => this == new RequestExtras() ? null : JsonSerializer.Serialize(this, RequestExtrasJson.Default.RequestExtras);

    public static RequestExtras FromJson(string? json) => json is null ? new() : JsonSerializer.Deserialize(json, RequestExtrasJson.Default.RequestExtras) ?? new();
}

/// <summary>What is sent to the model after request, session and model config were laid over each other. Null is not sent.</summary>
public sealed record EffectiveRequest(
    ResolvedModel Model,
    IReadOnlyDictionary<string, JsonElement> Options,
    JsonElement? Think,
    JsonElement? Format,
    JsonElement? KeepAlive,
    string? SystemPrompt)
{
    /// <summary>The context that was asked for, if it was.</summary>
    public int? ExplicitContextLength => Options.TryGetValue("num_ctx", out var value) && value.TryGetInt32(out var length) ? length : null;

    /// <summary>The longest answer that was asked for, if it was.</summary>
    public int? MaxTokens => Options.TryGetValue("num_predict", out var value) && value.TryGetInt32(out var length) && length > 0 ? length : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RequestExtras))]
internal sealed partial class RequestExtrasJson : JsonSerializerContext;
