using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Chat;

/// <summary>
/// Exchanges that are never written: they live in memory until their session is closed or was idle for an hour.
/// Thread-safe; everything completes at once.
/// </summary>
public sealed class TemporaryExchanges(TimeProvider time) : IExchangeStore
{
    /// <summary>How long an untouched session stays.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromHours(1);

    /// <summary>All images and files of all temporary sessions together.</summary>
    public const long MaxAttachmentBytes = 512L * 1024 * 1024;

    private const int MaxSessions = 1000;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string User, string Id), Room> _rooms = [];
    private long _sequence;

    public bool Knows(string userId, string sessionId) { lock (_gate) return Find(userId, sessionId) is not null; }

    public SessionSettings? FindSettings(string userId, string sessionId)
    {
        lock (_gate) return Find(userId, sessionId)?.Settings;
    }

    /// <summary>The session as the api shows it; null when there is none.</summary>
    public SessionDetail? FindSession(string userId, string sessionId)
    {
        lock (_gate)
        {
            if (Find(userId, sessionId) is not { } room) return null;
            return new SessionDetail
            {
                Id = sessionId,
                Title = room.Title,
                CreatedAt = room.CreatedAt,
                UpdatedAt = room.TouchedAt.UtcDateTime,
                MessageCount = room.Messages.Count,
                Model = room.Settings.Model,
                IsRunning = room.Messages.Exists(m => m.Answer is { } answer && !MessageStatuses.IsTerminal(answer.Status)),
                SystemPrompt = room.Settings.SystemPrompt,
                Options = room.Settings.Options,
                ActiveMessageId = room.Active?.Id,
                Temporary = true,
            };
        }
    }

    /// <summary>The messages as the api shows them, oldest first; null when there is no such session.</summary>
    /// <param name="all">True: the whole tree; false: the active branch.</param>
    public IReadOnlyList<MessageView>? FindMessages(string userId, string sessionId, bool all)
    {
        lock (_gate)
        {
            if (Find(userId, sessionId) is not { } room) return null;
            var entries = all ? room.Messages : [.. Branch(room.Active)];
            return [.. entries.Select(e => View(room, sessionId, e))];
        }
    }

    /// <summary>One message as the api shows it.</summary>
    public MessageView? FindMessage(string userId, string messageId)
    {
        lock (_gate)
        {
            foreach (var ((user, id), room) in _rooms)
                if (user == userId && room.Messages.Find(m => m.Id == messageId) is { } entry)
                    return View(room, id, entry);
            return null;
        }
    }

    /// <summary>Changes what a session says of itself; nothing happens where it was closed in the meantime.</summary>
    /// <param name="change">From the settings that are to those that will be.</param>
    /// <param name="title">Null: it stays.</param>
    /// <param name="activeId">A message whose branch, down to its newest leaf, is shown from now on; null: the branch stays.</param>
    /// <exception cref="ProblemException">400: there is no such message.</exception>
    public void Update(string userId, string sessionId, Func<SessionSettings, SessionSettings> change, string? title, string? activeId)
    {
        lock (_gate)
        {
            if (Find(userId, sessionId) is not { } room) return;
            var active = activeId is null ? room.Active
                : room.Messages.Find(m => m.Id == activeId) is { } named ? room.LeafBelow(named)
                : throw ProblemException.Validation("active_message_id", "active_message_id must be the id of a message of this session.");
            room.Active = active;
            room.Title = title ?? room.Title;
            room.Settings = change(room.Settings);
            room.TouchedAt = time.GetUtcNow();
        }
    }

    /// <summary>An image or text file of an open session, with its bytes; null when there is none.</summary>
    public ExchangeAttachment? FindAttachment(string userId, string attachmentId)
    {
        lock (_gate)
            return _rooms.Where(r => r.Key.User == userId).SelectMany(r => r.Value.Messages).SelectMany(m => m.Attachments).FirstOrDefault(a => a.Id == attachmentId);
    }

    /// <summary>Forgets a session.</summary>
    /// <returns>False when there was none.</returns>
    public bool Close(string userId, string sessionId)
    {
        lock (_gate) return _rooms.Remove((userId, sessionId));
    }

    public Task<CommittedExchange> CommitAsync(NewExchange exchange)
    {
        lock (_gate) return Task.FromResult(Commit(exchange));
    }

    public Task<string?> FindKeyAsync(string userId, string key, string bodyHash, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (FindKey(userId, key) is not { } known) return Task.FromResult<string?>(null);
            return known.BodyHash == bodyHash ? Task.FromResult<string?>(known.AnswerId) : throw DatabaseExchanges.KeyTaken();
        }
    }

    /// <summary>Forgets what was idle for too long.</summary>
    public void Sweep()
    {
        lock (_gate)
            foreach (var key in _rooms.Where(r => IsIdle(r.Value)).Select(r => r.Key).ToList())
                _rooms.Remove(key);
    }

    public Task<long> CommitSiblingAsync(string userId, StoredAnswer original, Answer sibling, RequestExtras extras)
    {
        lock (_gate)
        {
            var room = Find(userId, original.Answer.SessionId) ?? throw ProblemException.NotFound("The temporary session has been closed.");
            var question = room.Messages.Find(m => m.Seq == original.ParentSeq)!;
            return Task.FromResult(Add(room, new Entry(++_sequence, sibling.Id, question, "assistant", "", sibling.CreatedAt) { Answer = sibling, Extras = extras }).Seq);
        }
    }

    public Task ReopenAsync(StoredAnswer original) => Change(original.Seq, entry =>
        entry.Answer = entry.Answer == original.Answer ? entry.Answer with { Status = MessageStatuses.Queued } : throw DatabaseExchanges.Continued());

    public Task<StoredAnswer?> FindAnswerAsync(string userId, string messageId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var entry = _rooms.Where(r => r.Key.User == userId).SelectMany(r => r.Value.Messages).FirstOrDefault(m => m.Id == messageId && m.Answer is not null);
            return Task.FromResult(entry is null ? null : new StoredAnswer(entry.Answer!, entry.Seq, entry.Parent!.Seq, entry.Extras));
        }
    }

    public Task<IReadOnlyList<BranchMessage>> LoadBranchAsync(long answerSeq, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var answer = Entries().FirstOrDefault(m => m.Seq == answerSeq);
            IReadOnlyList<BranchMessage> branch = [.. Branch(answer?.Parent).Select(e => new BranchMessage(e.Id, e.Role, e.Answer?.Content ?? e.Text,
                [.. e.Attachments.Select(a => new BranchAttachment(a.Hash, a.Name, a.MediaType, a.Bytes))]))];
            return Task.FromResult(branch);
        }
    }

    // The generation's own log is in the same memory: there is nothing to save it from.
    public Task CheckpointAsync(IReadOnlyList<CheckpointPart> parts) => Task.CompletedTask;

    public Task FinishAsync(FinishedAnswer finished) => Change(finished.AnswerSeq, entry => entry.Answer = finished.Answer);

    private static Stack<Entry> Branch(Entry? leaf)
    {
        var branch = new Stack<Entry>();
        for (var entry = leaf; entry is not null; entry = entry.Parent) branch.Push(entry);
        return branch;
    }

    private MessageView View(Room room, string sessionId, Entry entry)
    {
        var siblings = room.Messages.Where(m => m.Parent == entry.Parent).ToList();
        var index = siblings.IndexOf(entry);
        return new MessageView
        {
            Id = entry.Id,
            SessionId = sessionId,
            ParentId = entry.Parent?.Id,
            Role = entry.Role,
            Content = entry.Answer?.Content ?? entry.Text,
            Thinking = entry.Answer?.Thinking,
            Model = entry.Answer?.Model,
            TokensUsed = entry.Answer?.TokensUsed ?? 0,
            Status = entry.Answer?.Status ?? MessageStatuses.Complete,
            CreatedAt = entry.CreatedAt,
            SiblingIndex = index,
            SiblingCount = siblings.Count,
            PreviousSiblingId = index > 0 ? siblings[index - 1].Id : null,
            NextSiblingId = index < siblings.Count - 1 ? siblings[index + 1].Id : null,
            FinishReason = entry.Answer?.FinishReason,
            Usage = entry.Answer?.Usage,
            Timings = entry.Answer?.Timings,
            Attachments = entry.Attachments.Count == 0 ? null : [.. entry.Attachments.Select(a => new AttachmentView { Id = a.Id, Name = a.Name, MediaType = a.MediaType, Size = a.Bytes?.Length ?? 0, CreatedAt = entry.CreatedAt })],
            Problem = entry.Answer?.Failure is { } failure ? Problems.From(failure, $"/v1/messages/{entry.Id}", entry.Answer.TraceId, time) : null,
        };
    }

    private CommittedExchange Commit(NewExchange exchange)
    {
        if (exchange.IdempotencyKey is { } used && FindKey(exchange.UserId, used) is { } known)
            return known.BodyHash == exchange.BodyHash ? new CommittedExchange(0, null, KnownAnswerId: known.AnswerId) : throw DatabaseExchanges.KeyTaken();
        CheckRoomFor(exchange.Attachments);
        var room = Find(exchange.UserId, exchange.SessionId) ?? (exchange.NeedsSession ? throw DatabaseExchanges.NoSession() : Open(exchange));
        var parent = exchange.ParentId switch
        {
            null => room.Active,
            NewExchange.RootParent => null,
            _ => room.Messages.Find(m => m.Id == exchange.ParentId) ?? throw ProblemException.NotFound("parent_id names no message of this session."),
        };
        if (exchange.ModelWasNamed) room.Settings = room.Settings with { Model = exchange.Model };
        if (exchange.IdempotencyKey is { } key) room.Keys.Add(key, new KeyUse(exchange.BodyHash!, exchange.AnswerId));
        var now = time.GetUtcNow().UtcDateTime;
        var question = Add(room, new Entry(++_sequence, exchange.UserMessageId, parent, "user", exchange.Text, now)
        {
            Attachments = exchange.Attachments,
        });
        var answer = Add(room, new Entry(++_sequence, exchange.AnswerId, question, "assistant", "", now)
        {
            Extras = exchange.Extras,
            Answer = new Answer
            {
                Id = exchange.AnswerId,
                UserMessageId = exchange.UserMessageId,
                SessionId = exchange.SessionId,
                Model = exchange.Model,
                CreatedAt = now,
                Status = MessageStatuses.Queued,
                TraceId = exchange.TraceId,
            },
        });
        return new CommittedExchange(answer.Seq, parent?.Id);
    }

    private Room Open(NewExchange exchange)
    {
        if (exchange.ParentId is not (null or NewExchange.RootParent)) throw ProblemException.NotFound("parent_id names no message of this session.");
        Sweep();
        if (_rooms.Count >= MaxSessions) throw new ProblemException(ProblemCodes.Overloaded, "Too many temporary chats are open. Close one, or wait an hour.") { RetryAfterSeconds = 60 };
        var room = new Room
        {
            Title = Titles.FromText(exchange.Text, 80),
            Settings = new SessionSettings(exchange.Model, exchange.SystemPrompt, exchange.SessionOptions),
            CreatedAt = time.GetUtcNow().UtcDateTime,
            TouchedAt = time.GetUtcNow(),
        };
        _rooms.Add((exchange.UserId, exchange.SessionId), room);
        return room;
    }

    /// <summary>What is never written lies in memory, and memory is shared: it must not fill up with images.</summary>
    private void CheckRoomFor(IReadOnlyList<ExchangeAttachment> attachments)
    {
        if (attachments.Count == 0) return;
        var held = Entries().SelectMany(e => e.Attachments).Concat(attachments).Sum(a => (long)(a.Bytes?.Length ?? 0));
        if (held > MaxAttachmentBytes)
            throw new ProblemException(ProblemCodes.Overloaded, "The temporary chats hold too many images and files. Close one of them, or wait an hour.") { RetryAfterSeconds = 60 };
    }

    private Entry Add(Room room, Entry entry)
    {
        room.Messages.Add(entry);
        room.Active = entry;
        room.TouchedAt = time.GetUtcNow();
        return entry;
    }

    private Room? Find(string userId, string sessionId)
    {
        if (!_rooms.TryGetValue((userId, sessionId), out var room)) return null;
        if (!IsIdle(room)) return room;
        _rooms.Remove((userId, sessionId));
        return null;
    }

    private bool IsIdle(Room room) => time.GetUtcNow() - room.TouchedAt > IdleLimit;

    /// <summary>A key goes with its session: there is nothing left to attach to then.</summary>
    private KeyUse? FindKey(string userId, string key)
    {
        foreach (var ((user, _), room) in _rooms)
            if (user == userId && !IsIdle(room) && room.Keys.TryGetValue(key, out var use)) return use;
        return null;
    }

    private IEnumerable<Entry> Entries() => _rooms.Values.SelectMany(r => r.Messages);

    private Task Change(long seq, Action<Entry> change)
    {
        lock (_gate)
        {
            // A session that was closed in the meantime takes its answer with it.
            if (Entries().FirstOrDefault(m => m.Seq == seq) is { } entry) change(entry);
        }
        return Task.CompletedTask;
    }

    private sealed class Room
    {
        public required string Title { get; set; }
        public required SessionSettings Settings { get; set; }
        public required DateTime CreatedAt { get; init; }
        public required DateTimeOffset TouchedAt { get; set; }
        public List<Entry> Messages { get; } = [];
        public Dictionary<string, KeyUse> Keys { get; } = new(StringComparer.Ordinal);
        public Entry? Active { get; set; }

        /// <summary>From a message always to its newest child.</summary>
        public Entry LeafBelow(Entry entry)
        {
            while (Messages.FindLast(m => m.Parent == entry) is { } child) entry = child;
            return entry;
        }
    }

    private sealed record KeyUse(string BodyHash, string AnswerId);

    private sealed record Entry(long Seq, string Id, Entry? Parent, string Role, string Text, DateTime CreatedAt)
    {
        public Answer? Answer { get; set; }
        public RequestExtras Extras { get; init; } = new();
        public IReadOnlyList<ExchangeAttachment> Attachments { get; init; } = [];
    }
}
