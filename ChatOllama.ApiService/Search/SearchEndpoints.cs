using System.Text;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Search;

/// <summary>Full-text search over titles and messages.</summary>
public static class SearchEndpoints
{
    private const int MaxQuery = 500;
    private const int DefaultLimit = 50;
    private const char Kind = 'h';

    // Around a match in a snippet. Unicode promises that these are in no text.
    private const char Begin = '\uFDD0';
    private const char End = '\uFDD1';

    public static void MapSearch(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/search", SearchAsync).WithName("Search").WithTags("Search")
            .WithSummary("Titles and messages that have every word, or a word beginning with it; newest first")
            .Problems(400, 429, 500);

    private static async Task<Ok<SearchResult>> SearchAsync(
        string? q, string? limit, string? cursor, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(q))
            throw ProblemException.Validation("q", "q is required: what to search for.");
        if (q.Length > MaxQuery)
            throw ProblemException.Validation("q", $"q must have at most {MaxQuery} characters.");
        var take = PageCursor.ReadLimit(limit, DefaultLimit);
        var before = PageCursor.Read(cursor, $"{Kind}")?.Position ?? long.MaxValue;
        if (FullText.Match(q, prefixOfOne: false) is not { } match)
            return TypedResults.Ok(new SearchResult([], null));

        await using var db = await readers.CreateDbContextAsync(cancellation);
        var rows = await Messages(db, user.Id, match, before, take + 1).ToListAsync(cancellation);
        rows.AddRange(await Titles(db, user.Id, match, before, take + 1).ToListAsync(cancellation));
        var found = rows.OrderByDescending(r => r.Position).Take(take + 1).ToList();
        var page = found.Take(take).ToList();
        var next = found.Count > take ? new PageCursor(Kind, page[^1].Position).ToString() : null;
        return TypedResults.Ok(new SearchResult([.. page.Select(Hit)], next));
    }

    // Messages and activity take their numbers from one sequence, so both kinds of hits have one order. A title stands just above
    // the message that gave its session the same number: hence the doubled numbers.
    // CROSS JOIN keeps the full-text index outermost: it gives its rows newest first, and only those that are shown get a snippet.
    private static IQueryable<Row> Messages(ChatDbContext db, string userId, string match, long before, int take) => db.Database.SqlQuery<Row>($"""
        SELECT f.rowid * 2 AS position, s.id AS session_id, s.title AS title, m.id AS message_id, m.role AS role, m.created_at AS created_at,
            snippet(messages_fts, 0, {Begin.ToString()}, {End.ToString()}, '…', 24) AS snippet
        FROM messages_fts f CROSS JOIN messages m ON m.seq = f.rowid CROSS JOIN sessions s ON s.key = m.session_key
        WHERE messages_fts MATCH {match} AND f.rowid < {(before >> 1) + (before & 1)} AND s.user_id = {userId} AND s.deleted_at IS NULL
        ORDER BY f.rowid DESC LIMIT {take}
        """);

    // The index knows titles by session, not by activity, so all hits must be sorted: by their numbers alone, and only the page gets highlights,
    // in a second walk (the plus keeps SQLite from starting the index anew for each row of the page).
    private static IQueryable<Row> Titles(ChatDbContext db, string userId, string match, long before, int take) => db.Database.SqlQuery<Row>($"""
        WITH page AS MATERIALIZED (
            SELECT s.key FROM sessions_fts f CROSS JOIN sessions s ON s.key = f.rowid
            WHERE sessions_fts MATCH {match} AND s.activity < {before >> 1} AND s.user_id = {userId} AND s.deleted_at IS NULL
            ORDER BY s.activity DESC LIMIT {take})
        SELECT s.activity * 2 + 1 AS position, s.id AS session_id, s.title AS title, NULL AS message_id, NULL AS role, s.updated_at AS created_at,
            highlight(sessions_fts, 0, {Begin.ToString()}, {End.ToString()}) AS snippet
        FROM sessions_fts f CROSS JOIN sessions s ON s.key = f.rowid
        WHERE sessions_fts MATCH {match} AND +f.rowid IN (SELECT key FROM page)
        """);

    private static SearchHit Hit(Row row)
    {
        var (text, highlights) = ReadSnippet(row.snippet);
        return new SearchHit
        {
            SessionId = row.session_id,
            SessionTitle = row.title.Length == 0 ? SessionViews.NoTitle : row.title,
            MessageId = row.message_id,
            Role = row.role,
            Snippet = text,
            Highlights = highlights,
            CreatedAt = row.created_at,
        };
    }

    /// <summary>Takes the marks out and says where they stood.</summary>
    internal static (string Text, int[] Highlights) ReadSnippet(string marked)
    {
        var text = new StringBuilder(marked.Length);
        var highlights = new List<int>();
        var start = -1;
        foreach (var c in marked)
        {
            if (c == Begin)
            {
                start = text.Length;
            }
            else if (c == End && start >= 0)
            {
                highlights.AddRange([start, text.Length - start]);
                start = -1;
            }
            else if (c != End)
            {
                text.Append(c);
            }
        }
        return (text.ToString(), [.. highlights]);
    }

    // Columns of the queries above.
#pragma warning disable IDE1006, CA1812
    private sealed record Row(long position, string session_id, string title, string? message_id, string? role, DateTime created_at, string snippet)
    {
        public long Position => position;
    }
#pragma warning restore IDE1006, CA1812
}
