using System.Text;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// The conversation export of LibreChat: <c>{conversationId, title, endpoint, options, recursive, messages}</c>, where <c>messages</c> is a list with
/// <c>parentMessageId</c>, or nested by <c>children</c>. Which branch was shown is not in it: the newest message is.
/// </summary>
internal sealed class LibreChatFormat(ImportFile file, IReadOnlyList<string?> names) : ForeignFormat(file, names)
{
    private const string NoParent = "00000000-0000-0000-0000-000000000000";

    /// <summary>Of <c>options</c>, what is no option of a model, or says nothing.</summary>
    private static readonly string[] NoOptions =
    [
        "presetId", "model", "chatGptLabel", "modelLabel", "promptPrefix", "system", "resendFiles", "imageDetail", "endpoint", "endpointType", "title", "tags", "greeting", "iconURL", "spec",
        "conversationId", "agent_id", "assistant_id", "maxContextTokens", "promptCache", "thinking", "thinkingBudget", "web_search", "artifacts", "agentOptions", "tools", "key",
    ];

    public override string Source => ImportSources.LibreChat;

    protected override Task<ForeignSession> ReadAsync(Piece conversation, ImportNotes notes, CancellationToken cancellation) => Task.FromResult(Read(conversation, notes));

    private static ForeignSession Read(Piece conversation, ImportNotes notes)
    {
        var options = conversation.Find("options");
        return new ForeignSession
        {
            Place = conversation.Place,
            Key = conversation.Text("conversationId"),
            Title = conversation.Text("title"),
            SystemPrompt = options?.Text("promptPrefix") ?? options?.Text("system"),
            OptionsJson = Options(options, NoOptions, notes),
            Tags = [.. (options?.Items("tags") ?? []).Select(t => t.AsText())],
            Nodes = Nodes(conversation.Find("messagesTree") ?? conversation.Need("messages"), notes),
        };
    }

    /// <summary>Nested or flat: a message that lies inside another one is its child, whatever else it says. By hand, because it may be nested as deep as it is long.</summary>
    private static List<ForeignNode> Nodes(Piece messages, ImportNotes notes)
    {
        var nodes = new List<ForeignNode>();
        var waiting = new Stack<(Piece Message, string? Parent)>(messages.Items().Select(m => (m, (string?)null)).Reverse());
        while (waiting.TryPop(out var next))
        {
            var key = next.Message.Text("messageId") ?? $"#{nodes.Count}";
            // The whole way down would be longer than the file.
            var message = next.Parent is null ? next.Message : next.Message with { Place = $"{messages.Place}…['{(key.Length <= 80 ? key : key[..80] + "…")}']" };
            nodes.Add(Node(key, next.Parent, message, notes));
            foreach (var child in message.Items("children").Reverse())
                waiting.Push((child, key));
        }
        return nodes;
    }

    private static ForeignNode Node(string key, string? parent, Piece message, ImportNotes notes)
    {
        var isQuestion = message.Flag("isCreatedByUser");
        var (content, thinking, error) = Content(message, notes);
        foreach (var file in message.Items("files").Concat(message.Items("attachments")))
            notes.Add(ImportWarnings.MissingFile, file.Place);
        return new ForeignNode
        {
            Place = message.Place,
            Key = key,
            ParentKey = parent ?? (message.Text("parentMessageId") is { } said && said != NoParent ? said : null),
            Role = isQuestion ? "user" : "assistant",
            Content = content,
            Thinking = thinking,
            Model = message.Text("model"),
            Status = message.Flag("unfinished") && !isQuestion ? MessageStatuses.Stopped : MessageStatuses.Complete,
            FinishReason = message.Text("finish_reason") switch { "stop" => "stop", "length" or "incomplete" => "length", _ => null },
            Error = isQuestion ? null : error ?? (message.Flag("error") ? "The answer failed." : null),
            CreatedAt = message.Time("createdAt"),
        };
    }

    /// <summary>The text, or a list of parts.</summary>
    private static (string Content, string? Thinking, string? Error) Content(Piece message, ImportNotes notes)
    {
        if (message.Find("content") is not { IsList: true } parts)
        {
            var (text, thoughts) = ThinkingFence.Take(message.Text("text") ?? "");
            return (text, thoughts, null);
        }
        var (content, thinking, error) = (new StringBuilder(), new StringBuilder(), (string?)null);
        foreach (var part in parts.Items())
        {
            switch (part.Text("type"))
            {
                case "text":
                    Append(content, part.Need("text") is { IsObject: true } nested ? nested.Text("value") : part.Text("text"));
                    break;
                case "think":
                    Append(thinking, part.Text("think"));
                    break;
                case "error":
                    error = part.Find("error") is { IsText: true } said ? said.AsText() : "The answer failed.";
                    break;
                case "image_file" or "image_url":
                    notes.Add(ImportWarnings.MissingFile, part.Place);
                    break;
                default:
                    notes.Add(ImportWarnings.UnknownPart, part.Place);
                    break;
            }
        }
        return (content.ToString(), thinking.Length == 0 ? null : thinking.ToString(), error);
    }

    private static void Append(StringBuilder text, string? more)
    {
        if (!string.IsNullOrEmpty(more))
            text.Append(text.Length == 0 ? "" : "\n\n").Append(more);
    }
}

/// <summary>Thoughts that stand before the text of an answer, between <c>:::thinking</c> and <c>:::</c>.</summary>
internal static class ThinkingFence
{
    private const string Open = ":::thinking";
    private const string Close = "\n:::";

    public static (string Content, string? Thinking) Take(string text)
    {
        if (!text.StartsWith(Open, StringComparison.Ordinal) || text.IndexOf(Close, StringComparison.Ordinal) is not (>= 0 and var end))
            return (text, null);
        return (text[(end + Close.Length)..].TrimStart(), text[Open.Length..end].Trim());
    }
}
