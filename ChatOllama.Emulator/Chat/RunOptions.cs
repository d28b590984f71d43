using System.Text.Json;
using ChatOllama.Emulator.Running;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>The <c>options</c> of a request, as far as they change what the emulator does. The others are checked for their type; unknown ones are ignored.</summary>
internal sealed record RunOptions(int? ContextLength, int? MaxTokens, long? Seed, IReadOnlyList<string> Stop, int? Gpu, int? Batch, int? Thread, int? MainGpu, bool? Mmap)
{
    private const int LeastContext = 4;

    private static readonly string[] s_integers =
        ["num_keep", "seed", "num_predict", "top_k", "repeat_last_n", "num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread"];

    private static readonly string[] s_floats =
        ["top_p", "min_p", "typical_p", "temperature", "repeat_penalty", "presence_penalty", "frequency_penalty"];

    /// <summary>What a model's own parameters say first, and a request's options over them.</summary>
    public static RunOptions Read(JsonElement? options, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        var values = new Dictionary<string, JsonElement>();
        foreach (var parameter in parameters) values[parameter.Key] = JsonElement.Parse(parameter.Value);
        foreach (var option in options?.EnumerateObject() ?? default)
        {
            if (option.Value.ValueKind == JsonValueKind.Null) continue;
            Check(option.Name, option.Value);
            values[option.Name] = option.Value;
        }
        return new RunOptions(Int("num_ctx") is { } context ? Math.Max(LeastContext, context) : null, Int("num_predict"), Number("seed"), Texts("stop"), Int("num_gpu"), Int("num_batch"), Int("num_thread"), Int("main_gpu"), Bool("use_mmap"));

        long? Number(string name) => values.TryGetValue(name, out var value) ? (long)value.GetDouble() : null;
        int? Int(string name) => (int?)Number(name);
        bool? Bool(string name) => values.TryGetValue(name, out var value) ? value.GetBoolean() : null;
        string[] Texts(string name) => !values.TryGetValue(name, out var value) ? []
            : value.ValueKind == JsonValueKind.String ? [value.GetString()!] : [.. value.EnumerateArray().Select(item => item.GetString()!)];
    }

    public LoadKey LoadKey(int defaultContext, bool? shift) => new(ContextLength ?? defaultContext, Gpu, Batch, Thread, MainGpu, Mmap, shift);

    private static void Check(string name, JsonElement value)
    {
        var kind = value.ValueKind;
        var expected =
            s_integers.Contains(name) && kind != JsonValueKind.Number ? "integer"
            : s_floats.Contains(name) && kind != JsonValueKind.Number ? "float32"
            : name == "use_mmap" && kind is not (JsonValueKind.True or JsonValueKind.False) ? "boolean"
            : name == "stop" && !IsTexts(value) ? "array"
            : null;
        if (expected is not null) throw new WireError(500, $"option \"{name}\" must be of type {expected}");
    }

    private static bool IsTexts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String);
}
