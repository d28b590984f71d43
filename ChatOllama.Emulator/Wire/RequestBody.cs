using System.Text;
using System.Text.Json;

namespace ChatOllama.Emulator.Wire;

/// <summary>Reads a JSON request body and complains in Go's words.</summary>
internal static class RequestBody
{
    /// <param name="typeName">The Go type that a wrong type is reported for, e.g. <c>ChatRequest</c>.</param>
    public static async Task<Fields> ReadAsync(HttpContext context, string typeName)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var bytes = buffer.ToArray();
        Control.CapturedRequest.SetBody(context, bytes);
        if (bytes.Length == 0) throw new WireError(400, "missing request body");
        var root = Parse(bytes);
        if (root.ValueKind != JsonValueKind.Object)
            throw new WireError(400, $"json: cannot unmarshal {Fields.GoKind(root)} into Go value of type api.{typeName}");
        return new Fields(root, typeName, "");
    }

    private static JsonElement Parse(byte[] bytes)
    {
        try
        {
            return JsonElement.Parse(bytes);
        }
        catch (JsonException broken)
        {
            throw new WireError(400, IsCutOff(bytes) ? "unexpected EOF" : InvalidCharacter(bytes, broken));
        }
    }

    private static bool IsCutOff(byte[] bytes)
    {
        var reader = new Utf8JsonReader(bytes, isFinalBlock: false, default);
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string InvalidCharacter(byte[] bytes, JsonException broken)
    {
        var line = (int)(broken.LineNumber ?? 0);
        var start = 0;
        while (line-- > 0) start = Array.IndexOf(bytes, (byte)'\n', start) + 1;
        var at = Math.Min(start + (int)(broken.BytePositionInLine ?? 0), bytes.Length - 1);
        return $"invalid character '{Encoding.UTF8.GetString(bytes, at, 1)}' looking for beginning of value";
    }
}
