using System.Globalization;
using System.Text;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Export;

/// <summary>Writes the active branch of a session as Markdown for people: who said what, when, and how it ended.</summary>
internal sealed class MarkdownExport(ExportSource source, TimeProvider time)
{
    public async Task WriteAsync(Stream output, string userId, SessionDetail session, CancellationToken cancellation)
    {
        await using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        await text.WriteAsync($"# {Escape(session.Title)}\n\n*{Stamp(session.CreatedAt)} to {Stamp(session.UpdatedAt)}, exported from ChatOllama {Stamp(time.GetUtcNow().UtcDateTime)}*\n");
        await foreach (var page in source.BranchAsync(userId, session.Id, cancellation))
        {
            foreach (var message in page)
                await text.WriteAsync(Render(message).AsMemory(), cancellation);
            await text.FlushAsync(cancellation);
        }
    }

    internal static string Render(MessageView message)
    {
        var text = new StringBuilder();
        var who = message.Role == "user" ? "You" : Escape(message.Model ?? "Assistant");
        text.Append(CultureInfo.InvariantCulture, $"\n---\n\n## {who} · {Stamp(message.CreatedAt)}\n\n");
        if (!string.IsNullOrWhiteSpace(message.Thinking))
            text.Append("> **Thinking**\n>\n").Append(Quote(message.Thinking)).Append("\n\n");
        if (message.Content.Length > 0)
            text.Append(Whole(message.Content.ReplaceLineEndings("\n"))).Append('\n');
        foreach (var attachment in message.Attachments ?? [])
            text.Append(CultureInfo.InvariantCulture, $"\n*Attached: {Escape(attachment.Name)} ({attachment.MediaType}, {attachment.Size:#,0} bytes)*\n");
        if (Ending(message) is { } ending)
            text.Append(CultureInfo.InvariantCulture, $"\n*{Escape(ending)}*\n");
        return text.ToString();
    }

    private static string? Ending(MessageView message) => message.Status switch
    {
        MessageStatuses.Failed => "Failed: " + (message.Problem?.Detail ?? "no reason is known").ReplaceLineEndings(" "),
        MessageStatuses.Stopped => "Stopped before its end",
        MessageStatuses.Interrupted => "Interrupted before its end",
        MessageStatuses.Queued or MessageStatuses.Generating => "Still being written when this was exported",
        _ when message.FinishReason == "length" => "Cut off by the length limit",
        _ => null,
    };

    private static string Stamp(DateTime when) => when.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Quote(string text) => "> " + text.ReplaceLineEndings("\n").TrimEnd('\n').Replace("\n", "\n> ", StringComparison.Ordinal);

    /// <summary>An answer that was cut off inside a code fence would make code of everything behind it.</summary>
    private static string Whole(string content)
    {
        string? open = null;
        foreach (var line in content.AsSpan().EnumerateLines())
        {
            var start = line.TrimStart(' ');
            if (start.Length == 0 || line.Length - start.Length > 3 || start[0] is not ('`' or '~'))
                continue;
            var length = start.IndexOfAnyExcept(start[0]) is var end and >= 0 ? end : start.Length;
            if (open is null && length >= 3 && !(start[0] == '`' && start[length..].Contains('`')))
                open = new string(start[0], length);
            else if (open is not null && start[0] == open[0] && length >= open.Length && start[length..].IsWhiteSpace())
                open = null;
        }
        return open is null ? content : $"{content.TrimEnd('\n')}\n{open}";
    }

    /// <summary>Words that stand for themselves, whatever is in them.</summary>
    private static string Escape(string words)
    {
        var text = new StringBuilder(words.Length);
        foreach (var c in words)
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '|' or '~')
                text.Append('\\');
            text.Append(c);
        }
        return text.ToString();
    }
}
