using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// Ollama's grammar of names: <c>[[host/]namespace/]model[:tag]</c>. What it would refuse is refused here with the reason; a name never becomes a path or part of a command.
/// </summary>
internal static class ModelNames
{
    private const int MaxLength = 255;
    private const int MaxPart = 80;
    private const string Example = "such as llama3.2:1b or hf.co/user/model:Q4_K_M";

    /// <summary>A name for a model that is to be made.</summary>
    /// <returns>The full name, with its tag.</returns>
    /// <exception cref="ProblemException">400 that names <paramref name="field"/> and says what is wrong.</exception>
    public static string Check(string? name, string field = "name")
    {
        if (string.IsNullOrWhiteSpace(name))
            throw ProblemException.Validation(field, $"{field} is required: the name of a model, {Example}.");
        if (WhyNot(name) is { } reason)
            throw ProblemException.Validation(field, $"{field} must be a name as Ollama writes it, {Example}: {reason}");
        var full = ModelRules.FullName(name);
        return full.Length <= MaxLength ? full : throw ProblemException.Validation(field, $"{field} must have at most {MaxLength} characters with its tag.");
    }

    /// <summary>What Ollama would not take about a name, as the end of a sentence; null when it is fine.</summary>
    public static string? WhyNot(string name)
    {
        if (name.Length > MaxLength)
            return $"it has {name.Length} characters, {MaxLength} are the most.";
        if (name.Contains("://", StringComparison.Ordinal))
            return "it is an address. Leave out what is before the name of the host.";
        var parts = name.Split('/');
        if (parts.Length > 3)
            return "it has more parts than host, namespace and model.";
        var colon = parts[^1].IndexOf(':');
        var (model, tag) = colon < 0 ? (parts[^1], null) : (parts[^1][..colon], parts[^1][(colon + 1)..]);
        if (tag is not null && WhyNotPart("tag", tag, "._-") is { } badTag)
            return badTag;
        if (WhyNotPart("model", model, "._-") is { } badModel)
            return badModel;
        if (parts.Length > 1 && WhyNotPart("namespace", parts[^2], "_-") is { } badNamespace)
            return parts.Length == 2 && parts[0].Contains('.') ? badNamespace + " A host is followed by two parts, as in hf.co/user/model." : badNamespace;
        return parts.Length == 3 ? WhyNotPart("host", parts[0], "._-:", MaxLength) : null;
    }

    private static string? WhyNotPart(string what, string part, string marks, int most = MaxPart)
    {
        if (part.Length == 0)
            return $"its {what} is empty.";
        if (part.Length > most)
            return $"its {what} has {part.Length} characters, {most} are the most.";
        foreach (var c in part)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !marks.Contains(c))
                return $"its {what} has {Show(c)} in it; letters, digits and {string.Join(' ', marks.ToCharArray())} are possible.";
        }
        return char.IsAsciiLetterOrDigit(part[0]) || part[0] == '_' ? null : $"its {what} begins with {Show(part[0])} and must begin with a letter, a digit or _.";
    }

    private static string Show(char c) => c switch
    {
        ' ' => "a blank",
        _ when char.IsControl(c) || char.IsSurrogate(c) || char.IsWhiteSpace(c) => $"the character U+{(int)c:X4}",
        _ => $"'{c}'",
    };
}
