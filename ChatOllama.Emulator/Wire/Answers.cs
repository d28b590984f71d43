using System.Text;

namespace ChatOllama.Emulator.Wire;

/// <summary>Writes whole answers with the headers Ollama gives them.</summary>
internal static class Answers
{
    public const string Json = "application/json; charset=utf-8";
    public const string JsonLate = "application/json";
    public const string Ndjson = "application/x-ndjson";

    // Go adds Content-Length by itself to what fits its buffer and chunks the rest.
    private const int GoBuffer = 2048;

    public static Task JsonAsync(HttpContext context, GoJson json, string contentType = Json) =>
        BytesAsync(context, 200, contentType, json.Bytes, json.Bytes.Length <= GoBuffer);

    public static Task ErrorAsync(HttpContext context, WireError error) =>
        BytesAsync(context, error.Status, error.Late ? JsonLate : Json, ErrorObject(error.Message).Bytes, withLength: !error.Late);

    public static GoJson ErrorObject(string message) => new GoJson().Open('{').Field("error", message).Close('}');

    public static Task TextAsync(HttpContext context, int status, string contentType, string text) =>
        BytesAsync(context, status, contentType, Encoding.UTF8.GetBytes(text), withLength: true);

    public static async Task BytesAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body, bool withLength)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        if (withLength) context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
