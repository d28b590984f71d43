using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatOllama.ApiService.Configuration;

namespace ChatOllama.ApiService.Models;

/// <summary>What a registry says about a model.</summary>
/// <param name="Digest">Of its manifest: what Ollama shows after a pull; null when there is none.</param>
/// <param name="Rewritten">The digest of the manifest as Ollama writes one itself. Older ones store it so, and then show this digest where the source orders its members differently, as Hugging Face does.</param>
/// <param name="Size">Bytes of all layers.</param>
/// <param name="Reason">Why it is not known; null with a digest, and when the registry has no such model.</param>
/// <param name="IsSilent">It did not answer at all.</param>
internal sealed record SourceVersion(string? Digest, string? Rewritten = null, long? Size = null, string? Reason = null, bool IsSilent = false);

/// <summary>
/// Asks the registries of models for manifests, a kilobyte each, and for nothing else: the one place where this service itself talks to somebody outside.
/// No name of a person, no cookie, no count goes with it. Thread-safe.
/// </summary>
public sealed class ModelRegistry : IDisposable
{
    private const int MaxManifest = 1024 * 1024;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private static readonly string[] s_huggingFace = ["hf.co", "huggingface.co"];

    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly Uri? _huggingFace;

    public ModelRegistry(ApiOptions options, TimeProvider time)
    {
        (Address, _huggingFace, _time) = (options.ModelRegistry, options.HfRegistry, time);
        _client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxManifest,
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ChatOllama", null));
        _client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.docker.distribution.manifest.v2+json"));
    }

    /// <summary>Null: nobody is asked.</summary>
    public Uri? Address { get; }

    /// <summary>Who is asked for models of this host; null is nobody.</summary>
    /// <param name="host">As <see cref="PullNames.HostOf"/> tells it.</param>
    internal Uri? AddressOf(string? host) => Address is null ? null
        : host is null ? Address
        : s_huggingFace.Contains(host, StringComparer.OrdinalIgnoreCase) ? _huggingFace
        : null;

    /// <summary>The model of this name, full but without its host, as a registry has it now.</summary>
    internal async Task<SourceVersion> FindAsync(Uri registry, string name, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await GetAsync(ManifestOf(registry, name), either.Token);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => Read(await response.Content.ReadAsByteArrayAsync(either.Token)),
                HttpStatusCode.NotFound => new SourceVersion(null),
                var status => new SourceVersion(null, Reason: $"The registry answered with status {(int)status}."),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new SourceVersion(null, Reason: $"The registry at {registry.Host} does not answer.", IsSilent: true);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Hugging Face has two names, and one may send on to the other. Whoever sends elsewhere is not followed.</summary>
    private async Task<HttpResponseMessage> GetAsync(Uri manifest, CancellationToken cancellationToken)
    {
        var response = await _client.GetAsync(manifest, cancellationToken);
        if ((int)response.StatusCode is not (301 or 302 or 307 or 308) || response.Headers.Location is not { } location)
            return response;
        var next = new Uri(manifest, location);
        if (next.Scheme != Uri.UriSchemeHttps || !s_huggingFace.Contains(next.Host) || !s_huggingFace.Contains(manifest.Host))
            return response;
        response.Dispose();
        return await _client.GetAsync(next, cancellationToken);
    }

    /// <summary>The parts of a name are checked, so none of them can lead elsewhere.</summary>
    private static Uri ManifestOf(Uri registry, string name)
    {
        var colon = name.LastIndexOf(':');
        var (model, tag) = (name[..colon], name[(colon + 1)..]);
        return new Uri($"{registry.AbsoluteUri.TrimEnd('/')}/v2/{(model.Contains('/') ? model : "library/" + model)}/manifests/{tag}");
    }

    private static SourceVersion Read(byte[] manifest)
    {
        try
        {
            var json = JsonElement.Parse(manifest);
            var layers = json.GetProperty("layers").EnumerateArray().ToList();
            var size = layers.Append(json.GetProperty("config")).Sum(layer => layer.GetProperty("size").GetInt64());
            return new SourceVersion(DigestOf(manifest), DigestOf(Rewrite(json, layers)), size);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new SourceVersion(null, Reason: "What answered is not a registry of models. Check MODEL_REGISTRY.");
        }
    }

    private static string DigestOf(ReadOnlySpan<byte> manifest) => Convert.ToHexStringLower(SHA256.HashData(manifest));

    /// <example><code>{"schemaVersion":2,"mediaType":"…","config":{"mediaType":"…","digest":"sha256:…","size":485},"layers":[{"mediaType":"…","digest":"sha256:…","size":9}]}</code></example>
    private static ReadOnlySpan<byte> Rewrite(JsonElement manifest, List<JsonElement> layers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", manifest.GetProperty("schemaVersion").GetInt64());
        json.WriteString("mediaType", manifest.TryGetProperty("mediaType", out var type) ? type.GetString() : "");
        json.WritePropertyName("config");
        WriteLayer(json, manifest.GetProperty("config"));
        json.WriteStartArray("layers");
        foreach (var layer in layers)
            WriteLayer(json, layer);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WriteLayer(Utf8JsonWriter json, JsonElement layer)
    {
        json.WriteStartObject();
        foreach (var name in new[] { "mediaType", "digest", "size" })
        {
            json.WritePropertyName(name);
            layer.GetProperty(name).WriteTo(json);
        }
        json.WriteEndObject();
    }
}
