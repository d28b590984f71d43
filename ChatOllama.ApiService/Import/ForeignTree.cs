using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>A message as another program has it.</summary>
internal sealed record ForeignNode
{
    public required string Place { get; init; }
    public required string Key { get; init; }
    public string? ParentKey { get; init; }

    /// <summary><c>user</c>, <c>assistant</c>, or null for what people do not see.</summary>
    public string? Role { get; init; }
    public string Content { get; init; } = "";
    public string? Thinking { get; init; }
    public string? Model { get; init; }
    public string Status { get; init; } = MessageStatuses.Complete;
    public string? FinishReason { get; init; }
    public string? Error { get; init; }
    public DateTime? CreatedAt { get; init; }
    public Usage? Usage { get; init; }
    public IReadOnlyList<IncomingFile> Files { get; init; } = [];

    /// <summary>The children in their order, where the file says it.</summary>
    public IReadOnlyList<string> Children { get; init; } = [];

    public bool IsShown => Role is not null && (Role == "assistant" ? Content.Length > 0 || Thinking is { Length: > 0 } || Error is not null || Files.Count > 0 : Content.Length > 0 || Files.Count > 0);
}

/// <summary>A conversation as another program has it.</summary>
internal sealed record ForeignSession
{
    public required string Place { get; init; }

    /// <summary>Null where the file has none: then it is made of what was said.</summary>
    public string? Key { get; init; }
    public string? Title { get; init; }
    public DateTime? CreatedAt { get; init; }
    public DateTime? UpdatedAt { get; init; }
    public string? Model { get; init; }
    public string? SystemPrompt { get; init; }
    public string? OptionsJson { get; init; }
    public bool Pinned { get; init; }
    public bool Archived { get; init; }
    public string? Folder { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The message that was shown last; null for the newest.</summary>
    public string? ActiveKey { get; init; }
    public required IReadOnlyList<ForeignNode> Nodes { get; init; }
}

/// <summary>
/// Makes a session of a foreign conversation: what people do not see is left out and its children move up, answers in a row become one,
/// and ids are made of the other program's, so that the same file always gives the same ones.
/// </summary>
internal sealed class ForeignTree(string source, ForeignSession session, ImportNotes notes)
{
    private const int MaxInARow = 1000;

    /// <summary>A small file can name a long answer as the beginning of thousands of others, and each of them is a message with all of its text.</summary>
    private const long MaxJoined = 64 * 1024 * 1024;

    /// <summary>What a file of a joined message counts for: it is no text, but an entry in a list.</summary>
    private const int FileSize = 64;

    private readonly List<Draft> _drafts = [];

    /// <summary>Null for a conversation in which nothing was said.</summary>
    /// <exception cref="Http.ProblemException">400: its messages are no tree.</exception>
    public static IncomingSession? Build(string source, ForeignSession session, ImportNotes notes) => new ForeignTree(source, session, notes).Build();

    private IncomingSession? Build()
    {
        if (session.Nodes.Count > ImportRules.MaxMessages)
            throw ImportFault.At(session.Place, $"a conversation has more than {ImportRules.MaxMessages} messages.");
        var ordered = ForeignOrder.ParentsFirst(session);
        var id = ForeignIds.Session(source, session, ordered);
        var fallback = session.CreatedAt ?? session.UpdatedAt ?? ordered.Select(n => n.CreatedAt).FirstOrDefault(t => t is not null) ?? DateTime.UnixEpoch;
        var byKey = new Dictionary<string, Draft?>(StringComparer.Ordinal);
        foreach (var node in ordered)
        {
            var above = node.ParentKey is null ? null : byKey[node.ParentKey];
            byKey[node.Key] = node.IsShown ? Add(node, above, id, fallback) : above;
        }
        var active = session.ActiveKey is { } key && byKey.TryGetValue(key, out var shown) && shown is not null ? shown : _drafts.OrderBy(d => d.CreatedAt).LastOrDefault();
        if (active is null)
        {
            notes.Add(ImportWarnings.EmptySession, session.Place);
            return null;
        }
        var shownDrafts = _drafts.Where(d => !d.IsAbsorbed || d.HasQuestions || d == active).ToList();
        CheckJoined(shownDrafts);
        var messages = shownDrafts.Select(d => d.ToMessage()).ToList();
        return ToSession(id, messages, active, fallback);
    }

    private static void CheckJoined(List<Draft> drafts)
    {
        long joined = 0;
        foreach (var draft in drafts.Where(d => d.IsJoined))
            if ((joined += draft.Length + (long)FileSize * draft.FileCount) > MaxJoined)
                throw ImportFault.At(draft.Node.Place, "too many long answers follow one another without a question.");
    }

    private Draft Add(ForeignNode node, Draft? above, string sessionId, DateTime fallback)
    {
        if (node.Role == "assistant" && above is null)
        {
            notes.Add(ImportWarnings.NoQuestion, node.Place);
            var question = new ForeignNode { Place = node.Place, Key = "question of " + node.Key, Role = "user", Content = "…", CreatedAt = node.CreatedAt };
            above = Add(question, null, sessionId, fallback);
        }
        var draft = new Draft(node, ForeignIds.Message(sessionId, node.Key), node.CreatedAt ?? above?.CreatedAt ?? fallback);
        if (node.Role == "assistant" && above!.Node.Role == "assistant")
            draft.Absorb(above, MaxInARow);
        else
            draft.Above = above;
        if (node.Role == "user" && above is not null)
            above.HasQuestions = true;
        _drafts.Add(draft);
        return draft;
    }

