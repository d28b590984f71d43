using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Composing;

/// <summary>What a composer needs to know of a model.</summary>
internal static class ModelFacts
{
    public static bool Sees(ModelView model) => model.Capabilities.Contains("vision");

    public static bool Thinks(ModelView model) => model.Capabilities.Contains("thinking");

    /// <summary>Ollama takes a level for every thinking model, but only the gpt-oss family thinks more or less by it; others only think.</summary>
    public static bool TakesLevels(ModelView model) => Thinks(model) && (model.Family is "gptoss" or "gpt-oss" || model.Name.Contains("gpt-oss", StringComparison.OrdinalIgnoreCase));

    /// <summary>A line for people who cannot see the list of models, only its entries.</summary>
    public static string Line(ModelView model) => string.Join(" · ", new[] { model.DisplayName }.Concat(Details(model)));

    /// <summary>What is worth knowing when one chooses.</summary>
    public static IEnumerable<string> Details(ModelView model)
    {
        foreach (var ability in Words.Abilities(model)) yield return ability;
        if (model.Size > 0) yield return Words.Bytes(model.Size);
        if (model.ContextLength is { } context) yield return Words.Fill(ComposerTexts.Context, Words.Tokens(context));
        if (model.IsLoaded) yield return ComposerTexts.InMemory;
    }
}
