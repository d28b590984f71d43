using System.Text.Json;

namespace ChatOllama.Emulator.Control;

/// <summary>One request as it reached the emulator.</summary>
public sealed class CapturedRequest
{
    private byte[] _body = [];

    internal CapturedRequest(HttpRequest request)
    {
        Method = request.Method;
        Path = request.Path.Value ?? "/";
        Headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
    }

    public string Method { get; }

    public string Path { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The body as it came, empty until it has been read.</summary>
    public ReadOnlyMemory<byte> RawBody => _body;

    /// <summary>The body as JSON; <see cref="JsonValueKind.Undefined"/> where there was none. Throws on a body that is not JSON.</summary>
    public JsonElement Body => _body.Length == 0 ? default : JsonElement.Parse(_body);

    internal static void SetBody(HttpContext context, byte[] body)
    {
        if (context.Features.Get<CapturedRequest>() is { } captured) captured._body = body;
    }
}
