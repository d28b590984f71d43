using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Models;

/// <summary>A number of a model's config as its form shows it. The api has the last word on the range; a test holds the two against each other.</summary>
internal sealed record NumberSetting(string Name, double Min, double Max, bool IsWhole, double Example, Func<string> Label, Func<string> Help)
{
    /// <summary>Ollama loads the model again when it changes.</summary>
    public bool Reloads { get; init; }

    /// <summary>Nobody needs to be told that a number may be ten million.</summary>
    public string? Range => Max >= ModelSettings.NoLimit ? null : Words.Fill(ModelTexts.Range, TypedNumber.Show(Min), TypedNumber.Show(Max));
}

/// <summary>What stands in the fields of a form by their names, and what is wrong with it.</summary>
public sealed record FormFields(IReadOnlyDictionary<string, string> Values, IReadOnlyDictionary<string, string> Errors)
{
    public static readonly FormFields Empty = new(new Dictionary<string, string>(), new Dictionary<string, string>());

    public string this[string name] => Values.GetValueOrDefault(name, "");

    public string? Error(string name) => Errors.GetValueOrDefault(name);
}

/// <summary>The form of a model's config: what it shows, and how what was typed becomes an update. Empty is always the model's own default.</summary>
internal static class ModelSettings
{
    public const double NoLimit = 10_000_000;
    public const string CustomExample = """{"seed": 42, "min_p": 0.05}""";

    /// <summary>What <c>custom_options</c> takes; the others have a field of their own.</summary>
    public const string CustomNames =
        "min_p, seed, stop, typical_p, repeat_last_n, presence_penalty, frequency_penalty, num_keep, num_batch, num_gpu, main_gpu, num_thread, use_mmap";

    public static readonly IReadOnlyList<NumberSetting> Numbers =
    [
        new("temperature", 0, 2, false, 0.7, () => ModelTexts.Temperature, () => ModelTexts.TemperatureHelp),
        new("top_p", 0, 1, false, 0.9, () => ModelTexts.TopP, () => ModelTexts.TopPHelp),
        new("top_k", 0, 1000, true, 40, () => ModelTexts.TopK, () => ModelTexts.TopKHelp),
        new("repeat_penalty", 0, 2, false, 1.1, () => ModelTexts.RepeatPenalty, () => ModelTexts.RepeatPenaltyHelp),
        new("context_length", 1, NoLimit, true, 8192, () => ModelTexts.ContextLength, () => ModelTexts.ContextLengthHelp) { Reloads = true },
        new("max_tokens", -2, NoLimit, true, 2048, () => ModelTexts.MaxTokens, () => ModelTexts.MaxTokensHelp),
    ];

    public static IReadOnlyList<(string Value, string Label)> ThinkChoices =>
        [("true", ModelTexts.ThinkOn), ("false", ModelTexts.ThinkOff), ("low", ModelTexts.ThinkLow), ("medium", ModelTexts.ThinkMedium), ("high", ModelTexts.ThinkHigh), ("max", ModelTexts.ThinkMax)];

    /// <summary>The config with what the update changes of those settings that Ollama loads a model for.</summary>
    public static ModelConfigView Apply(ModelConfigView now, UpdateModelConfigRequest update) => now with
    {
        ContextLength = update.ContextLength.Or(now.ContextLength),
        CustomOptions = update.CustomOptions.Or(now.CustomOptions),
    };

    public static FormFields Show(ModelConfigView config) => new(new Dictionary<string, string>
    {
        ["temperature"] = Text(config.Temperature),
        ["top_p"] = Text(config.TopP),
        ["top_k"] = Text(config.TopK),
        ["repeat_penalty"] = Text(config.RepeatPenalty),
        ["context_length"] = Text(config.ContextLength),
        ["max_tokens"] = Text(config.MaxTokens),
        ["system_prompt"] = config.SystemPrompt ?? "",
        ["keep_alive"] = config.KeepAlive?.ToString() ?? "",
        ["think"] = config.Think?.ToString().ToLowerInvariant() ?? "",
        ["custom_options"] = config.CustomOptions is { Count: > 0 } options ? Indented(options) : "",
    }, FormFields.Empty.Errors);

