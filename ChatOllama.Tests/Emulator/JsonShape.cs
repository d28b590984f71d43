using System.Text.Json;

namespace ChatOllama.Tests.Emulator;

/// <summary>What a JSON text looks like without its values: names in order, and types.</summary>
internal static class JsonShape
{
    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(", ", value.EnumerateObject().Select(property => $"{property.Name}: {Of(property.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(" | ", value.EnumerateArray().Select(Of).Distinct()) + "]",
        JsonValueKind.True or JsonValueKind.False => "bool",
        _ => value.ValueKind.ToString().ToLowerInvariant(),
    };

    /// <summary>The shapes of an answer's lines; of equal ones in a row, one.</summary>
    public static IReadOnlyList<string> OfLines(string body)
    {
        var shapes = new List<string>();
        foreach (var line in body.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var shape = Of(JsonElement.Parse(line));
            if (shapes.Count == 0 || shapes[^1] != shape) shapes.Add(shape);
        }
        return shapes;
    }
}
