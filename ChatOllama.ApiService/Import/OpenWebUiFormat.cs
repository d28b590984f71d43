using System.Text;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// The chat export of Open WebUI: a list of <c>{id, title, chat: {history: {messages: {id: {parentId, childrenIds, role, content, …}}, currentId}, …}, …}</c>.
/// Older ones have the inner object only, the oldest a plain list of messages.
/// </summary>
internal sealed class OpenWebUiFormat(ImportFile file, IReadOnlyList<string?> names) : ForeignFormat(file, names)
{
    /// <summary>Of <c>params</c>, what is no option.</summary>
    private static readonly string[] NoOptions = ["system", "stream_response", "function_calling", "reasoning_tags", "stream_delta_chunk_size", "custom_params"];

    public override string Source => ImportSources.OpenWebUi;

    protected override Task<ForeignSession> ReadAsync(Piece conversation, ImportNotes notes, CancellationToken cancellation) => Task.FromResult(Read(conversation, notes));

    private static ForeignSession Read(Piece outer, ImportNotes notes)
    {
        var chat = outer.Find("chat") ?? outer;
        var history = chat.Find("history");
        var parameters = chat.Find("params");
        if (outer.Find("folder_id") is { } folder)
            notes.Add(ImportWarnings.UnnamedFolder, folder.Place);
        return new ForeignSession
        {
            Place = outer.Place,
            Key = outer.Text("id") ?? chat.Text("id"),
            Title = outer.Text("title") ?? chat.Text("title"),
            CreatedAt = outer.Time("created_at") ?? chat.Time("timestamp"),
            UpdatedAt = outer.Time("updated_at"),
            Model = chat.Items("models").Select(m => m.AsText()).FirstOrDefault(),
            SystemPrompt = parameters?.Text("system") ?? chat.Text("system"),
            OptionsJson = Options(parameters, NoOptions, notes),
            Pinned = outer.Flag("pinned"),
            Archived = outer.Flag("archived"),
            Tags = [.. (outer.Find("meta")?.Items("tags") ?? chat.Items("tags")).Select(t => t.IsObject ? t.Text("name") ?? "" : t.AsText())],
            ActiveKey = history?.Text("currentId"),
            Nodes = history is { } tree ? [.. tree.Need("messages").Properties().Select(m => Node(m.Name, m.Value, notes))] : Line(chat, notes),
        };
    }

    private static List<ForeignNode> Line(Piece chat, ImportNotes notes)
    {
        var nodes = new List<ForeignNode>();
        foreach (var message in chat.Need("messages").Items())
        {
            var node = Node(message.Text("id") ?? $"#{nodes.Count}", message, notes);
            nodes.Add(node with { ParentKey = nodes.Count == 0 ? null : nodes[^1].Key, Children = [] });
        }
        return nodes;
    }

    private static ForeignNode Node(string key, Piece message, ImportNotes notes)
    {
        var role = message.Need("role").AsText();
        if (role is not ("user" or "assistant"))
            notes.Add(ImportWarnings.HiddenMessage, message.Place);
        var (content, thinking) = Content(message, notes);
        return new ForeignNode
        {
            Place = message.Place,
            Key = key,
            ParentKey = message.Text("parentId"),
            Children = [.. message.Items("childrenIds").Select(c => c.AsText())],
            Role = role is "user" or "assistant" ? role : null,
            Content = content,
            Thinking = thinking,
            Model = message.Text("model"),
            Status = message.Find("done") is { Value.ValueKind: System.Text.Json.JsonValueKind.False } && role == "assistant" ? MessageStatuses.Interrupted : MessageStatuses.Complete,
            Error = Error(message),
            CreatedAt = message.Time("timestamp"),
            Usage = Usage(message.Find("usage") ?? message.Find("info")),
            Files = [.. message.Items("files").Select(f => File(f, notes)).OfType<IncomingFile>()],
        };
    }

    private static (string Content, string? Thinking) Content(Piece message, ImportNotes notes)
    {
        if (message.Find("content") is not { } content)
            return ("", null);
        if (!content.IsList)
            return DetailsBlocks.Take(content.AsText(), content.Place, notes);
        var text = new StringBuilder();
        foreach (var part in content.Items())
        {
            if (part.IsObject && part.Text("type") == "text")
                text.Append(text.Length == 0 ? "" : "\n").Append(part.Text("text"));
            else
                notes.Add(ImportWarnings.UnknownPart, part.Place);
        }
        return (text.ToString(), null);
    }

    /// <summary><c>{content: "…"}</c>, or true where the content itself says it.</summary>
    private static string? Error(Piece message) => message.Find("error") switch
    {
        { IsText: true } text => text.AsText(),
        { IsObject: true } said => said.Find("content") is { IsText: true } content ? content.AsText() : "The answer failed.",
        { Value.ValueKind: System.Text.Json.JsonValueKind.True } => "The answer failed.",
        _ => null,
    };

    /// <summary>Under Ollama's names or under those of OpenAI.</summary>
    private static Usage? Usage(Piece? usage)
    {
        if (usage is not { IsObject: true } said)
            return null;
        var (prompt, completion) = (Count(said, "prompt_eval_count") ?? Count(said, "prompt_tokens"), Count(said, "eval_count") ?? Count(said, "completion_tokens"));
        return prompt is null && completion is null ? null : new Usage { PromptTokens = prompt, CompletionTokens = completion };
    }

    private static int? Count(Piece usage, string name) =>
        usage.Find(name) is { Value.ValueKind: System.Text.Json.JsonValueKind.Number } number && number.Value.TryGetInt32(out var count) && count >= 0 ? count : null;

    private static IncomingFile? File(Piece file, ImportNotes notes)
    {
        var isImage = file.Text("type") == "image";
        return ForeignFiles.OfDataUrl(isImage ? file.Text("url") ?? "" : "", file.Text("name"), file.Place, notes);
    }
}
