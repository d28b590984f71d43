using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Sessions;

/// <summary>The folders and tags that a user's sessions have. They exist as long as a session has them.</summary>
public static class LabelEndpoints
{
    public static void MapLabels(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/folders", ListFoldersAsync).WithName("ListFolders").WithTags("Sessions")
            .WithSummary("The folders of the user's sessions by name, with how many sessions they hold; ?archived= as in the list of sessions").Problems(400);
        app.MapGet("/v1/tags", ListTagsAsync).WithName("ListTags").WithTags("Sessions")
            .WithSummary("The tags of the user's sessions by name, with how many sessions have them; ?archived= as in the list of sessions").Problems(400);
    }

    private static async Task<Ok<FolderList>> ListFoldersAsync(string? archived, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        var flag = PageCursor.ReadFlag(archived, "archived");
        await using var db = await readers.CreateDbContextAsync(cancellation);
        // Answered by the index of folders alone.
        var folders = await db.Database.SqlQuery<Label>($"""
            SELECT folder AS Name, count(*) AS Sessions FROM sessions
            WHERE user_id = {user.Id} AND folder IS NOT NULL AND deleted_at IS NULL AND ({flag} IS NULL OR archived = {flag})
            GROUP BY folder
            """).ToListAsync(cancellation);
        return TypedResults.Ok(new FolderList(Sorted(folders)));
    }

    private static async Task<Ok<TagList>> ListTagsAsync(string? archived, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        var flag = PageCursor.ReadFlag(archived, "archived");
        await using var db = await readers.CreateDbContextAsync(cancellation);
        var tags = await db.Database.SqlQuery<Label>($"""
            SELECT t.value AS Name, count(*) AS Sessions FROM sessions s, json_each(s.tags) t
            WHERE s.user_id = {user.Id} AND s.tags <> '[]' AND s.deleted_at IS NULL AND ({flag} IS NULL OR s.archived = {flag})
            GROUP BY t.value
            """).ToListAsync(cancellation);
        return TypedResults.Ok(new TagList(Sorted(tags)));
    }

    private static List<Label> Sorted(IEnumerable<Label> labels) =>
        [.. labels.OrderBy(l => l.Name, StringComparer.OrdinalIgnoreCase).ThenBy(l => l.Name, StringComparer.Ordinal)];
}
