using System.Text;
using System.Text.Json;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>
/// Makes JSON that satisfies a simple schema: type, properties, items, enum, const, minimum, maximum, minItems, minLength, anyOf, oneOf and
/// references inside the document. Anything else is ignored.
/// </summary>
internal static class SchemaFaker
{
    private const int Deepest = 8;
    private static readonly string[] s_types = ["object", "array", "string", "integer", "number", "boolean", "null"];
    private static readonly string[] s_words = ["river", "lantern", "garden", "harbor", "letter", "window", "forest", "bridge"];

    /// <summary>Refuses what the runner cannot turn into a grammar, in its words.</summary>
    public static void Check(JsonElement format)
    {
        if (format.ValueKind == JsonValueKind.String && format.GetString() == "json") return;
        if (format.ValueKind != JsonValueKind.Object)
            throw new WireError(500, $"invalid format: {Quote(format.GetRawText())}; expected \"json\" or a valid JSON Schema object", late: true);
        if (!format.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || s_types.Contains(type.GetString())) return;
        var schema = JsonSerializer.Serialize(format);
        throw Prompt.Nested(400, $"Field 'json_schema': \"json_schema\": JSON schema conversion failed:\nUnrecognized schema: {schema}", "invalid_request_error");
    }

    /// <summary>The answer to <c>format</c>: a schema's example, or an object of the emulator's own for <c>"json"</c>.</summary>
    public static string Answer(JsonElement format, string question, Dice dice) => format.ValueKind == JsonValueKind.Object
        ? Make(format, question, dice)
        : $"{{\"question\": {Quote(question)}, \"answer\": \"This is JSON from a built-in demo model.\", \"sure\": false}}";

    public static string Make(JsonElement schema, string question, Dice dice)
    {
        var output = new StringBuilder();
        Write(schema, schema, "", question, dice, output, 0);
        return output.ToString();
    }

    private static void Write(JsonElement schema, JsonElement root, string name, string question, Dice dice, StringBuilder output, int depth)
    {
        schema = Resolve(schema, root);
        if (schema.ValueKind != JsonValueKind.Object || depth > Deepest) output.Append("null");
        else if (schema.TryGetProperty("const", out var constant)) output.Append(constant.GetRawText());
        else if (schema.TryGetProperty("enum", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0) output.Append(choices[dice.Next(choices.GetArrayLength())].GetRawText());
        else if (First(schema, "anyOf") is { } any) Write(any, root, name, question, dice, output, depth + 1);
        else if (First(schema, "oneOf") is { } one) Write(one, root, name, question, dice, output, depth + 1);
        else WriteType(TypeOf(schema), schema, root, name, question, dice, output, depth);
    }

    private static void WriteType(string type, JsonElement schema, JsonElement root, string name, string question, Dice dice, StringBuilder output, int depth)
    {
        switch (type)
        {
            case "object":
                WriteObject(schema, root, question, dice, output, depth);
                break;
            case "array":
                WriteArray(schema, root, name, question, dice, output, depth);
                break;
            case "integer" or "number":
                output.Append(Number(schema, dice));
                break;
            case "boolean":
                output.Append(dice.Next(2) == 0 ? "true" : "false");
                break;
            case "null":
                output.Append("null");
                break;
            default:
                output.Append(Quote(Text(schema, name, question, dice)));
                break;
        }
    }

    private static void WriteObject(JsonElement schema, JsonElement root, string question, Dice dice, StringBuilder output, int depth)
    {
        output.Append('{');
        var separator = "";
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                output.Append(separator).Append(Quote(property.Name)).Append(": ");
                Write(property.Value, root, property.Name, question, dice, output, depth + 1);
                separator = ", ";
            }
        }
        output.Append('}');
    }

    private static void WriteArray(JsonElement schema, JsonElement root, string name, string question, Dice dice, StringBuilder output, int depth)
    {
        var count = Math.Clamp((int)(Limit(schema, "minItems") ?? 2), 0, Math.Max(0, (int)(Limit(schema, "maxItems") ?? 100)));
        output.Append('[');
        for (var i = 0; i < count; i++)
        {
            if (i > 0) output.Append(", ");
            if (schema.TryGetProperty("items", out var items)) Write(items, root, name, question, dice, output, depth + 1);
            else output.Append(Quote(dice.Pick(s_words)));
        }
        output.Append(']');
    }

    private static long Number(JsonElement schema, Dice dice)
    {
        var least = (long)Math.Ceiling(Limit(schema, "minimum") ?? (Limit(schema, "exclusiveMinimum") + 1) ?? 1);
        var most = (long)Math.Floor(Limit(schema, "maximum") ?? (Limit(schema, "exclusiveMaximum") - 1) ?? least + 98);
        return least + dice.Next((int)Math.Clamp(most - least + 1, 1, 1000));
    }

    private static string Text(JsonElement schema, string name, string question, Dice dice)
    {
        var format = schema.TryGetProperty("format", out var property) ? property.GetString() : null;
        var text = format switch
        {
            "date" => "2026-11-22",
            "date-time" => "2026-11-22T12:00:00Z",
            "email" => "demo@example.com",
            "uri" => "https://example.com/",
            _ => name.Length > 0 && question.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words && dice.Next(3) == 0
                ? words[^1].Trim('?', '.', '!') : dice.Pick(s_words),
        };
        var least = (int)(Limit(schema, "minLength") ?? 0);
        while (text.Length < least) text += " " + dice.Pick(s_words);
        return Limit(schema, "maxLength") is { } most && text.Length > most ? text[..(int)most] : text;
    }

    private static JsonElement Resolve(JsonElement schema, JsonElement root)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("$ref", out var reference)) return schema;
        var found = root;
        foreach (var step in (reference.GetString() ?? "").TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(step, out found)) return default;
        }
        return found;
    }

    private static string TypeOf(JsonElement schema) =>
        !schema.TryGetProperty("type", out var type) ? schema.TryGetProperty("properties", out _) ? "object" : "string"
        : type.ValueKind == JsonValueKind.Array ? type[0].GetString() ?? "string"
        : type.GetString() ?? "string";

    private static JsonElement? First(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 ? list[0] : null;

    private static double? Limit(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static string Quote(string text) => Encoding.UTF8.GetString(new GoJson().Value(text).Bytes.Span);
}
