using System.Text.Json;

namespace ChatOllama.Contracts;

/// <summary>Which settings Ollama can change only by loading a model anew, which takes seconds to minutes and waits for running answers.</summary>
public static class ModelReload
{
    /// <summary>Ollama's names; <c>num_ctx</c> is <c>context_length</c> here.</summary>
    public static IReadOnlyList<string> Options { get; } = ["num_ctx", "num_gpu", "num_batch", "num_thread", "use_mmap", "main_gpu"];

    /// <summary>The fields of a changed config that make a loaded model load again with the next message; none when it is not loaded.</summary>
    /// <param name="before">The config so far.</param>
    /// <param name="after">The config as it is to be.</param>
    /// <param name="loaded">The model in memory; null when it is not.</param>
    public static IReadOnlyList<string> Fields(ModelConfigView before, ModelConfigView after, RunningModel? loaded)
    {
        var fields = new List<string>();
        if (loaded is null)
            return fields;
        // What counts is what runs: a length that was set and never used may be the one that is set now.
        if (after.ContextLength is { } length ? length != (loaded.ContextLength ?? before.ContextLength) : before.ContextLength is not null && before.ContextLength == loaded.ContextLength)
            fields.Add("context_length");
        fields.AddRange(Options.Skip(1).Where(name => Text(before, name) != Text(after, name)));
        return fields;
    }

    private static string? Text(ModelConfigView config, string option) =>
        config.CustomOptions is { } options && options.TryGetValue(option, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetRawText() : null;
}
