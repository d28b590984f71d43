using System.Security.Cryptography;
using System.Text;

namespace ChatOllama.Emulator.Models;

/// <summary>What a model says.</summary>
public enum ModelKind
{
    /// <summary>The demo talker: picks what to show by the words of the question.</summary>
    Demo,

    /// <summary>A few sentences of made-up words, by seed and conversation.</summary>
    Babble,

    /// <summary>Made-up words up to <c>num_predict</c> (20,000 without it), the same for all who ask: the source for benchmarks.</summary>
    Endless,

    /// <summary>
    /// As many tokens as <see cref="Endless"/>, each the time it leaves: a space and eight hexadecimal digits, the monotonic clock's microseconds modulo 2^32.
    /// Whoever receives it on the same machine knows how long it travelled.
    /// </summary>
    Clock,

    /// <summary>Numbers only.</summary>
    Embed,
}

/// <summary>A model the emulator offers. Make one with <see cref="Talker"/> and change it with <c>with</c>.</summary>
public sealed record EmulatedModel
{
    /// <summary>With its tag: <c>demo:latest</c>.</summary>
    public required string Name { get; init; }

    public ModelKind Kind { get; init; }

    /// <summary>What <c>/api/tags</c> and <c>/api/show</c> list.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = ["completion"];

    /// <summary>Thinks before it answers unless told not to. A jinja model may do so without listing it.</summary>
    public bool Thinks { get; init; }

    public bool CallsTools { get; init; }

    public bool SeesImages { get; init; }

    /// <summary>The template is jinja: a prompt that is too long is refused instead of cut, and a tool call comes in the done line.</summary>
    public bool IsJinja { get; init; }

    public long Size { get; init; } = 65_536;

    public string Digest { get; init; } = "";

    /// <summary>The file with the weights. Models that share it share a place in memory.</summary>
    public string Blob { get; init; } = "";

    public DateTimeOffset ModifiedAt { get; init; }

    public string ParentModel { get; init; } = "";

    public string Family { get; init; } = "demo";

    public string ParameterSize { get; init; } = "0.1M";

    public string Quantization { get; init; } = "F16";

    /// <summary>The most context it could have; what runs is <c>num_ctx</c>.</summary>
    public int ContextLength { get; init; } = 32_768;

    public int EmbeddingLength { get; init; } = 256;

    public string License { get; init; } = "";

    public string System { get; init; } = "";

    public string Template { get; init; } = "{{ .Prompt }}";

    /// <summary>The Modelfile's parameters in order, each with its value as JSON.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    /// <summary>The Modelfile's messages: role and content.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Messages { get; init; } = [];

    /// <summary>Completes text only; with digests made from its name.</summary>
    public static EmulatedModel Talker(string name, ModelKind kind = ModelKind.Demo)
    {
        var full = ModelName.Full(name);
        return new EmulatedModel
        {
            Name = full,
            Kind = kind,
            Digest = HashOf("manifest " + full),
            Blob = HashOf("weights " + full),
            ModifiedAt = new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero),
        };
    }

    /// <summary>Completes text, thinks, calls tools.</summary>
    public static EmulatedModel Thinker(string name, ModelKind kind = ModelKind.Demo) =>
        Talker(name, kind) with { Capabilities = ["completion", "tools", "thinking"], Thinks = true, CallsTools = true };

    /// <summary>Completes text and takes images.</summary>
    public static EmulatedModel Seer(string name) => Talker(name) with { Capabilities = ["completion", "vision"], SeesImages = true };

    /// <summary>Makes vectors and cannot chat.</summary>
    public static EmulatedModel Embedder(string name) => Talker(name, ModelKind.Embed) with { Capabilities = ["embedding"], ContextLength = 8192 };

    internal static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
