using System.Net;
using System.Text;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// Open WebUI writes thoughts and calls of tools into the text of an answer, as HTML blocks: <c>&lt;details type="reasoning" …&gt;&lt;summary&gt;…&lt;/summary&gt; &gt; escaped lines&lt;/details&gt;</c>.
/// </summary>
internal static class DetailsBlocks
{
    private const string Open = "<details type=\"";
    private const string Close = "</details>";
    private const string SummaryEnd = "</summary>";

    /// <returns>The text without the blocks, and the thoughts.</returns>
    public static (string Content, string? Thinking) Take(string text, string place, ImportNotes notes)
    {
        if (!text.Contains(Open, StringComparison.Ordinal))
            return (text, null);
        var content = new StringBuilder(text.Length);
        var thinking = new StringBuilder();
        var at = 0;
        while (text.IndexOf(Open, at, StringComparison.Ordinal) is >= 0 and var begin && text.IndexOf(Close, begin, StringComparison.Ordinal) is >= 0 and var end)
        {
            content.Append(text, at, begin - at);
            at = end + Close.Length;
            var block = text[begin..end];
            if (block.AsSpan(Open.Length).StartsWith("reasoning\"", StringComparison.Ordinal))
                thinking.Append(thinking.Length == 0 ? "" : "\n\n").Append(Thoughts(block));
            else if (block.AsSpan(Open.Length).StartsWith("tool_calls\"", StringComparison.Ordinal) || block.AsSpan(Open.Length).StartsWith("code_interpreter\"", StringComparison.Ordinal))
                notes.Add(ImportWarnings.UnknownPart, place);
            else
                content.Append(block).Append(Close);
        }
        content.Append(text, at, text.Length - at);
        return (content.ToString().Trim(), thinking.Length == 0 ? null : thinking.ToString());
    }

    /// <summary>The lines as they were, without the mark of a quotation before each.</summary>
    private static string Thoughts(string block)
    {
        var begin = block.IndexOf(SummaryEnd, StringComparison.Ordinal) is >= 0 and var summary ? summary + SummaryEnd.Length : block.IndexOf('>') + 1;
        var lines = WebUtility.HtmlDecode(block[begin..]).Trim().Split('\n');
        return string.Join('\n', lines.Select(line => line.StartsWith("> ", StringComparison.Ordinal) ? line[2..] : line == ">" ? "" : line)).Trim();
    }
}
