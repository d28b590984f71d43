using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Sessions;

/// <summary>Messages as they go out: with their place among siblings, and with what a running answer has said by now.</summary>
internal sealed class MessageViews(IRunningAnswers running, TimeProvider time)
{
    /// <summary>One message of this user; null when there is none.</summary>
    public async Task<MessageView?> FindAsync(ChatDbContext db, string userId, string messageId, CancellationToken cancellation)
    {
        var message = await db.Messages.Include(m => m.Session).Include(m => m.Attachments).ThenInclude(a => a.Attachment)
            .FirstOrDefaultAsync(m => m.Id == messageId && m.Session!.UserId == userId && m.Session.DeletedAt == null, cancellation);
        return message is null ? null : (await WithSiblingsAsync(db, message.Session!, [message], cancellation))[0];
    }

    /// <summary>Loads messages by their rows, in the order of <paramref name="seqs"/>.</summary>
    public async Task<IReadOnlyList<MessageView>> LoadAsync(ChatDbContext db, Session session, IReadOnlyList<long> seqs, CancellationToken cancellation)
    {
        if (seqs.Count == 0)
            return [];
        var rows = await db.Messages.Where(m => seqs.Contains(m.Seq)).Include(m => m.Attachments).ThenInclude(a => a.Attachment)
            .ToDictionaryAsync(m => m.Seq, cancellation);
        // A row may have gone with a purge since its number was read.
        return await WithSiblingsAsync(db, session, [.. seqs.Where(rows.ContainsKey).Select(s => rows[s])], cancellation);
    }

    private async Task<IReadOnlyList<MessageView>> WithSiblingsAsync(ChatDbContext db, Session session, IReadOnlyList<Message> messages, CancellationToken cancellation)
    {
        var parents = messages.Where(m => m.ParentSeq != null).Select(m => m.ParentSeq!.Value).Distinct().ToList();
        var hasRoot = messages.Any(m => m.ParentSeq == null);
        var siblings = await db.Messages
            .Where(m => m.SessionKey == session.Key && ((m.ParentSeq != null && parents.Contains(m.ParentSeq.Value)) || (hasRoot && m.ParentSeq == null)))
            .Select(m => new Sibling(m.Seq, m.Id, m.ParentSeq)).ToListAsync(cancellation);
        var families = siblings.ToLookup(s => s.ParentSeq ?? 0);
        var parentIds = await db.Messages.Where(m => parents.Contains(m.Seq)).Select(m => new { m.Seq, m.Id }).ToDictionaryAsync(m => m.Seq, m => m.Id, cancellation);
        var views = new List<MessageView>(messages.Count);
        foreach (var message in messages)
        {
            var family = families[message.ParentSeq ?? 0].OrderBy(s => s.Seq).ToList();
            var parentId = message.ParentSeq is { } parent ? parentIds.GetValueOrDefault(parent) : null;
            views.Add(await OverlayAsync(db, View(session, message, parentId, family), cancellation));
        }
        return views;
    }

    /// <summary>The database has the text of a running answer only up to its last checkpoint, and not yet in its row; memory has all of it.</summary>
    private async Task<MessageView> OverlayAsync(ChatDbContext db, MessageView view, CancellationToken cancellation)
    {
        var shown = Overlay(view);
        if (shown.Cursor is not null || MessageStatuses.IsTerminal(view.Status))
            return shown;
        // It ended between the two looks: its row is whole now.
        var ended = await db.Messages.FirstOrDefaultAsync(m => m.Id == view.Id, cancellation);
        return ended is null ? view : Fill(view, ended);
    }

    /// <summary>The message with the text that memory has of it, if it runs.</summary>
    public MessageView Overlay(MessageView view) =>
        !MessageStatuses.IsTerminal(view.Status) && running.TryGetSnapshot(view.Id) is { } now
            ? view with
            {
                Status = now.Status,
                Content = now.Content,
                Thinking = now.Thinking,
                Cursor = now.Cursor,
                Phase = now.Phase,
                Place = now.Place,
                RunningMs = Math.Round(now.Age.TotalMilliseconds),
            }
            : view;

    private MessageView View(Session session, Message message, string? parentId, List<Sibling> family)
    {
        var index = family.FindIndex(s => s.Seq == message.Seq);
        return Fill(new MessageView
        {
            Id = message.Id,
            SessionId = session.Id,
            ParentId = parentId,
            Role = message.Role,
            Content = "",
            Status = message.Status,
            CreatedAt = message.CreatedAt,
            SiblingIndex = Math.Max(index, 0),
            SiblingCount = Math.Max(family.Count, 1),
            PreviousSiblingId = index > 0 ? family[index - 1].Id : null,
            NextSiblingId = index >= 0 && index + 1 < family.Count ? family[index + 1].Id : null,
            Attachments = message.Attachments.Count == 0 ? null : [.. message.Attachments.OrderBy(a => a.Position).Select(a => Attachments.AttachmentEndpoints.View(a.Attachment!))],
        }, message);
    }

    private MessageView Fill(MessageView view, Message message) => view with
    {
        Content = message.Content,
        Thinking = message.Thinking,
        Model = message.Model,
        Status = message.Status,
        TokensUsed = (message.PromptTokens ?? 0) + (message.CompletionTokens ?? 0),
        FinishReason = message.FinishReason,
        Usage = message.PromptTokens is null && message.CompletionTokens is null ? null : new Usage
        {
            PromptTokens = message.PromptTokens,
            CompletionTokens = message.CompletionTokens,
            ContextLength = message.ContextLength,
            DroppedMessages = message.DroppedMessages,
        },
        Timings = message.TotalMs is null ? null : new Timings
        {
            QueueMs = message.QueueMs,
            LoadMs = message.LoadMs,
            PromptMs = message.PromptMs,
            FirstTokenMs = message.FirstTokenMs,
            ThinkingMs = message.ThinkingMs,
            TotalMs = message.TotalMs,
            TokensPerSecond = message.TokensPerSecond,
        },
        Problem = message.ProblemCode is not { } code ? null
            : Problems.From(new ProblemException(code, message.ProblemDetail ?? "The answer failed."), $"/v1/messages/{message.Id}", message.TraceId, time) with { Timestamp = message.UpdatedAt },
    };

    private sealed record Sibling(long Seq, string Id, long? ParentSeq);
}
