using System.Text;
using System.Text.Json.Nodes;

namespace ChatOllama.Tests.Survival;

/// <summary>Values that somebody sends who is careless, confused or up to no good.</summary>
internal sealed class Hostile(Random random)
{
    private static readonly string[] Texts =
    [
        "", " ", "0", "-1", "1", "200", "201", "2147483648", "99999999999999999999", "1e309", "NaN", "true", "null", "undefined", "demo", "demo:latest", "s", "hf.co/a/b:Q4", "../../etc/passwd",
        "..\\..\\windows", "http://169.254.169.254/latest", "file:///etc/passwd", "'; DROP TABLE messages; --", "\" OR 1=1", "%", "%%%", "*", "\"", "a\"b", "NEAR(", "a AND", "^", "{}", "[]",
        "<script>alert(1)</script>", "\0", "a\0b", "\r\nX-Evil: 1", "\u202Eevil", "😀", "e\u0301", "ſ", new string('x', 129), new string('y', 1_000), new string('ß', 150), "2026-01-01", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z",
        "$(reboot)", "`id`", "{{7*7}}", "day", "model", "json", "markdown", "desc", "high",
    ];

    private static readonly string[] Bodies =
    [
        "", " ", "null", "true", "0", "\"text\"", "[]", "{}", "{", "}", "{\"message\":", "{\"message\":\"a\"}{\"message\":\"b\"}", "{\"message\":\"a\",}", "{'message':'a'}", "{\"message\":\"\\ud800\"}", "{\"message\":\"\\u0000\"}",
        "{\"message\":\"a\",\"message\":\"b\"}", "\uFEFF{\"message\":\"a\"}", "message=a&session_id=b", "<?xml version=\"1.0\"?><a/>", "{\"options\":{\"temperature\":1e400}}", "{\"a\":1e99999}",
    ];

    private static readonly string[] MediaTypes = ["application/json", "application/json", "application/json", "application/json; charset=utf-8", "application/json; charset=utf-7", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "application/zip", "a/b/c"];

    public bool Chance(double of) => random.NextDouble() < of;

    public T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    public string Text() => Pick(Texts);

    public HttpContent Body(JsonObject? schema, JsonObject schemas)
    {
        var bytes = Chance(0.7) && schema is not null ? Encoding.UTF8.GetBytes(Value(schema, schemas, 0)?.ToJsonString() ?? "null") : Raw();
        if (Chance(0.05)) bytes = bytes[..random.Next(bytes.Length + 1)];
        var content = new ByteArrayContent(bytes);
        if (Chance(0.95)) content.Headers.TryAddWithoutValidation("Content-Type", Chance(0.8) ? "application/json" : Pick(MediaTypes));
        return content;
    }

    private byte[] Raw() => random.Next(4) switch
    {
        0 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Pick(["[", "{\"a\":", "[{\"mapping\":"]), random.Next(1, 20_000)))),
        1 => [0x7B, 0x22, 0xFF, 0xFE, 0x80, 0x22, 0x3A, 0x31, 0x7D],
        _ => Encoding.UTF8.GetBytes(Pick(Bodies)),
    };

    /// <summary>What the schema asks for, or something else.</summary>
    private JsonNode? Value(JsonObject schema, JsonObject schemas, int depth)
    {
        if (depth > 5) return null;
        if (schema["$ref"]?.GetValue<string>() is { } reference) schema = schemas[reference.Split('/')[^1]]!.AsObject();
        if (schema["oneOf"] is JsonArray choices) schema = Pick(choices.OfType<JsonObject>().ToList());
        if (Chance(0.15)) return Odd(depth);
        if (schema["properties"] is JsonObject properties)
        {
            var result = new JsonObject();
            foreach (var (name, property) in properties)
                if (Chance(0.4)) result[name] = Value(property!.AsObject(), schemas, depth + 1);
            if (Chance(0.05)) result[Text()] = Odd(depth);
            return result;
        }
        return TypeOf(schema) switch
        {
            "integer" => JsonValue.Create(Pick([0L, 1L, -1L, 50L, 4096L, int.MaxValue, long.MaxValue, long.MinValue])),
            "number" => JsonValue.Create(Pick([0.0, 0.7, -0.1, 1.0, 2.5, 1e300, -1e300])),
            "boolean" => JsonValue.Create(Chance(0.5)),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => schema["items"] is JsonObject items ? Value(items, schemas, depth + 1) : Odd(depth))]),
            "object" => new JsonObject { [Text()] = Odd(depth) },
            _ => JsonValue.Create(Text()),
        };
    }

    private static string? TypeOf(JsonObject schema) => schema["type"] switch
    {
        JsonArray types => types.Select(type => type!.GetValue<string>()).FirstOrDefault(type => type != "null"),
        JsonValue type => type.GetValue<string>(),
        _ => null,
    };

    private JsonNode? Odd(int depth) => random.Next(8) switch
    {
        0 => null,
        1 => JsonValue.Create(long.MaxValue),
        2 => JsonValue.Create(-0.5),
        3 => JsonValue.Create(Chance(0.5)),
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(50)).Select(i => JsonValue.Create(i))]),
        5 when depth < 4 => new JsonObject { [Text()] = Odd(depth + 1) },
        6 => JsonNode.Parse("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}}}"),
        _ => JsonValue.Create(Text()),
    };
}
