using System.Globalization;
using System.Text;

namespace ChatOllama.ApiService.Chat;

/// <summary>Makes a title from the first words of a session. No model is asked: that would be hidden work.</summary>
public static class Titles
{
    /// <param name="max">Longest title in characters as people count them.</param>
    public static string FromText(string text, int max)
    {
        var line = FirstLine(text);
        var elements = new StringInfo(line);
        if (elements.LengthInTextElements <= max) return line;
        var cut = elements.SubstringByTextElements(0, max - 1);
        var space = cut.LastIndexOf(' ');
        return (space > cut.Length / 2 ? cut[..space] : cut).TrimEnd() + "…";
    }

    /// <summary>The first line with words, its white space folded and control characters gone.</summary>
    private static string FirstLine(string text)
    {
        var line = new StringBuilder(Math.Min(text.Length, 400));
        foreach (var c in text)
        {
            if (line.Length >= 1000) break;
            if (c is '\n' or '\r' && line.Length > 0) break;
            if (char.IsWhiteSpace(c))
            {
                if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
            }
            else if (!char.IsControl(c))
            {
                line.Append(c);
            }
        }
        if (line.Length > 0 && char.IsHighSurrogate(line[^1])) line.Length--;
        return line.ToString().TrimEnd();
    }
}
