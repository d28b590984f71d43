using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// One Ollama: its calls besides chat, typed, and what was last heard of it. Every call ends within <c>OLLAMA_TIMEOUT</c>, except load, pull and create,
/// which take what they take. Thread-safe. Throws <see cref="OllamaException"/>, and <see cref="OperationCanceledException"/> for the caller's own token.
/// </summary>
public sealed partial class OllamaServer(OllamaTransport transport, Lock? gate = null)
{
    /// <summary>The emulator's answers carry this header, so that it is never taken for the real thing.</summary>
    public const string EmulatorHeader = "X-ChatOllama-Emulator";

    // `show` lists every tensor of a model, `embed` thousands of numbers per input.
    private const int MaxBody = 32 * 1024 * 1024;

    /// <summary>Where Ollama is expected.</summary>
    public Uri Address => transport.Address;

    /// <param name="timeout">Instead of <c>OLLAMA_TIMEOUT</c>, e.g. for a probe.</param>
    public Task<OllamaVersion> GetVersionAsync(CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        transport.CallAsync(HttpMethod.Get, "api/version", null, 64 * 1024, (response, body) =>
        {
            var version = Read(body, OllamaJson.Default.OllamaVersion);
            return version.Version is null
                ? throw OllamaErrors.NotOllama(200, "a version without a version")
                : version with { IsEmulator = response.Headers.Contains(EmulatorHeader) };
        }, cancellationToken, timeout);

    /// <summary>All models that it has.</summary>
    /// <param name="timeout">Instead of <c>OLLAMA_TIMEOUT</c>.</param>
    public async Task<IReadOnlyList<OllamaTag>> GetTagsAsync(CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        // An answer without a list must not look like "no models": that would mark all of them removed.
        (await CallAsync(HttpMethod.Get, "api/tags", null, OllamaJson.Default.OllamaTags, cancellationToken, timeout)).Models
            ?? throw OllamaErrors.NotOllama(200, "a list without models");

    /// <summary>The models that are loaded.</summary>
    /// <param name="timeout">Instead of <c>OLLAMA_TIMEOUT</c>.</param>
    public async Task<IReadOnlyList<OllamaRunning>> GetRunningAsync(CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        (await CallAsync(HttpMethod.Get, "api/ps", null, OllamaJson.Default.OllamaRunningList, cancellationToken, timeout)).Models
            ?? throw OllamaErrors.NotOllama(200, "a list without models");

    public Task<OllamaShow> ShowAsync(string model, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Post, "api/show", Json(new(model), OllamaJson.Default.OllamaModelName), OllamaJson.Default.OllamaShow, cancellationToken);

    /// <summary>
    /// Downloads a model. Ends after the line <c>success</c>; leaving the loop earlier cancels the download. Of the lines that only count bytes
    /// of the same layer about four a second are read: Ollama sends sixteen, whether anything has arrived or not.
    /// </summary>
    /// <param name="insecure">Lets Ollama use plain HTTP.</param>
    public IAsyncEnumerable<OllamaProgress> PullAsync(string model, CancellationToken cancellationToken, bool insecure = false) =>
        StreamAsync("api/pull", Json(new(model, insecure ? true : null), OllamaJson.Default.OllamaPull), cancellationToken, new ProgressSampler(transport.Time));

    /// <summary>Makes a model from another one. Ends after the line <c>success</c>.</summary>
    public IAsyncEnumerable<OllamaProgress> CreateAsync(OllamaCreate model, CancellationToken cancellationToken) =>
        StreamAsync("api/create", Json(model, OllamaJson.Default.OllamaCreate), cancellationToken);

    public Task CopyAsync(string source, string destination, CancellationToken cancellationToken) =>
        DoAsync(HttpMethod.Post, "api/copy", Json(new(source, destination), OllamaJson.Default.OllamaCopy), cancellationToken);

    public Task DeleteAsync(string model, CancellationToken cancellationToken) =>
        DoAsync(HttpMethod.Delete, "api/delete", Json(new(model), OllamaJson.Default.OllamaModelName), cancellationToken);

    /// <summary>Vectors of <paramref name="inputs"/>, in their order. Too long an input is refused, not cut.</summary>
    public async Task<OllamaEmbeddings> EmbedAsync(string model, IEnumerable<string> inputs, CancellationToken cancellationToken)
    {
        var json = Json(new(model, [.. inputs], Truncate: false), OllamaJson.Default.OllamaEmbed);
        var result = await CallAsync(HttpMethod.Post, "api/embed", json, OllamaJson.Default.OllamaEmbeddings, cancellationToken);
        return result.Embeddings is null ? throw OllamaErrors.NotOllama(200, "embeddings without vectors") : result;
    }

    /// <summary>Loads a model into memory, which can take minutes: there is no time limit but the caller's.</summary>
    /// <param name="options">By Ollama's names: loaded with others than the chats ask for, a model would be loaded anew by the first of them.</param>
    public Task LoadAsync(string model, JsonElement? keepAlive, CancellationToken cancellationToken, Dictionary<string, JsonElement>? options = null) =>
        DoAsync(HttpMethod.Post, "api/generate", Json(new(model, Stream: false, keepAlive, options), OllamaJson.Default.OllamaKeepAlive),
            cancellationToken, Timeout.InfiniteTimeSpan);

    /// <summary>Frees a model's memory as soon as its running answers have ended.</summary>
    public Task UnloadAsync(string model, CancellationToken cancellationToken) =>
        DoAsync(HttpMethod.Post, "api/generate", Json(new(model, Stream: false, JsonElement.Parse("0")), OllamaJson.Default.OllamaKeepAlive), cancellationToken);

    private Task<T> CallAsync<T>(HttpMethod method, string path, byte[]? json, JsonTypeInfo<T> type, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        transport.CallAsync(method, path, json, MaxBody, (_, body) => Read(body, type), cancellationToken, timeout);

    private Task<bool> DoAsync(HttpMethod method, string path, byte[] json, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        transport.CallAsync(method, path, json, MaxBody, (_, _) => true, cancellationToken, timeout);

    private async IAsyncEnumerable<OllamaProgress> StreamAsync(string path, byte[] json, [EnumeratorCancellation] CancellationToken cancellationToken, ProgressSampler? sampler = null)
    {
        using var stream = await transport.OpenAsync(path, json, cancellationToken);
        while (await stream.ReadLineAsync(cancellationToken) is { } line)
        {
            if (sampler?.Skips(line.Span) == true)
                continue;
            if (sampler?.TakeSkipped() is { Length: > 0 } last)
                yield return Read(last, OllamaJson.Default.OllamaProgress);
            var progress = Read(line, OllamaJson.Default.OllamaProgress);
            if (progress.Error is not null)
                throw OllamaErrors.FromLine(line.Span);
            yield return progress;
            if (progress.Status == "success")
            {
                await stream.FinishAsync(cancellationToken);
                yield break;
            }
        }
        throw new OllamaException(OllamaFault.Incomplete, "Ollama ended the download without saying that it succeeded. Try again: what has arrived is kept.", 200);
    }

    private static byte[] Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T Read<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw OllamaErrors.NotOllama(200, "null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw OllamaErrors.NotOllama(200, "an answer that is not the expected JSON", e);
        }
    }
}
