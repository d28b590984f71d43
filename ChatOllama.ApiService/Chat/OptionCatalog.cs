using System.Globalization;
using System.Text.Json;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Chat;

/// <summary>What an option's value looks like.</summary>
public enum OptionKind
{
    Number,
    WholeNumber,
    Switch,
    Strings,
}

/// <summary>One generation option.</summary>
/// <param name="Name">Ollama's name: what is stored and sent.</param>
/// <param name="Alias">The name of this API where it differs.</param>
/// <param name="Min">Smallest allowed number.</param>
/// <param name="Max">Largest allowed number.</param>
public sealed record OptionInfo(string Name, OptionKind Kind, string? Alias = null, double Min = double.MinValue, double Max = double.MaxValue)
{
    /// <summary>The name people of this API use.</summary>
    public string PublicName => Alias ?? Name;
}

/// <summary>
/// Every generation option with its range: the one place that decides whether an option is known and a value is sane.
/// Normalized options are keyed by Ollama's names; what is not in them is not sent, so the model's own default holds.
/// </summary>
public static class OptionCatalog
{
    private const int MaxStops = 16;
    private const int MaxStopLength = 500;

    /// <summary>All options, the common ones first.</summary>
    public static IReadOnlyList<OptionInfo> All { get; } =
    [
        new("temperature", OptionKind.Number, Min: 0, Max: 2),
        new("top_p", OptionKind.Number, Min: 0, Max: 1),
        new("top_k", OptionKind.WholeNumber, Min: 0, Max: 1000),
        new("min_p", OptionKind.Number, Min: 0, Max: 1),
        new("repeat_penalty", OptionKind.Number, Min: 0, Max: 2),
        new("seed", OptionKind.WholeNumber, Min: int.MinValue, Max: int.MaxValue),
        new("stop", OptionKind.Strings),
        new("num_ctx", OptionKind.WholeNumber, "context_length", Min: 1, Max: 10_000_000),
        // -1: no limit, -2: until the context is full.
        new("num_predict", OptionKind.WholeNumber, "max_tokens", Min: -2, Max: 10_000_000),
        new("typical_p", OptionKind.Number, Min: 0, Max: 1),
        new("repeat_last_n", OptionKind.WholeNumber, Min: -1, Max: 10_000_000),
        new("presence_penalty", OptionKind.Number, Min: -2, Max: 2),
        new("frequency_penalty", OptionKind.Number, Min: -2, Max: 2),
        new("num_keep", OptionKind.WholeNumber, Min: -1, Max: 10_000_000),
        new("num_batch", OptionKind.WholeNumber, Min: 1, Max: 65_536),
        new("num_gpu", OptionKind.WholeNumber, Min: -1, Max: 10_000),
        new("main_gpu", OptionKind.WholeNumber, Min: 0, Max: 64),
        new("num_thread", OptionKind.WholeNumber, Min: 0, Max: 1024),
        new("use_mmap", OptionKind.Switch),
    ];

    private static readonly Dictionary<string, OptionInfo> ByName = All
        .SelectMany(o => o.Alias is null ? [(o.Name, o)] : new[] { (o.Name, o), (o.Alias, o) })
        .ToDictionary(pair => pair.Item1, pair => pair.o, StringComparer.Ordinal);

    /// <summary>The option with this name, ours or Ollama's; null when there is none.</summary>
    public static OptionInfo? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Checks every option and renames it to Ollama's name. Nulls are left out: they mean "not set here".</summary>
    /// <param name="options">As a client sent them.</param>
    /// <param name="field">Name of the field that holds them, for the problem.</param>
    /// <exception cref="ProblemException">400 naming every option that is unknown, of the wrong type or out of range.</exception>
    public static Dictionary<string, JsonElement>? Normalize(IReadOnlyDictionary<string, JsonElement>? options, string field = "options")
    {
        if (options is null) return null;
        var result = new Dictionary<string, JsonElement>(options.Count, StringComparer.Ordinal);
        List<(string Path, string Message)> wrong = [];
        foreach (var (name, value) in options)
        {
            var path = $"{field}.{name}";
            if (Find(name) is not { } option)
                wrong.Add((path, $"There is no option '{Shorten(name)}'. Known options: {string.Join(", ", All.Select(o => o.PublicName))}."));
            else if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
                continue;
            else if (WhatIsWrong(option, value, path) is { } problem)
                wrong.Add((path, problem));
            else if (!result.TryAdd(option.Name, value))
                wrong.Add((path, $"'{option.Alias}' and '{option.Name}' are the same option; send one of them."));
        }
        if (wrong.Count == 0) return result;
        throw new ProblemException(ProblemCodes.Validation, wrong[0].Message) { Errors = wrong.ToDictionary(w => w.Path, w => new[] { w.Message }) };
    }

    /// <summary>Later layers win: model config, then session, then request.</summary>
    public static Dictionary<string, JsonElement> Merge(params ReadOnlySpan<IReadOnlyDictionary<string, JsonElement>?> layers)
    {
        var result = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            if (layer is null) continue;
            foreach (var (name, value) in layer) result[name] = value;
        }
        return result;
    }

    /// <exception cref="ProblemException">400 naming <paramref name="path"/>.</exception>
    public static void Check(OptionInfo option, JsonElement value, string path)
    {
        if (WhatIsWrong(option, value, path) is { } problem) throw ProblemException.Validation(path, problem);
    }

    private static string? WhatIsWrong(OptionInfo option, JsonElement value, string path)
    {
        var problem = option.Kind switch
        {
            OptionKind.Switch => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "must be true or false",
            OptionKind.Strings => CheckStrings(value),
            _ => CheckNumber(option, value),
        };
        // The name that the caller knows it by: ours or Ollama's.
        return problem is null ? null : $"{path[(path.LastIndexOf('.') + 1)..]} {problem}.";
    }

    private static string? CheckNumber(OptionInfo option, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
            return option.Kind == OptionKind.WholeNumber ? "must be a whole number" : "must be a number";
        if (option.Kind == OptionKind.WholeNumber && !value.TryGetInt64(out _)) return "must be a whole number";
        if (number < option.Min || number > option.Max)
            return string.Create(CultureInfo.InvariantCulture, $"must be between {option.Min} and {option.Max}");
        return option.Name == "num_predict" && number == 0 ? "must not be 0; use -1 for no limit" : null;
    }

    private static string? CheckStrings(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return value.GetString()!.Length is > 0 and <= MaxStopLength ? null : $"must have 1 to {MaxStopLength} characters";
        if (value.ValueKind != JsonValueKind.Array) return "must be a string or a list of strings";
        if (value.GetArrayLength() > MaxStops) return $"must have at most {MaxStops} entries";
        foreach (var item in value.EnumerateArray())
            if (item.ValueKind != JsonValueKind.String || item.GetString()!.Length is 0 or > MaxStopLength)
                return $"must hold strings of 1 to {MaxStopLength} characters";
        return null;
    }

    private static string Shorten(string name) => name.Length <= 60 ? name : name[..60] + "…";
}
