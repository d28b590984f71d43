using System.Text.RegularExpressions;

namespace ChatOllama.Emulator.Models;

/// <summary>Names of models: <c>[host/][namespace/]model[:tag]</c>; without a tag, <c>latest</c> is meant.</summary>
internal static partial class ModelName
{
    public static bool IsValid(string name) => Pattern().IsMatch(name);

    public static string Full(string name) => name.LastIndexOf(':') > name.LastIndexOf('/') ? name : name + ":latest";

    /// <summary>A model in Ollama's cloud, which the emulator has none of.</summary>
    public static bool IsCloud(string name) => name.EndsWith("-cloud", StringComparison.OrdinalIgnoreCase) || name.EndsWith(":cloud", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^([A-Za-z0-9_][A-Za-z0-9_.\-]*(:\d+)?/)?([A-Za-z0-9_][A-Za-z0-9_.\-]*/)?[A-Za-z0-9_][A-Za-z0-9_.\-]*(:[A-Za-z0-9_][A-Za-z0-9_.\-]*)?$")]
    private static partial Regex Pattern();
}
