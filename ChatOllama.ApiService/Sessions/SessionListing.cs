using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Search;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Sessions;

/// <summary>The query of <c>GET /v1/sessions</c>. Values are taken as text, so that a wrong one is named in the problem.</summary>
/// <param name="Q">Words of the title, each as a prefix.</param>
/// <param name="Folder">The folder by its name; the empty text asks for sessions without one.</param>
public sealed record SessionQuery(
    [FromQuery(Name = "q")] string? Q,
    [FromQuery(Name = "folder")] string? Folder,
    [FromQuery(Name = "tag")] string? Tag,
    [FromQuery(Name = "archived")] string? Archived,
    [FromQuery(Name = "pinned")] string? Pinned,
    [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "cursor")] string? Cursor,
    [FromQuery(Name = "order")] string? Order);

/// <summary>Lists sessions by last activity. Pages follow the writer's sequence, never a clock.</summary>
internal static class SessionListing
{
    private const char NewestFirst = 's';
    private const char OldestFirst = 'S';

    /// <param name="version">Of the feed of changes, from before this call.</param>
    public static async Task<SessionList> ListAsync(ChatDbContext db, string userId, SessionQuery query, string version, CancellationToken cancellation)
    {
        var limit = PageCursor.ReadLimit(query.Limit, PageCursor.BaseLimit);
        var cursor = PageCursor.Read(query.Cursor, $"{NewestFirst}{OldestFirst}");
        var descending = cursor is { } c ? c.Kind == NewestFirst : PageCursor.ReadDescending(query.Order, fallback: true);
        var sessions = Filter(db, query).Where(s => s.UserId == userId && s.DeletedAt == null);
        sessions = descending
            ? sessions.Where(s => cursor == null || s.Activity < cursor.Value.Position).OrderByDescending(s => s.Activity)
            : sessions.Where(s => cursor == null || s.Activity > cursor.Value.Position).OrderBy(s => s.Activity);
        var rows = await sessions.Take(limit + 1).ToListAsync(cancellation);
        var page = rows.Take(limit).ToList();
        var running = await SessionViews.RunningAsync(db, cancellation);
        var next = rows.Count > limit ? new PageCursor(descending ? NewestFirst : OldestFirst, page[^1].Activity).ToString() : null;
        return new SessionList([.. page.Select(s => SessionViews.Summary(s, running.Contains(s.Key)))], next, version);
    }

    private static IQueryable<Session> Filter(ChatDbContext db, SessionQuery query)
    {
        IQueryable<Session> sessions = db.Sessions;
        if (!string.IsNullOrWhiteSpace(query.Q))
        {
            // No word in it: no title has it.
            sessions = FullText.Match(query.Q) is { } match
                ? db.Sessions.FromSql($"SELECT * FROM sessions WHERE key IN (SELECT rowid FROM sessions_fts WHERE sessions_fts MATCH {match})")
                : sessions.Where(s => false);
        }
        if (query.Folder is { } folder)
            sessions = folder.Length == 0 ? sessions.Where(s => s.Folder == null) : sessions.Where(s => s.Folder == folder);
        if (query.Tag is { Length: > 0 } tag)
        {
            // The first condition leads to the index of those that have any.
            var tagged = db.Sessions.FromSql($"SELECT * FROM sessions WHERE tags <> '[]' AND deleted_at IS NULL AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = {tag})");
            sessions = sessions.Where(s => tagged.Select(t => t.Key).Contains(s.Key));
        }
        if (PageCursor.ReadFlag(query.Archived, "archived") is { } archived)
            sessions = sessions.Where(s => s.Archived == archived);
        if (PageCursor.ReadFlag(query.Pinned, "pinned") is { } pinned)
            sessions = sessions.Where(s => s.Pinned == pinned);
        return sessions;
    }
}
