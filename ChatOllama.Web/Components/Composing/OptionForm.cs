using System.Text.Json;
using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Composing;

/// <summary>One option that people may set, with its range for the page. The api has the last word on every value.</summary>
public sealed record OptionField(string Name, Func<string> Label, Func<string> Help, double Min, double Max, bool IsWhole = false, bool IsList = false, string? OllamaName = null)
{
    /// <summary>Field of a form.</summary>
    public string Field => OptionForm.Prefix + Name;

    /// <summary>What is stored and sent.</summary>
    public string Stored => OllamaName ?? Name;

    public static IReadOnlyList<OptionField> All { get; } =
    [
        new("temperature", () => ComposerTexts.LabelTemperature, () => ComposerTexts.HelpTemperature, 0, 2),
        new("context_length", () => ComposerTexts.LabelContextLength, () => ComposerTexts.HelpContextLength, 1, 10_000_000, IsWhole: true, OllamaName: "num_ctx"),
        new("max_tokens", () => ComposerTexts.LabelMaxTokens, () => ComposerTexts.HelpMaxTokens, -2, 10_000_000, IsWhole: true, OllamaName: "num_predict"),
        new("top_p", () => ComposerTexts.LabelTopP, () => ComposerTexts.HelpTopP, 0, 1),
        new("top_k", () => ComposerTexts.LabelTopK, () => ComposerTexts.HelpTopK, 0, 1000, IsWhole: true),
        new("min_p", () => ComposerTexts.LabelMinP, () => ComposerTexts.HelpMinP, 0, 1),
        new("repeat_penalty", () => ComposerTexts.LabelRepeatPenalty, () => ComposerTexts.HelpRepeatPenalty, 0, 2),
        new("seed", () => ComposerTexts.LabelSeed, () => ComposerTexts.HelpSeed, int.MinValue, int.MaxValue, IsWhole: true),
        new("stop", () => ComposerTexts.LabelStop, () => ComposerTexts.HelpStop, 0, 0, IsList: true),
    ];
}

/// <summary>System prompt and options as they stand in a form: text, also where it is no number. Empty is not set.</summary>
public sealed record OptionForm
{
    public const string Prefix = "o.";
    public const string SystemPromptField = Prefix + "system_prompt";

    public string SystemPrompt { get; init; } = "";

    /// <summary>By the public names.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    public bool IsEmpty => SystemPrompt.Length == 0 && Values.Count == 0;

    public static OptionForm Read(IFormCollection form) => new()
    {
        SystemPrompt = form[SystemPromptField].ToString().ReplaceLineEndings("\n").Trim(),
        Values = OptionField.All.Select(option => (option.Name, Text: form[option.Field].ToString().ReplaceLineEndings("\n").Trim()))
            .Where(value => value.Text.Length > 0).ToDictionary(value => value.Name, value => value.Text),
    };

    /// <summary>What a session says now.</summary>
    public static OptionForm Of(SessionDetail session) => new()
    {
        SystemPrompt = session.SystemPrompt ?? "",
        Values = OptionField.All.Where(option => session.Options?.ContainsKey(option.Stored) == true)
            .ToDictionary(option => option.Name, option => Shown(session.Options![option.Stored])),
    };

    /// <summary>For the api; options that this form does not show stay as they are.</summary>
    public Dictionary<string, JsonElement> ToOptions(IReadOnlyDictionary<string, JsonElement>? now = null)
    {
        var options = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in now ?? new Dictionary<string, JsonElement>())
            if (!OptionField.All.Any(option => option.Stored == name)) options[name] = value;
        foreach (var option in OptionField.All)
            if (Values.TryGetValue(option.Name, out var text)) options[option.Name] = Value(option, text);
        return options;
    }

    /// <summary>What is wrong, by option; in the visitor's language where it is a range.</summary>
    public static IReadOnlyDictionary<string, string> ErrorsOf(Problem? problem)
    {
        var errors = new Dictionary<string, string>();
        foreach (var (path, messages) in problem?.Errors ?? [])
        {
            var name = path[(path.LastIndexOf('.') + 1)..];
            if (name == "system_prompt") errors[name] = messages[0];
            else if (OptionField.All.FirstOrDefault(option => option.Name == name || option.Stored == name) is { } option)
                errors[option.Name] = option.IsList ? messages[0] : Words.Fill(option.IsWhole ? ComposerTexts.ErrorRangeWhole : ComposerTexts.ErrorRange, TypedNumber.Show(option.Min), TypedNumber.Show(option.Max));
        }
        return errors;
    }

    /// <summary>A value as a field shows it.</summary>
    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join('\n', value.EnumerateArray().Select(item => item.ToString())),
        _ => value.GetRawText(),
    };

    /// <summary>What is no number goes to the api as text: it says what is wrong with it.</summary>
    private static JsonElement Value(OptionField option, string text)
    {
        if (option.IsList) return JsonSerializer.SerializeToElement(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), ContractsJson.Default.StringArray);
        return TypedNumber.Read(text, option.IsWhole) is { } value
            ? JsonSerializer.SerializeToElement(value, ContractsJson.Default.Double)
            : JsonSerializer.SerializeToElement(text, ContractsJson.Default.String);
    }
}