    /// <summary>The update that the fields ask for, whole: a field that is empty or missing is the default again. Only where there are no errors may it be sent.</summary>
    public static (UpdateModelConfigRequest Update, FormFields Fields) Read(IFormCollection form)
    {
        var values = form.Where(field => !field.Key.StartsWith('_')).ToDictionary(field => field.Key, field => field.Value.ToString().ReplaceLineEndings("\n"));
        var errors = new Dictionary<string, string>();
        var update = new UpdateModelConfigRequest
        {
            Temperature = Number("temperature"),
            TopP = Number("top_p"),
            TopK = (int?)Number("top_k"),
            RepeatPenalty = Number("repeat_penalty"),
            ContextLength = (int?)Number("context_length"),
            MaxTokens = (int?)Number("max_tokens"),
            SystemPrompt = string.IsNullOrWhiteSpace(values.GetValueOrDefault("system_prompt")) ? null : values["system_prompt"],
            KeepAlive = Word("keep_alive"),
            Think = Word("think"),
            CustomOptions = Options(),
        };
        return (update, new FormFields(values, errors));

        double? Number(string name)
        {
            var setting = Numbers.First(number => number.Name == name);
            if (Trimmed(name) is not { } text) return null;
            var (value, error) = Check(setting, text);
            if (error is not null) errors[name] = error;
            return value;
        }

        // A number or true and false are themselves; everything else is a word.
        JsonElement? Word(string name) => Trimmed(name) is not { } text ? null
            : IsJson(text, out var json) && json.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? json
            : JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");

        Dictionary<string, JsonElement>? Options()
        {
            if (Trimmed("custom_options") is not { } text) return null;
            if (IsJson(text, out var json) && json.ValueKind == JsonValueKind.Object) return json.Deserialize(ContractsJson.Default.DictionaryStringJsonElement);
            errors["custom_options"] = Words.Fill(ModelTexts.ErrorJson, CustomExample);
            return null;
        }

        string? Trimmed(string name) => values.GetValueOrDefault(name)?.Trim() is { Length: > 0 } text ? text : null;
    }

    /// <summary>
    /// What the api refused, beside its field, in the visitor's language where the field can have one thing wrong only; null where it is about no field.
    /// </summary>
    public static FormFields? WithRefusal(FormFields fields, Problem problem)
    {
        var errors = (problem.Errors ?? []).Select(error => (Field: error.Key.Split('.')[0], Said: string.Join(' ', error.Value))).Where(error => Knows(error.Field)).ToList();
        return errors.Count == 0 ? null : fields with { Errors = errors.DistinctBy(error => error.Field).ToDictionary(error => error.Field, error => Explain(error.Field, error.Said)) };
    }

    private static bool Knows(string field) => Numbers.Any(number => number.Name == field) || field is "system_prompt" or "keep_alive" or "think" or "custom_options";

    private static string Explain(string field, string said) => field switch
    {
        "keep_alive" => ModelTexts.ErrorKeepAlive,
        "think" => ModelTexts.ErrorChoice,
        _ => said,
    };

    private static (double? Value, string? Error) Check(NumberSetting setting, string text)
    {
        if (TypedNumber.Read(text, setting.IsWhole) is not { } value)
            return (null, Words.Fill(setting.IsWhole ? ModelTexts.ErrorWhole : ModelTexts.ErrorNumber, setting.Example));
        if (setting.IsWhole && value != Math.Floor(value)) return (null, Words.Fill(ModelTexts.ErrorWhole, setting.Example));
        if (value < setting.Min || value > setting.Max) return (null, Words.Fill(ModelTexts.ErrorRange, TypedNumber.Show(setting.Min), TypedNumber.Show(setting.Max)));
        return setting.Name == "max_tokens" && value == 0 ? (null, ModelTexts.ErrorZero) : (value, null);
    }

    private static bool IsJson(string text, out JsonElement json)
    {
        try
        {
            json = JsonElement.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            json = default;
            return false;
        }
    }

    private static string Text(double? value) => value?.ToString(CultureInfo.CurrentCulture) ?? "";

    private static string Indented(Dictionary<string, JsonElement> options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            JsonSerializer.Serialize(writer, options, ContractsJson.Default.DictionaryStringJsonElement);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
