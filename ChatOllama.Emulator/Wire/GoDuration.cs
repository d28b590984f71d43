using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace ChatOllama.Emulator.Wire;

/// <summary>Durations as Ollama reads them in <c>keep_alive</c>: seconds as a number, Go's <c>1h30m</c> as text, negative = for ever.</summary>
internal static class GoDuration
{
    private static readonly (string Name, double Seconds)[] s_units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    /// <summary>The longest duration Go knows, 292 years: what <c>keep_alive: -1</c> becomes, hence expiries in the year 2319.</summary>
    public static TimeSpan Forever { get; } = TimeSpan.FromTicks(long.MaxValue / 100);

    public static TimeSpan Parse(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Seconds(value.GetDouble()),
        JsonValueKind.String => Parse(value.GetString()!),
        _ => throw new WireError(400, $"unsupported type: '{value.GetRawText()}'"),
    };

    private static TimeSpan Parse(string text)
    {
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+")) rest = rest[1..];
        if (rest is "0") return TimeSpan.Zero;
        if (rest.IsEmpty) throw Invalid(text);
        double seconds = 0;
        while (!rest.IsEmpty) seconds += Part(ref rest, text);
        return Seconds(negative ? -seconds : seconds);
    }

    private static double Part(ref ReadOnlySpan<char> rest, string text)
    {
        var digits = rest.IndexOfAnyExcept(s_digits);
        if (digits == 0 || !double.TryParse(digits < 0 ? rest : rest[..digits], CultureInfo.InvariantCulture, out var number)) throw Invalid(text);
        if (digits < 0) throw new WireError(400, $"time: missing unit in duration \"{text}\"");
        rest = rest[digits..];
        var end = rest.IndexOfAny(s_digits);
        var name = end < 0 ? rest : rest[..end];
        foreach (var unit in s_units)
        {
            if (!name.SequenceEqual(unit.Name)) continue;
            rest = rest[name.Length..];
            return number * unit.Seconds;
        }
        throw new WireError(400, $"time: unknown unit \"{name}\" in duration \"{text}\"");
    }

    private static TimeSpan Seconds(double seconds) =>
        seconds < 0 || seconds > Forever.TotalSeconds ? Forever : TimeSpan.FromSeconds(seconds);

    private static WireError Invalid(string text) => new(400, $"time: invalid duration \"{text}\"");
}
