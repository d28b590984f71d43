using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatOllama.ApiService.Ollama;

/// <summary>Answer of <c>/api/version</c>.</summary>
/// <param name="IsEmulator">True when the built-in emulator answered, which says so in a header.</param>
public sealed record OllamaVersion(string Version, [property: JsonIgnore] bool IsEmulator = false);

public sealed record OllamaDetails
{
    public string? ParentModel { get; init; }
    public string? Format { get; init; }
    public string? Family { get; init; }
    public string[]? Families { get; init; }
    public string? ParameterSize { get; init; }
    public string? QuantizationLevel { get; init; }

    /// <summary>The longest context the model supports.</summary>
    public int? ContextLength { get; init; }
    public int? EmbeddingLength { get; init; }
}

/// <summary>One model of <c>/api/tags</c>.</summary>
public sealed record OllamaTag
{
    public string? Name { get; init; }
    public string? Model { get; init; }
    public long Size { get; init; }
    public string? Digest { get; init; }
    public OllamaDetails? Details { get; init; }

    /// <summary>Null from servers too old to tell.</summary>
    public string[]? Capabilities { get; init; }
}

/// <summary>One model of <c>/api/ps</c>: match it by <see cref="Digest"/>, the name may be another one of the same file.</summary>
public sealed record OllamaRunning
{
    public string? Name { get; init; }
    public string? Digest { get; init; }
    public long Size { get; init; }
    public long SizeVram { get; init; }

    /// <summary>The context it runs with now.</summary>
    public int? ContextLength { get; init; }

    /// <summary>As Ollama wrote it; <c>keep_alive:-1</c> is a time in the year 2319.</summary>
    public string? ExpiresAt { get; init; }

    /// <summary>The <see cref="OllamaServer.Name"/> of the Ollama in whose memory it is; null where there is only one.</summary>
    [JsonIgnore] public string? Host { get; init; }
}

/// <summary>Answer of <c>/api/show</c>, without the tensors.</summary>
public sealed record OllamaShow
{
    public string? License { get; init; }
    public string? Modelfile { get; init; }
    public string? Parameters { get; init; }
    public string? Template { get; init; }
    public string? System { get; init; }
    public OllamaDetails? Details { get; init; }
    public Dictionary<string, JsonElement>? ModelInfo { get; init; }
    public string[]? Capabilities { get; init; }
}

/// <summary>One line of a pull or create: <c>Total</c> and <c>Completed</c> are bytes of the layer <c>Digest</c>.</summary>
public sealed record OllamaProgress
{
    public string? Status { get; init; }
    public string? Digest { get; init; }
    public long? Total { get; init; }
    public long? Completed { get; init; }

    [JsonInclude] internal JsonElement? Error { get; init; }
}

/// <summary>Body of <c>/api/create</c>; null members are not sent.</summary>
public sealed record OllamaCreate
{
    public required string Model { get; init; }
    public string? From { get; init; }
    public string? System { get; init; }
    public string? Template { get; init; }
    public Dictionary<string, JsonElement>? Parameters { get; init; }
}

/// <summary>Answer of <c>/api/embed</c>.</summary>
public sealed record OllamaEmbeddings
{
    public float[][]? Embeddings { get; init; }
    public int? PromptEvalCount { get; init; }
}

internal sealed record OllamaTags(OllamaTag[]? Models);

internal sealed record OllamaRunningList(OllamaRunning[]? Models);

internal sealed record OllamaModelName(string Model);

internal sealed record OllamaPull(string Model, bool? Insecure);

internal sealed record OllamaKeepAlive(string Model, bool Stream, JsonElement? KeepAlive, Dictionary<string, JsonElement>? Options = null);

internal sealed record OllamaCopy(string Source, string Destination);

internal sealed record OllamaEmbed(string Model, string[] Input, bool Truncate);

/// <summary>Source-generated JSON of everything but the chat stream, which <see cref="ChatLine"/> reads by hand.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OllamaVersion))]
[JsonSerializable(typeof(OllamaTags))]
[JsonSerializable(typeof(OllamaRunningList))]
[JsonSerializable(typeof(OllamaShow))]
[JsonSerializable(typeof(OllamaProgress))]
[JsonSerializable(typeof(OllamaCreate))]
[JsonSerializable(typeof(OllamaEmbeddings))]
[JsonSerializable(typeof(OllamaModelName))]
[JsonSerializable(typeof(OllamaPull))]
[JsonSerializable(typeof(OllamaKeepAlive))]
[JsonSerializable(typeof(OllamaCopy))]
[JsonSerializable(typeof(OllamaEmbed))]
[JsonSerializable(typeof(Dictionary<string, object?>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(double))]
internal sealed partial class OllamaJson : JsonSerializerContext;
