using System.Text.Json;

namespace ChatOllama.Emulator.Wire;

/// <summary>The fields of one JSON object, read into the types Go's structs have; null counts as absent.</summary>
internal sealed class Fields(JsonElement json, string typeName, string path)
{
    public JsonElement Json { get; } = json;

    public string String(string name) => Find(name) is not { } value ? ""
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, value, "string");

    public bool? Bool(string name) => Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "bool");

    public int? Int(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(name, value, "int");

    public JsonElement? Object(string name, string goType) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? value : throw Wrong(name, value, goType);

    public JsonElement? Array(string name, string goType) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array ? value : throw Wrong(name, value, goType);

    public JsonElement? Any(string name) => Find(name);

    public List<Fields> Objects(string name, string goType)
    {
        var list = new List<Fields>();
        if (Array(name, $"[]{goType}") is not { } array) return list;
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object) throw Wrong(name, item, goType);
            list.Add(new Fields(item, typeName, $"{path}{name}."));
        }
        return list;
    }

    /// <summary>The model's name: <c>model</c>, or <c>name</c> as older clients have it.</summary>
    public string ModelName() => String("model") is { Length: > 0 } model ? model : String("name");

    public static string GoKind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "bool",
    };

    private JsonElement? Find(string name) =>
        Json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private WireError Wrong(string name, JsonElement value, string goType) =>
        new(400, $"json: cannot unmarshal {GoKind(value)} into Go struct field {typeName}.{path}{name} of type {goType}");
}
