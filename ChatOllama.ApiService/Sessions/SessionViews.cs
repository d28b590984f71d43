using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Sessions;

/// <summary>Sessions as they go out.</summary>
internal static class SessionViews
{
    /// <summary>Shown until the first user text gives a title.</summary>
    public const string NoTitle = "New chat";

    public static string TitleOf(Session session) => session.Title.Length == 0 ? NoTitle : session.Title;

    /// <summary>The sessions with an answer that is queued or being generated. Few rows, from a partial index.</summary>
    public static async Task<HashSet<long>> RunningAsync(ChatDbContext db, CancellationToken cancellation) =>
        [.. await db.Messages
            .Where(m => m.Status == MessageStatuses.Queued || m.Status == MessageStatuses.Generating)
            .Select(m => m.SessionKey).ToListAsync(cancellation)];

    public static SessionSummary Summary(Session session, bool isRunning) => new()
    {
        Id = session.Id,
        Title = TitleOf(session),
        CreatedAt = session.CreatedAt,
        UpdatedAt = session.UpdatedAt,
        MessageCount = session.MessageCount,
        Model = session.Model,
        Pinned = session.Pinned,
        Archived = session.Archived,
        Folder = session.Folder,
        Tags = [.. session.Tags],
        IsRunning = isRunning,
    };

    public static SessionDetail Detail(Session session, bool isRunning, string? activeMessageId) => new()
    {
        Id = session.Id,
        Title = TitleOf(session),
        CreatedAt = session.CreatedAt,
        UpdatedAt = session.UpdatedAt,
        MessageCount = session.MessageCount,
        Model = session.Model,
        Pinned = session.Pinned,
        Archived = session.Archived,
        Folder = session.Folder,
        Tags = [.. session.Tags],
        IsRunning = isRunning,
        SystemPrompt = session.SystemPrompt,
        Options = session.OptionsJson is null ? null : JsonSerializer.Deserialize(session.OptionsJson, ContractsJson.Default.DictionaryStringJsonElement),
        ActiveMessageId = activeMessageId,
    };

    /// <summary>The session of this user, if it is there and not deleted.</summary>
    public static async Task<SessionDetail?> FindAsync(ChatDbContext db, string userId, string id, CancellationToken cancellation)
    {
        var found = await db.Sessions
            .Where(s => s.UserId == userId && s.Id == id && s.DeletedAt == null)
            .Select(s => new { Session = s, Active = db.Messages.Where(m => m.Seq == s.ActiveSeq).Select(m => m.Id).FirstOrDefault() })
            .FirstOrDefaultAsync(cancellation);
        if (found is null)
            return null;
        var running = await RunningAsync(db, cancellation);
        return Detail(found.Session, running.Contains(found.Session.Key), found.Active);
    }
}