    private IncomingSession ToSession(string id, List<IncomingMessage> messages, Draft active, DateTime fallback) => new()
    {
        Place = session.Place,
        Id = id,
        Title = Cut(Line(session.Title), SessionRules.MaxTitle, session.Place) is { Length: > 0 } title ? title : Titles.FromText(messages[0].Content, SessionRules.MaxOwnTitle),
        CreatedAt = session.CreatedAt ?? fallback,
        UpdatedAt = session.UpdatedAt ?? messages.Max(m => m.CreatedAt),
        Model = session.Model is { Length: <= 255 } model && Models.ModelNames.WhyNot(model) is null ? Models.ModelRules.FullName(model) : null,
        SystemPrompt = session.SystemPrompt is { } prompt && !string.IsNullOrWhiteSpace(prompt) ? Check(prompt) : null,
        OptionsJson = session.OptionsJson,
        Pinned = session.Pinned,
        Archived = session.Archived,
        Folder = Cut(Line(session.Folder), 100, session.Place) is { Length: > 0 } folder ? folder : null,
        Tags = [.. session.Tags.Select(t => Cut(Line(t), 50, session.Place)).Where(t => t.Length > 0).Distinct(StringComparer.Ordinal).Take(20)],
        ActiveId = active.Id,
        Messages = messages,
    };

    private string Check(string prompt)
    {
        ImportRules.Check(session.Place, () => RequestFields.CheckSystemPrompt(prompt));
        return prompt;
    }

    /// <summary>On one line.</summary>
    private static string Line(string? text) => string.Join(' ', new string([.. (text ?? "").Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private string Cut(string text, int max, string place)
    {
        if (text.Length <= max)
            return text;
        notes.Add(ImportWarnings.Shortened, place);
        return text[..(char.IsHighSurrogate(text[max - 2]) ? max - 2 : max - 1)] + "…";
    }

    /// <summary>A message that people see, on its way to a row.</summary>
    private sealed class Draft(ForeignNode node, string id, DateTime createdAt)
    {
        // The texts are joined at the end, and only for messages that stay: what an answer in a thousand steps would hold on its way is a thousand times its half.
        private Draft? _first;
        private int _inARow = 1;

        public ForeignNode Node => node;
        public string Id => id;
        public DateTime CreatedAt => createdAt;
        public bool IsJoined => _first is not null;

        /// <summary>Characters of text and thinking, with those of the answers before it.</summary>
        public long Length { get; private set; } = node.Content.Length + (node.Thinking?.Length ?? 0);
        public int FileCount { get; private set; } = node.Files.Count;
        public Draft? Above { get; set; }

        /// <summary>Its text is the beginning of another answer's.</summary>
        public bool IsAbsorbed { get; private set; }

        /// <summary>Something was said below it.</summary>
        public bool HasQuestions { get; set; }

        /// <summary>An answer in several steps, with the calls of tools between them, is one answer.</summary>
        public void Absorb(Draft first, int maxInARow)
        {
            first.IsAbsorbed = true;
            Above = first.Above;
            _first = first;
            _inARow = first._inARow + 1;
            Length += first.Length;
            FileCount += first.FileCount;
            if (_inARow > maxInARow || Length > ImportRules.MaxText)
                throw ImportFault.At(node.Place, "too many or too long answers follow one another without a question.");
        }

        public IncomingMessage ToMessage()
        {
            var steps = Steps();
            var content = Join(steps.Select(s => s.Content));
            var thinking = Join(steps.Select(s => s.Thinking));
            List<IncomingFile> files = [.. steps.SelectMany(s => s.Files)];
            ImportRules.Text(content, thinking, node.Place);
            return new IncomingMessage
            {
                Place = node.Place,
                Id = id,
                ParentId = Above?.Id,
                Role = node.Role!,
                Content = content,
                Thinking = thinking.Length == 0 ? null : thinking,
                Model = node.Role == "assistant" && node.Model is { Length: > 0 and <= 300 } model && !model.Any(char.IsControl) ? model : null,
                Status = node.Error is not null ? MessageStatuses.Failed : node.Status,
                FinishReason = node.FinishReason,
                ProblemCode = node.Error is null ? null : ProblemCodes.Internal,
                ProblemDetail = node.Error is { Length: > 2000 } error ? error[..2000] : node.Error,
                CreatedAt = createdAt,
                Usage = node.Usage,
                Attachments = [.. files.Select(f => f.Id).Distinct().Take(ChatAttachments.MaxCount)],
                Files = files,
            };
        }

        /// <summary>The answers that became this one, the first one first.</summary>
        private List<ForeignNode> Steps()
        {
            var steps = new List<ForeignNode>();
            for (var draft = this; draft is not null; draft = draft._first)
                steps.Add(draft.Node);
            steps.Reverse();
            return steps;
        }

        private static string Join(IEnumerable<string?> texts) => string.Join("\n\n", texts.Where(t => !string.IsNullOrEmpty(t)));
    }
}
