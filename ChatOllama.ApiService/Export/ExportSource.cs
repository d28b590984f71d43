using System.Runtime.CompilerServices;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Export;

/// <summary>Gives sessions page by page, so that neither a long one nor many are ever in memory as a whole.</summary>
internal sealed class ExportSource(IDbContextFactory<ChatDbContext> readers, BranchListing branches, MessageViews views, TemporaryExchanges temporary, IRunningAnswers running)
{
    private const int Page = 200;

    /// <exception cref="Http.ProblemException">404.</exception>
    public async Task<SessionDetail> FindAsync(string userId, string id, CancellationToken cancellation)
    {
        if (temporary.FindSession(userId, id) is { } inMemory)
            return inMemory;
        await using var db = await readers.CreateDbContextAsync(cancellation);
        return await SessionViews.FindAsync(db, userId, id, cancellation) ?? throw SessionEndpoints.Missing();
    }

    /// <summary>The messages of the active branch as pages show them, oldest first.</summary>
    public async IAsyncEnumerable<IReadOnlyList<MessageView>> BranchAsync(string userId, string id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (temporary.FindMessages(userId, id, all: false) is { } inMemory)
        {
            yield return [.. inMemory.Select(views.Overlay)];
            yield break;
        }
        Session? session = null;
        string? cursor = null;
        do
        {
            // A context for each page: a client that reads slowly must not hold back the write-ahead log.
            await using var db = await readers.CreateDbContextAsync(cancellation);
            session ??= await db.Sessions.FirstOrDefaultAsync(s => s.UserId == userId && s.Id == id && s.DeletedAt == null, cancellation) ?? throw SessionEndpoints.Missing();
            var page = await branches.ListAsync(db, session, new MessageQuery(null, "200", cursor, null, null, null), cancellation);
            cursor = page.NextCursor;
            yield return page.Messages;
        }
        while (cursor is not null);
    }

    /// <summary>One session with its tree, also a temporary one.</summary>
    /// <exception cref="Http.ProblemException">404.</exception>
    public async Task<ExportPart> FindPartAsync(string userId, string id, CancellationToken cancellation)
    {
        if (temporary.FindSession(userId, id) is { } session && temporary.FindMessages(userId, id, all: true) is { } messages)
            return new ExportPart(ExportRecords.Of(session), _ => InMemoryAsync(userId, messages));
        await using var db = await readers.CreateDbContextAsync(cancellation);
        var row = await db.Sessions.FirstOrDefaultAsync(s => s.UserId == userId && s.Id == id && s.DeletedAt == null, cancellation) ?? throw SessionEndpoints.Missing();
        return await PartAsync(db, row, cancellation);
    }

    /// <summary>All sessions that are kept, in the order of lists, the one with the oldest activity first.</summary>
    public async IAsyncEnumerable<ExportPart> AllAsync(string userId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<long> keys;
        await using (var db = await readers.CreateDbContextAsync(cancellation))
            keys = await db.Sessions.Where(s => s.UserId == userId && s.DeletedAt == null).OrderBy(s => s.Activity).Select(s => s.Key).ToListAsync(cancellation);
        foreach (var key in keys)
        {
            ExportPart? part = null;
            await using (var db = await readers.CreateDbContextAsync(cancellation))
            {
                if (await db.Sessions.FirstOrDefaultAsync(s => s.Key == key && s.DeletedAt == null, cancellation) is { } row)
                    part = await PartAsync(db, row, cancellation);
            }
            // Null: deleted since the list was read.
            if (part is not null)
                yield return part;
        }
    }

    /// <summary>The models for which somebody has set something, by name.</summary>
    public async Task<IReadOnlyList<ExportedModel>> ModelsAsync(CancellationToken cancellation)
    {
        await using var db = await readers.CreateDbContextAsync(cancellation);
        var models = await db.Models.Include(m => m.Config).OrderBy(m => m.Name).ToListAsync(cancellation);
        return [.. models.Select(ExportRecords.Of).Where(ExportRecords.SaysAnything)];
    }

    private async Task<ExportPart> PartAsync(ChatDbContext db, Session row, CancellationToken cancellation)
    {
        var active = await db.Messages.Where(m => m.Seq == row.ActiveSeq).Select(m => m.Id).FirstOrDefaultAsync(cancellation);
        return new ExportPart(ExportRecords.Of(row, active), stop => MessagesAsync(row.Key, stop));
    }

    private async IAsyncEnumerable<ExportMessage> MessagesAsync(long session, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var after = long.MinValue;
        while (true)
        {
            List<MessageRow> page;
            await using (var db = await readers.CreateDbContextAsync(cancellation))
            {
                page = await db.Messages.Where(m => m.SessionKey == session && m.Seq > after).OrderBy(m => m.Seq).Take(Page)
                    .Include(m => m.Attachments).ThenInclude(a => a.Attachment).Select(m => new MessageRow(m, m.Parent!.Id)).ToListAsync(cancellation);
            }
            foreach (var (row, parentId) in page)
                yield return new ExportMessage(Running(ExportRecords.Of(row, parentId)), [.. row.Attachments.OrderBy(a => a.Position).Select(a => ExportFile.Of(a.Attachment!))]);
            if (page.Count < Page)
                yield break;
            after = page[^1].Message.Seq;
        }
    }

    /// <summary>The database has the text of a running answer only up to its last checkpoint; memory has all of it.</summary>
    private ExportedMessage Running(ExportedMessage message) =>
        !MessageStatuses.IsTerminal(message.Status) && running.TryGetSnapshot(message.Id) is { } now
            ? message with { Status = now.Status, Content = now.Content, Thinking = now.Thinking }
            : message;

    private async IAsyncEnumerable<ExportMessage> InMemoryAsync(string userId, IReadOnlyList<MessageView> messages)
    {
        await Task.CompletedTask;
        foreach (var message in messages)
        {
            var files = (message.Attachments ?? []).Select(a => temporary.FindAttachment(userId, a.Id)).OfType<ExchangeAttachment>().Select(ExportFile.Of);
            yield return new ExportMessage(ExportRecords.Of(views.Overlay(message)), [.. files]);
        }
    }

    private sealed record MessageRow(Message Message, string? ParentId);
}

/// <summary>A session and the way to its messages, in the order in which the tree grew.</summary>
/// <param name="Session">Without its messages.</param>
internal sealed record ExportPart(ExportedSession Session, Func<CancellationToken, IAsyncEnumerable<ExportMessage>> Messages);

/// <summary>A message with the files it brought along.</summary>
internal sealed record ExportMessage(ExportedMessage Message, IReadOnlyList<ExportFile> Files);
