using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Ollama;
using Microsoft.Extensions.AI;

namespace ChatOllama.Tests.Ollama;

/// <summary>A server that does exactly what a test says, byte by byte: each connection runs the script once per request it reads.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawConnection, Task> _script;
    private readonly Task _loop;
    private readonly List<Task> _connections = [];

    private RawServer(Func<RawConnection, Task> script)
    {
        _script = script;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public Uri Url => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Connections accepted so far.</summary>
    public int Accepted { get; private set; }

    public static RawServer Start(Func<RawConnection, Task> script) => new(script);

    /// <summary>Answers every request with these chunks, then ends the body properly.</summary>
    public static RawServer Chunks(params string[] chunks) => Start(async c =>
    {
        await c.BeginAsync();
        foreach (var chunk in chunks)
            await c.ChunkAsync(chunk);
        await c.EndAsync();
    });

    /// <summary>Answers every request with a status and a body of known length.</summary>
    public static RawServer Answer(string status, string body, string contentType = "application/json; charset=utf-8", string headers = "") =>
        Start(c => c.AnswerAsync(status, body, contentType, headers));

    public OllamaTransport Transport(TimeProvider? time = null, TimeSpan? timeout = null) => Transport(Url, time, timeout);

    public static OllamaTransport Transport(Uri url, TimeProvider? time = null, TimeSpan? timeout = null) =>
        new(new ApiOptions { OllamaUrl = url, OllamaTimeout = timeout ?? TimeSpan.FromSeconds(30) }, time ?? TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                return;
            }
            Accepted++;
            _connections.Add(ServeAsync(socket));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        using var connection = new RawConnection(socket);
        try
        {
            while (await connection.ReadRequestAsync())
                await _script(connection);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client went away, which is what many of these tests are about.
        }
    }
}

internal sealed class RawConnection(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public string Head { get; private set; } = "";

    public string Body { get; private set; } = "";

    public async Task<bool> ReadRequestAsync()
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!EndsWithBlankLine(head))
        {
            if (await _stream.ReadAsync(one) == 0)
                return false;
            head.Add(one[0]);
        }
        Head = Encoding.ASCII.GetString([.. head]);
        var length = Head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var body = new byte[length is null ? 0 : int.Parse(length.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)];
        await _stream.ReadExactlyAsync(body);
        Body = Encoding.UTF8.GetString(body);
        return true;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    public Task BeginAsync(string contentType = "application/x-ndjson") =>
        SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n\r\n");

    public Task ChunkAsync(string text) => ChunkAsync(Encoding.UTF8.GetBytes(text));

    public Task ChunkAsync(byte[] bytes) =>
        SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, .. "\r\n"u8]);

    public Task EndAsync() => SendAsync("0\r\n\r\n");

    public Task AnswerAsync(string status, string body, string contentType = "application/json; charset=utf-8", string headers = "") =>
        SendAsync($"HTTP/1.1 {status}\r\nContent-Type: {contentType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}");

    /// <summary>Ends when the client has closed or reset the connection.</summary>
    public async Task DisconnectedAsync()
    {
        var buffer = new byte[256];
        try
        {
            while (await _stream.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
        }
    }

    /// <summary>Closes with a TCP reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Close() => socket.Close();

    public void Dispose() => _stream.Dispose();

    private static bool EndsWithBlankLine(List<byte> head) =>
        head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r';
}

/// <summary>Shorthand for chat tests.</summary>
internal static class Chatting
{
    public const string Done = """{"model":"m","created_at":"2026-11-22T17:27:41.2Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":30000000,"load_duration":1000000,"prompt_eval_count":31,"prompt_eval_duration":2000000,"eval_count":7,"eval_duration":20000000}""" + "\n";

    public static string Token(string text) =>
        $$$"""{"model":"m","created_at":"2026-11-22T17:27:41.1Z","message":{"role":"assistant","content":{{{System.Text.Json.JsonSerializer.Serialize(text)}}}},"done":false}""" + "\n";

    public static readonly ChatMessage[] Hello = [new(ChatRole.User, "Hello")];

    public static readonly ChatOptions Model = new() { ModelId = "m" };

    public static async Task<List<ChatResponseUpdate>> AllAsync(this OllamaTransport transport, CancellationToken cancellationToken = default)
    {
        var updates = new List<ChatResponseUpdate>();
        using var client = new OllamaChatClient(transport);
        await foreach (var update in client.GetStreamingResponseAsync(Hello, Model, cancellationToken))
            updates.Add(update);
        return updates;
    }

    public static string Text(this IEnumerable<ChatResponseUpdate> updates) => string.Concat(updates.Select(u => u.Text));
}
