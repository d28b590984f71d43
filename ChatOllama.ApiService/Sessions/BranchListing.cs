using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Sessions;

/// <summary>The query of <c>GET /v1/sessions/{id}/messages</c>. Values are taken as text, so that a wrong one is named in the problem.</summary>
/// <param name="All">True: the whole tree instead of the active branch.</param>
/// <param name="Before">Id of a message: the page right above it, still oldest first.</param>
/// <param name="At">Id of a message: the page around it, oldest first, on the active branch if it is there, else on the branch through it. <c>next_cursor</c> leads up.</param>
/// <param name="Order"><c>asc</c> (default) from the first message on; <c>desc</c> from the newest back.</param>
public sealed record MessageQuery(
    [FromQuery(Name = "all")] string? All,
    [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "cursor")] string? Cursor,
    [FromQuery(Name = "before")] string? Before,
    [FromQuery(Name = "at")] string? At,
    [FromQuery(Name = "order")] string? Order);

/// <summary>
/// Pages of a session's messages. Backward pages walk up from the last message seen and cost what they show, so a long chat opens at its newest page at once;
/// whatever is added below meanwhile does not move them. Forward pages go down the branch that is active now.
/// </summary>
internal sealed class BranchListing(MessageViews views)
{
    private const char Forward = 'f';
    private const char Backward = 'd';

    /// <summary>Walks back like <see cref="Backward"/>, but each page reads from top to bottom.</summary>
    private const char PageAbove = 'b';

    public async Task<MessageList> ListAsync(ChatDbContext db, Session session, MessageQuery query, CancellationToken cancellation)
    {
        var limit = PageCursor.ReadLimit(query.Limit, PageCursor.BaseLimit);
        if (!string.IsNullOrEmpty(query.At))
            return await AroundAsync(db, session, query.At, limit, cancellation);
        var all = PageCursor.ReadFlag(query.All, "all") ?? false;
        var start = PageCursor.Read(query.Cursor, $"{Forward}{Backward}{PageAbove}") ?? await StartAsync(db, session, query, cancellation);
        var seqs = all ? await TreeAsync(db, session, start, limit, cancellation)
            : start.Kind == Forward ? await DownAsync(db, session, session.ActiveSeq, start.Position, limit, cancellation)
            : await UpAsync(db, session, start.Position, limit, cancellation);
        var next = seqs.Count > limit ? new PageCursor(start.Kind, seqs[limit - 1]).ToString() : null;
        var page = seqs.Take(limit).ToList();
        if (start.Kind == PageAbove)
            page.Reverse();
        return new MessageList(session.Id, await views.LoadAsync(db, session, page, cancellation), next);
    }

    private static async Task<PageCursor> StartAsync(ChatDbContext db, Session session, MessageQuery query, CancellationToken cancellation)
    {
        var descending = PageCursor.ReadDescending(query.Order, fallback: false);
        if (string.IsNullOrEmpty(query.Before))
            return descending ? new PageCursor(Backward, long.MaxValue) : new PageCursor(Forward, long.MinValue);
        return new PageCursor(descending ? Backward : PageAbove, await FindAsync(db, session, query.Before, "before", cancellation));
    }

    private static async Task<long> FindAsync(ChatDbContext db, Session session, string id, string field, CancellationToken cancellation) =>
        await db.Messages.Where(m => m.SessionKey == session.Key && m.Id == id).Select(m => (long?)m.Seq).FirstOrDefaultAsync(cancellation)
            ?? throw ProblemException.Validation(field, $"{field} must be the id of a message of this session.");

    private async Task<MessageList> AroundAsync(ChatDbContext db, Session session, string id, int limit, CancellationToken cancellation)
    {
        var at = await FindAsync(db, session, id, "at", cancellation);
        var active = await IsActiveAsync(db, session, at, cancellation);
        var above = await UpAsync(db, session, at, limit / 2, cancellation);
        var shown = above.Take(limit / 2).Reverse().Append(at).ToList();
        var rest = Math.Max(0, limit - shown.Count);
        var below = await DownAsync(db, session, active ? session.ActiveSeq : await LeafBelowAsync(db, session, at, cancellation), at, rest, cancellation);
        shown.AddRange(below.Take(rest));
        var next = above.Count > limit / 2 ? new PageCursor(PageAbove, shown[0]).ToString() : null;
        return new MessageList(session.Id, await views.LoadAsync(db, session, shown, cancellation), next) { HasNewer = below.Count > rest, IsActiveBranch = active };
    }

