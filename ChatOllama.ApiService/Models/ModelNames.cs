using System.Text.RegularExpressions;
using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Models;

/// <summary>Ollama's grammar of names: <c>[[host/]namespace/]model[:tag]</c>.</summary>
internal static partial class ModelNames
{
    private const int MaxLength = 255;

    /// <returns>The full name, with its tag.</returns>
    /// <exception cref="ProblemException">400 that names <paramref name="field"/>.</exception>
    public static string Check(string? name, string field = "name")
    {
        if (string.IsNullOrWhiteSpace(name))
            throw ProblemException.Validation(field, $"{field} is required: the name of a model, such as llama3.2:1b.");
        var full = name.Length <= MaxLength && Pattern().IsMatch(name) ? ModelRules.FullName(name) : "";
        return full.Length is > 0 and <= MaxLength ? full : throw ProblemException.Validation(field,
            $"{field} must be a name as Ollama writes it, such as llama3.2:1b or hf.co/user/model:Q4_K_M: letters, digits and . _ - in parts between slashes, without https://, at most {MaxLength} characters.");
    }

    [GeneratedRegex(@"\A(?:(?:[A-Za-z0-9_][A-Za-z0-9_.:-]*/)?[A-Za-z0-9_][A-Za-z0-9_-]{0,79}/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,79})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
