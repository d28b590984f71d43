using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using ChatOllama.ApiService.Configuration;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// The connections to one Ollama, and the one place where their faults become <see cref="OllamaException"/>. Thread-safe.
/// Nothing is retried here and nothing of an incoming request is forwarded: Ollama answers a foreign <c>Origin</c> or <c>Host</c> with 403.
/// </summary>
public sealed class OllamaTransport : IDisposable
{
    private const int MaxErrorBody = 64 * 1024;
    private readonly HttpClient _client;
    private readonly Uri _base;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    /// <summary>To <c>OLLAMA_HOST</c>.</summary>
    public OllamaTransport(ApiOptions options, TimeProvider time) : this(options.OllamaUrl, options, time)
    {
    }

    /// <summary>To one of several.</summary>
    public OllamaTransport(Uri url, ApiOptions options, TimeProvider time)
    {
        _time = time;
        _timeout = options.OllamaTimeout;
        _base = new UriBuilder(url) { UserName = "", Password = "", Path = url.AbsolutePath.TrimEnd('/') + '/' }.Uri;
        // No header timeout: Ollama sends its status line with the first token, minutes later when it loads a model.
        _client = new HttpClient(CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        if (url.UserInfo is { Length: > 0 } user)
            _client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
    }

    internal TimeProvider Time => _time;

    /// <summary>Where Ollama is expected, without credentials.</summary>
    public Uri Address => _base;

    /// <summary>
    /// Sends a request and returns as soon as a good status line is there, however long that takes.
    /// Cancelling closes the connection at once, which is what stops Ollama's work.
    /// </summary>
    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? json, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_base, path));
        if (json is { } body)
            request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        // The handler lets a bare SocketException through where a fresh connection is reset before it has looked at its address, as a server does that is going away.
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Unsent(e);
        }
        response.RequestMessage = null; // a prompt with images is megabytes, and the answer may take minutes
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw OllamaErrors.FromResponse(response.StatusCode, await ReadErrorAsync(response, cancellationToken), $"{method} /{path}");
    }

    /// <summary>Opens a stream of lines. Dispose it in any case: that closes the connection unless the answer was read to its end.</summary>
    internal async Task<OllamaStream> OpenAsync(string path, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var response = await SendAsync(HttpMethod.Post, path, json, cancellationToken);
        try
        {
            return new OllamaStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and hands its whole answer to <paramref name="read"/>, all of it within <c>OLLAMA_TIMEOUT</c> or <paramref name="timeout"/>.</summary>
    internal async Task<T> CallAsync<T>(HttpMethod method, string path, ReadOnlyMemory<byte>? json, int maxBody,
        Func<HttpResponseMessage, ReadOnlyMemory<byte>, T> read, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        using var limit = new CancellationTokenSource(timeout ?? _timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await SendAsync(method, path, json, either.Token);
            return read(response, await ReadBodyAsync(response, maxBody, either.Token));
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new OllamaException(OllamaFault.Timeout,
                $"Ollama at {_base} did not answer {method} /{path} within {(timeout ?? _timeout).TotalSeconds:0.#} s. See whether it is overloaded, or raise OLLAMA_TIMEOUT.", inner: e);
        }
    }

    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler CreateHandler() => new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // notices a container that came back under another address
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        // By default an abandoned answer is read on for up to 2 s and 1 MB, and Ollama generates on. Close instead; see OllamaStream.FinishAsync.
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
    };

    private OllamaException Unsent(Exception e)
    {
        if (e is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.HttpProtocolError })
            return OllamaErrors.NotOllama(null, "no valid HTTP answer", e);
        var why = (e as HttpRequestException)?.HttpRequestError switch
        {
            _ when e is SocketException => "it closed the connection before it answered",
            HttpRequestError.NameResolutionError => "its name is not known",
            HttpRequestError.ConnectionError => "the connection was refused",
            HttpRequestError.SecureConnectionError => "no secure connection could be made",
            null => "it did not accept a connection",
            _ => "it closed the connection before it answered",
        };
        return new(OllamaFault.Unreachable, $"Ollama does not answer at {_base} ({why}). Start it, or set OLLAMA_HOST to where it runs.", inner: e);
    }

    /// <summary>The body of an error answer, as far as it comes: a server that stalls in it still gets its status reported.</summary>
    private async Task<byte[]> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return (await ReadBodyAsync(response, MaxErrorBody, either.Token)).ToArray();
        }
        catch (Exception e) when (e is OllamaException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpResponseMessage response, int maxBody, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            while (await stream.ReadAsync(body.GetMemory(4096), cancellationToken) is > 0 and var read)
            {
                body.Advance(read);
                if (body.WrittenCount > maxBody)
                    throw OllamaErrors.NotOllama((int)response.StatusCode, $"an answer of more than {maxBody} bytes");
            }
            return body.WrittenMemory;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw OllamaStream.BrokenOff(e);
        }
    }
}
