using System.Text;
using Markdig;
using Markdig.Syntax;
using Microsoft.AspNetCore.Components;

namespace ChatOllama.Web.Rendering;

/// <summary>Renders whole texts. Thread-safe.</summary>
public static class MarkdownText
{
    private const int MaxDepth = 128;

    /// <summary>Safe HTML of a finished text.</summary>
    public static MarkupString ToMarkup(string? text) => new(ToHtml(text ?? ""));

    /// <summary>HTML of a text that is still being written, as the live view would show it at this moment.</summary>
    public static MarkupString ToUnfinishedMarkup(string? text)
    {
        var renderer = new IncrementalRenderer();
        renderer.Append(text ?? "");
        return new MarkupString(renderer.SealedHtml + renderer.TailHtml);
    }

    public static string ToHtml(string text) => Render(new DocumentWriter(), text.Replace("\r", "", StringComparison.Ordinal));

    internal static string Render(DocumentWriter html, string text)
    {
        if (text.Length == 0) return "";
        return TryParse(text) is { } document ? html.ToHtml(document, text, 0, document.Count, final: true) : Plain(text);
    }

    /// <summary>Null for a text nested deeper than the parser's limit: nobody means that, and it would cost the stack.</summary>
    internal static MarkdownDocument? TryParse(string text)
    {
        if (IsTooDeep(text)) return null;
        try
        {
            return Markdown.Parse(text, MarkdownPipelines.Chat);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The parser would find out itself, in quadratic time.</summary>
    private static bool IsTooDeep(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
            if (line.Length > MaxDepth && Markers(line) > MaxDepth) return true;
        return false;
    }

    /// <summary>How many quote and list markers a line begins with.</summary>
    private static int Markers(ReadOnlySpan<char> line)
    {
        for (var count = 0; ; count++)
        {
            line = line.TrimStart(" \t");
            var digits = line.Length - line.TrimStart("0123456789").Length;
            var marker = line is ['>' or '-' or '*' or '+', ..] ? 1 : digits is > 0 and < 10 && line.Length > digits && line[digits] is '.' or ')' ? digits + 1 : 0;
            if (marker == 0) return count;
            line = line[marker..];
        }
    }

    /// <summary>The text as it is, where Markdown cannot be had.</summary>
    internal static string Plain(ReadOnlySpan<char> text)
    {
        var html = new StringBuilder("<pre class=\"plain\">");
        Highlighter.AppendEscaped(html, text);
        return html.Append("</pre>\n").ToString();
    }
}
