using System.Text;
using ChatOllama.ApiService.Attachments;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// The data export of ChatGPT: <c>conversations.json</c>, by itself or in the zip archive, a list of
/// <c>{conversation_id, title, create_time, update_time, current_node, mapping: {id: {parent, children, message}}}</c>. Images lie beside it in the archive.
/// </summary>
internal sealed class ChatGptFormat(ImportFile file, IReadOnlyList<string?> names) : ForeignFormat(file, names)
{
    private readonly ImportFile _file = file;

    public override string Source => ImportSources.ChatGpt;

    protected override async Task<ForeignSession> ReadAsync(Piece conversation, ImportNotes notes, CancellationToken cancellation)
    {
        var nodes = new List<ForeignNode>();
        // A conversation can come without its messages; then nothing was said.
        foreach (var (key, node) in conversation.Find("mapping")?.Properties() ?? [])
            nodes.Add(await NodeAsync(key, node, notes, cancellation));
        return new ForeignSession
        {
            Place = conversation.Place,
            Key = conversation.Text("conversation_id") ?? conversation.Text("id"),
            Title = conversation.Text("title"),
            CreatedAt = conversation.Time("create_time"),
            UpdatedAt = conversation.Time("update_time"),
            Archived = conversation.Flag("is_archived"),
            Pinned = conversation.Flag("is_starred"),
            ActiveKey = conversation.Text("current_node"),
            Nodes = nodes,
        };
    }

    private async Task<ForeignNode> NodeAsync(string key, Piece node, ImportNotes notes, CancellationToken cancellation)
    {
        var place = new ForeignNode
        {
            Place = node.Place,
            Key = key,
            ParentKey = node.Text("parent"),
            Children = [.. node.Items("children").Select(c => c.AsText())],
        };
        if (node.Find("message") is not { } message)
            return place;
        var role = message.Find("author")?.Text("role");
        var content = await ContentAsync(message.Find("content"), notes, cancellation);
        // A tool that draws answers with a picture.
        var isPicture = role == "tool" && content.Files.Count > 0;
        if (!isPicture && IsHidden(message, role))
        {
            notes.Add(ImportWarnings.HiddenMessage, message.Place);
            return place;
        }
        var metadata = message.Find("metadata");
        var finish = metadata?.Find("finish_details")?.Text("type");
        return place with
        {
            Role = role == "user" ? "user" : "assistant",
            Content = isPicture ? "" : content.Text,
            Thinking = content.Thinking,
            Files = content.Files,
            Model = metadata?.Text("model_slug"),
            CreatedAt = message.Time("create_time"),
            FinishReason = finish switch { "stop" => "stop", "max_tokens" => "length", _ => null },
            Status = role == "user" ? MessageStatuses.Complete : finish == "interrupted" ? MessageStatuses.Stopped : message.Text("status") == "in_progress" ? MessageStatuses.Interrupted : MessageStatuses.Complete,
        };
    }

    /// <summary>Of the system, to or from a tool, or marked as not to be seen.</summary>
    private static bool IsHidden(Piece message, string? role) =>
        role is not ("user" or "assistant")
        || message.Text("recipient") is not (null or "all")
        || message.Find("metadata") is { } metadata && (metadata.Flag("is_visually_hidden_from_conversation") || metadata.Flag("is_user_system_message"))
        || message.Find("content")?.Text("content_type") is "user_editable_context" or "model_editable_context" or "reasoning_recap";

    private async Task<Said> ContentAsync(Piece? from, ImportNotes notes, CancellationToken cancellation)
    {
        if (from is not { } content)
            return new Said("", null, []);
        switch (content.Text("content_type"))
        {
            case "text" or "multimodal_text":
                return await PartsAsync(content, notes, cancellation);
            case "code":
                return new Said($"```{content.Text("language")}\n{content.Text("text")}\n```", null, []);
            case "thoughts":
                return new Said("", string.Join("\n\n", content.Items("thoughts").Select(t => t.Text("content")).Where(t => !string.IsNullOrEmpty(t))), []);
            default:
                notes.Add(ImportWarnings.UnknownPart, content.Place);
                return new Said("", null, []);
        }
    }

    private async Task<Said> PartsAsync(Piece content, ImportNotes notes, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var files = new List<IncomingFile>();
        foreach (var part in content.Items("parts"))
        {
            if (part.IsText)
                Append(text, WithoutMarks(part.AsText()));
            else if (part.IsObject && part.Text("content_type") == "image_asset_pointer")
            {
                if (await ImageAsync(part, notes, cancellation) is { } image)
                    files.Add(image);
            }
            else
                notes.Add(ImportWarnings.UnknownPart, part.Place);
        }
        return new Said(text.ToString(), null, files);
    }

    /// <summary><c>file-service://file-abc</c> is the file of the archive whose name begins so.</summary>
    private async Task<IncomingFile?> ImageAsync(Piece part, ImportNotes notes, CancellationToken cancellation)
    {
        var pointer = part.Text("asset_pointer") ?? "";
        var id = pointer[(pointer.LastIndexOf('/') + 1)..];
        var name = id.Length < 8 ? null : _file.Names.FirstOrDefault(n => n.AsSpan(n.LastIndexOf('/') + 1).StartsWith(id, StringComparison.Ordinal));
        if (name is not null && await _file.ReadAsync(name, AttachmentStore.MaxImageBytes, cancellation) is { } bytes)
            return ForeignFiles.Of(bytes, name, part.Place, notes);
        notes.Add(ImportWarnings.MissingFile, part.Place);
        return null;
    }

    private static void Append(StringBuilder text, string more)
    {
        if (more.Length > 0)
            text.Append(text.Length == 0 ? "" : "\n").Append(more);
    }

    /// <summary>References to sources stand in the text between two characters for private use, and mean nothing elsewhere.</summary>
    private static string WithoutMarks(string text)
    {
        const char Begin = '\uE200';
        const char End = '\uE201';
        if (!text.Contains(Begin))
            return text;
        var clean = new StringBuilder(text.Length);
        var at = 0;
        while (text.IndexOf(Begin, at) is >= 0 and var begin && text.IndexOf(End, begin) is >= 0 and var end)
        {
            clean.Append(text, at, begin - at);
            at = end + 1;
        }
        return clean.Append(text, at, text.Length - at).ToString();
    }

    private sealed record Said(string Text, string? Thinking, IReadOnlyList<IncomingFile> Files);
}
