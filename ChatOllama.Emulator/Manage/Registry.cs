using System.Collections.Concurrent;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Manage;

/// <summary>A layer of a model that can be pulled.</summary>
internal sealed record RegistryLayer(string MediaType, string Digest, long Size);

/// <summary>
/// What can be pulled, and <c>/v2/…/manifests/…</c>, which a registry of models answers: the digest that <c>/api/tags</c> shows after a pull is the SHA-256 of
/// the manifest as the registry sends it.
/// </summary>
internal sealed class Registry(EmulatorControl control, EmulatorOptions options)
{
    /// <summary>The one name that can always be pulled, so that a download can be tried.</summary>
    private const string Pullable = "demo-extra:latest";

    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private static readonly (string Kind, long Size)[] s_layers = [("model", 0), ("template", 1_429), ("license", 11_343), ("params", 96)];

    private readonly ConcurrentDictionary<string, byte[]> _manifests = new();

    public bool Has(string full) => options.PullAnything || full == Pullable || control.IsPullable(full);

    /// <summary>Weights, template, licence, parameters, then the config: the order in which Ollama pulls them.</summary>
    public IReadOnlyList<RegistryLayer> Layers(string full, int version) =>
    [
        .. s_layers.Select((layer, i) => new RegistryLayer("application/vnd.ollama.image." + layer.Kind, EmulatedModel.HashOf($"layer {i} of {full}{Of(version)}"), i == 0 ? options.PullSize : layer.Size)),
        new RegistryLayer("application/vnd.docker.container.image.v1+json", EmulatedModel.HashOf($"layer {s_layers.Length} of {full}{Of(version)}"), 486),
    ];

    /// <summary>What <c>/api/tags</c> shows of this version.</summary>
    public string Digest(string full, int version) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Manifest(full, version)));

    public Task ManifestAsync(HttpContext context)
    {
        var (space, model, tag) = ((string)context.GetRouteValue("space")!, (string)context.GetRouteValue("model")!, (string)context.GetRouteValue("tag")!);
        var full = $"{(space == "library" ? "" : space + "/")}{model}:{tag}";
        // What is pulled from Hugging Face has its host in its name, and the same path there.
        if (!Has(full) && Has("hf.co/" + full)) full = "hf.co/" + full;
        if (!ModelName.IsValid(full) || !Has(full))
            return Answers.BytesAsync(context, 404, "application/json", """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown to registry"}]}"""u8.ToArray(), withLength: true);
        return Answers.BytesAsync(context, 200, ManifestType, Manifest(full, control.PublishedVersion(full)), withLength: true);
    }

    private byte[] Manifest(string full, int version) => _manifests.GetOrAdd($"{full}{Of(version)}", _ =>
    {
        var layers = Layers(full, version);
        var json = new GoJson().Open('{').Field("schemaVersion", 2).Field("mediaType", ManifestType).Name("config");
        Layer(json, layers[^1]).Name("layers").Open('[');
        foreach (var layer in layers.SkipLast(1)) Layer(json, layer);
        return json.Close(']').Close('}').Bytes.ToArray();
    });

    private static GoJson Layer(GoJson json, RegistryLayer layer) =>
        json.Open('{').Field("mediaType", layer.MediaType).Field("digest", $"sha256:{layer.Digest}").Field("size", layer.Size).Close('}');

    private static string Of(int version) => version == 1 ? "" : $" in version {version}";
}
