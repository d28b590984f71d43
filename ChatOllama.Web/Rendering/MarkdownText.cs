using System.Text;
using Markdig;
using Markdig.Syntax;
using Microsoft.AspNetCore.Components;

namespace ChatOllama.Web.Rendering;

/// <summary>Renders whole texts. Thread-safe.</summary>
public static class MarkdownText
{
    /// <summary>Safe HTML of a finished text.</summary>
    public static MarkupString ToMarkup(string? text) => new(ToHtml(text ?? ""));

    /// <summary>HTML of a text that is still being written, as the live view would show it at this moment.</summary>
    public static MarkupString ToUnfinishedMarkup(string? text)
    {
        var renderer = new IncrementalRenderer();
        renderer.Append(text ?? "");
        return new MarkupString(renderer.SealedHtml + renderer.TailHtml);
    }

    public static string ToHtml(string text) => Render(new ChatHtmlRenderer(), text.Replace("\r", "", StringComparison.Ordinal));

    internal static string Render(ChatHtmlRenderer html, string text)
    {
        if (text.Length == 0) return "";
        return TryParse(text) is { } document ? html.ToHtml(document, 0, document.Count, final: true) : Plain(text);
    }

    /// <summary>Null for a text nested deeper than the parser's limit: nobody means that, and it would cost the stack.</summary>
    internal static MarkdownDocument? TryParse(string text)
    {
        try
        {
            return Markdown.Parse(text, MarkdownPipelines.Chat);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The text as it is, where Markdown cannot be had.</summary>
    internal static string Plain(string text)
    {
        var html = new StringBuilder("<pre class=\"plain\">");
        Highlighter.AppendEscaped(html, text);
        return html.Append("</pre>\n").ToString();
    }
}
