using System.Runtime.CompilerServices;
using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Export;

/// <summary>Gives a session page by page, so that a long one is never in memory as a whole.</summary>
internal sealed class ExportSource(IDbContextFactory<ChatDbContext> readers, BranchListing branches, MessageViews views, TemporaryExchanges temporary)
{
    private const string Page = "200";

    /// <exception cref="Http.ProblemException">404.</exception>
    public async Task<SessionDetail> FindAsync(string userId, string id, CancellationToken cancellation)
    {
        if (temporary.FindSession(userId, id) is { } inMemory)
            return inMemory;
        await using var db = await readers.CreateDbContextAsync(cancellation);
        return await SessionViews.FindAsync(db, userId, id, cancellation) ?? throw SessionEndpoints.Missing();
    }

    /// <summary>The messages, oldest first.</summary>
    /// <param name="all">True: the whole tree; false: the active branch.</param>
    public async IAsyncEnumerable<IReadOnlyList<MessageView>> MessagesAsync(string userId, string id, bool all, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (temporary.FindMessages(userId, id, all) is { } inMemory)
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
            var page = await branches.ListAsync(db, session, new MessageQuery(all ? "true" : null, Page, cursor, null, null, null), cancellation);
            cursor = page.NextCursor;
            yield return page.Messages;
        }
        while (cursor is not null);
    }

    /// <summary>What the messages of a page were asked with, by their ids.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> RequestsAsync(IReadOnlyList<MessageView> page, CancellationToken cancellation)
    {
        var ids = page.Where(m => m.Role == "assistant").Select(m => m.Id).ToList();
        await using var db = await readers.CreateDbContextAsync(cancellation);
        var requests = await db.Messages.Where(m => ids.Contains(m.Id) && m.RequestJson != null).Select(m => new { m.Id, m.RequestJson }).ToListAsync(cancellation);
        return requests.ToDictionary(r => r.Id, r => JsonSerializer.Deserialize(r.RequestJson!, ContractsJson.Default.JsonElement));
    }
}
