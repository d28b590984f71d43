using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using ChatOllama.ApiService.Configuration;

namespace ChatOllama.ApiService.Models;

/// <summary>What a registry says about a model.</summary>
/// <param name="Digest">Of its manifest: what Ollama shows after a pull; null when there is none.</param>
/// <param name="Size">Bytes of all layers.</param>
/// <param name="Reason">Why it is not known; null with a digest, and when the registry has no such model.</param>
/// <param name="IsSilent">It did not answer at all.</param>
internal sealed record SourceVersion(string? Digest, long? Size = null, string? Reason = null, bool IsSilent = false);

/// <summary>
/// Asks the registry of models for manifests, a kilobyte each, and for nothing else: the one place where this service itself talks to somebody outside.
/// No name of a person, no cookie, no count goes with it. Thread-safe.
/// </summary>
public sealed class ModelRegistry : IDisposable
{
    private const int MaxManifest = 1024 * 1024;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    public ModelRegistry(ApiOptions options, TimeProvider time)
    {
        (Address, _time) = (options.ModelRegistry, time);
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

    /// <summary>The model of this full name, without a host, as the registry has it now.</summary>
    internal async Task<SourceVersion> FindAsync(string name, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await _client.GetAsync(ManifestOf(name), either.Token);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => Read(await response.Content.ReadAsByteArrayAsync(either.Token)),
                HttpStatusCode.NotFound => new SourceVersion(null),
                var status => new SourceVersion(null, Reason: $"The registry answered with status {(int)status}."),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new SourceVersion(null, Reason: $"The registry at {Address!.Host} does not answer.", IsSilent: true);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The parts of a name are checked, so none of them can lead elsewhere.</summary>
    private Uri ManifestOf(string name)
    {
        var colon = name.LastIndexOf(':');
        var (model, tag) = (name[..colon], name[(colon + 1)..]);
        return new Uri($"{Address!.AbsoluteUri.TrimEnd('/')}/v2/{(model.Contains('/') ? model : "library/" + model)}/manifests/{tag}");
    }

    private static SourceVersion Read(byte[] manifest)
    {
        try
        {
            var json = JsonElement.Parse(manifest);
            var layers = json.GetProperty("layers").EnumerateArray().ToList();
            var size = layers.Append(json.GetProperty("config")).Sum(layer => layer.GetProperty("size").GetInt64());
            return new SourceVersion(Convert.ToHexStringLower(SHA256.HashData(manifest)), size);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new SourceVersion(null, Reason: "What answered is not a registry of models. Check MODEL_REGISTRY.");
        }
    }
}
