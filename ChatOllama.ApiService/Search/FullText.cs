using System.Text;

namespace ChatOllama.ApiService.Search;

/// <summary>Makes a full-text query of what a person typed.</summary>
internal static class FullText
{
    private const int MaxTerms = 16;

    /// <summary>
    /// <c>foo "bar* OR</c> → <c>"foo"* """bar*"* "OR"*</c>: every word is a quoted phrase, so nothing in it is an operator, and matches as a prefix;
    /// all must match. Null when no word has a letter or digit: there is nothing to look for then.
    /// </summary>
    public static string? Match(string text)
    {
        var query = new StringBuilder();
        var terms = 0;
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!word.Any(char.IsLetterOrDigit) && !word.EnumerateRunes().Any(Rune.IsLetterOrDigit))
                continue;
            if (++terms > MaxTerms)
                break;
            // SQLite ends a text at a NUL.
            query.Append('"').Append(word.Replace("\0", "", StringComparison.Ordinal).Replace("\"", "\"\"", StringComparison.Ordinal)).Append("\"* ");
        }
        return terms == 0 ? null : query.ToString().TrimEnd();
    }
}
