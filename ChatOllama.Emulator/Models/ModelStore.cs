using ChatOllama.Emulator.Control;

namespace ChatOllama.Emulator.Models;

/// <summary>The models on the emulator's disk, so to speak. Thread-safe; lost at the end of the process.</summary>
internal sealed class ModelStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, EmulatedModel> _models = new(StringComparer.OrdinalIgnoreCase);

    public ModelStore(EmulatorOptions options)
    {
        var minutes = 0;
        // The newest is listed first, and the first is what a client takes as its default.
        foreach (var model in BuiltIn(options)) Put(model with { ModifiedAt = model.ModifiedAt.AddMinutes(-minutes++) });
    }

    public EmulatedModel? Find(string name)
    {
        lock (_lock) return _models.GetValueOrDefault(ModelName.Full(name));
    }

    public void Put(EmulatedModel model)
    {
        lock (_lock) _models[model.Name] = model;
    }

    public bool Remove(string name)
    {
        lock (_lock) return _models.Remove(ModelName.Full(name));
    }

    /// <summary>Newest second first, within a second by name, as Ollama lists them.</summary>
    public IReadOnlyList<EmulatedModel> List()
    {
        lock (_lock)
            return [.. _models.Values.OrderByDescending(model => model.ModifiedAt.ToUnixTimeSeconds()).ThenBy(model => model.Name, StringComparer.Ordinal)];
    }

    private static IEnumerable<EmulatedModel> BuiltIn(EmulatorOptions options)
    {
        yield return EmulatedModel.Talker("demo");
        yield return EmulatedModel.Thinker("demo-think");
        yield return EmulatedModel.Seer("demo-vision");
        yield return EmulatedModel.Embedder("demo-embed");
        foreach (var (name, model) in options.Models)
        {
            if (name.StartsWith("demo", StringComparison.OrdinalIgnoreCase)) continue;
            yield return model.Kind == ModelKind.Embed ? EmulatedModel.Embedder(name) : EmulatedModel.Talker(name, model.Kind);
        }
        if (!options.Faults) yield break;
        foreach (var fault in Faults.Names) yield return EmulatedModel.Talker(fault);
    }
}