    private static async Task<bool> IsActiveAsync(ChatDbContext db, Session session, long seq, CancellationToken cancellation) =>
        (await db.Database.SqlQuery<long>($"""
            WITH RECURSIVE branch(seq, parent_seq) AS (
                SELECT seq, parent_seq FROM messages WHERE seq = {session.ActiveSeq} AND session_key = {session.Key}
                UNION ALL
                SELECT m.seq, m.parent_seq FROM messages m JOIN branch b ON m.seq = b.parent_seq WHERE m.seq >= {seq})
            SELECT seq AS Value FROM branch WHERE seq = {seq}
            """).ToListAsync(cancellation)).Count > 0;

    /// <summary>From a message always to its newest child, as when it is made the active one.</summary>
    private static async Task<long?> LeafBelowAsync(ChatDbContext db, Session session, long seq, CancellationToken cancellation) =>
        (await db.Database.SqlQuery<long>($"""
            WITH RECURSIVE down(seq) AS (
                SELECT {seq}
                UNION ALL
                SELECT (SELECT max(m.seq) FROM messages m WHERE m.session_key = {session.Key} AND m.parent_seq = down.seq) FROM down WHERE down.seq IS NOT NULL)
            SELECT max(seq) AS Value FROM down
            """).ToListAsync(cancellation))[0];

    /// <summary>One message more than <paramref name="limit"/> up from the one at <paramref name="position"/>, which is not part of it; from the leaf when there is none.</summary>
    private static Task<List<long>> UpAsync(ChatDbContext db, Session session, long position, int limit, CancellationToken cancellation)
    {
        var fromLeaf = position == long.MaxValue;
        var start = fromLeaf ? session.ActiveSeq : position;
        var skip = fromLeaf ? 0 : 1;
        var take = limit + 1 + skip;
        return db.Database.SqlQuery<long>($"""
            WITH RECURSIVE branch(seq, parent_seq) AS (
                SELECT seq, parent_seq FROM messages WHERE seq = {start} AND session_key = {session.Key}
                UNION ALL
                SELECT m.seq, m.parent_seq FROM messages m JOIN branch b ON m.seq = b.parent_seq
                LIMIT {take})
            SELECT seq AS Value FROM branch ORDER BY seq DESC LIMIT -1 OFFSET {skip}
            """).ToListAsync(cancellation);
    }

    /// <summary>One message more than <paramref name="limit"/> of the branch that ends at <paramref name="leaf"/>, behind <paramref name="position"/>. A child always has a higher number than its parent.</summary>
    private static Task<List<long>> DownAsync(ChatDbContext db, Session session, long? leaf, long position, int limit, CancellationToken cancellation) =>
        db.Database.SqlQuery<long>($"""
            WITH RECURSIVE branch(seq, parent_seq) AS (
                SELECT seq, parent_seq FROM messages WHERE seq = {leaf} AND session_key = {session.Key}
                UNION ALL
                SELECT m.seq, m.parent_seq FROM messages m JOIN branch b ON m.seq = b.parent_seq WHERE m.seq > {position})
            SELECT seq AS Value FROM branch WHERE seq > {position} ORDER BY seq LIMIT {limit + 1}
            """).ToListAsync(cancellation);

    private static Task<List<long>> TreeAsync(ChatDbContext db, Session session, PageCursor start, int limit, CancellationToken cancellation)
    {
        var messages = db.Messages.Where(m => m.SessionKey == session.Key);
        messages = start.Kind == Forward
            ? messages.Where(m => m.Seq > start.Position).OrderBy(m => m.Seq)
            : messages.Where(m => m.Seq < start.Position).OrderByDescending(m => m.Seq);
        return messages.Select(m => m.Seq).Take(limit + 1).ToListAsync(cancellation);
    }
}
