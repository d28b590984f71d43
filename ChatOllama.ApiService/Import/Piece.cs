using System.Text.Json;

namespace ChatOllama.ApiService.Import;

/// <summary>A value of a JSON text together with its place. What has another type than is asked for is refused; null is as good as absent.</summary>
internal readonly record struct Piece(JsonElement Value, string Place)
{
    public bool IsObject => Value.ValueKind == JsonValueKind.Object;
    public bool IsText => Value.ValueKind == JsonValueKind.String;
    public bool IsList => Value.ValueKind == JsonValueKind.Array;

    /// <summary>A property of an object.</summary>
    public Piece? Find(string name)
    {
        if (!IsObject)
            throw ImportFault.At(Place, "an object is expected.");
        return Value.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? new Piece(value, $"{Place}.{name}") : null;
    }

    public Piece Need(string name) => Find(name) ?? throw ImportFault.At($"{Place}.{name}", "a value is missing.");

    public string? Text(string name) => Find(name)?.AsText();

    public bool Flag(string name) => Find(name) is { } flag && flag.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw ImportFault.At(flag.Place, "true or false is expected."),
    };

    public double? Number(string name) => Find(name) is not { } number ? null
        : number.Value.ValueKind == JsonValueKind.Number && number.Value.TryGetDouble(out var value) && double.IsFinite(value) ? value
        : throw ImportFault.At(number.Place, "a number is expected.");

    /// <summary>A time as seconds or milliseconds since 1970, or as ISO 8601.</summary>
    public DateTime? Time(string name)
    {
        if (Find(name) is not { } time)
            return null;
        if (!time.IsText)
            return ImportRules.Time(Number(name)!.Value, time.Place);
        return DateTimeOffset.TryParse(time.AsText(), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var value)
            ? ImportRules.Time(value.UtcDateTime, time.Place)
            : throw ImportFault.At(time.Place, "a time is expected.");
    }

    /// <summary>NUL characters, which cannot be stored, become the sign for something unreadable.</summary>
    public string AsText()
    {
        if (!IsText)
            throw ImportFault.At(Place, "a text is expected.");
        try
        {
            return Value.GetString()!.Replace('\0', '\uFFFD');
        }
        catch (InvalidOperationException)
        {
            throw ImportFault.At(Place, "the text is not valid Unicode.");
        }
    }

    public IEnumerable<Piece> Items()
    {
        if (!IsList)
            throw ImportFault.At(Place, "a list is expected.");
        var i = 0;
        foreach (var item in Value.EnumerateArray())
            yield return new Piece(item, $"{Place}[{i++}]");
    }

    /// <summary>The elements of a list that may be absent.</summary>
    public IEnumerable<Piece> Items(string name) => Find(name)?.Items() ?? [];

    public IEnumerable<(string Name, Piece Value)> Properties()
    {
        if (!IsObject)
            throw ImportFault.At(Place, "an object is expected.");
        foreach (var property in Value.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                throw ImportFault.At(Place, "a name is not valid Unicode.");
            }
            yield return (name, new Piece(property.Value, $"{Place}['{(name.Length <= 80 ? name : name[..80] + "…")}']"));
        }
    }
}
