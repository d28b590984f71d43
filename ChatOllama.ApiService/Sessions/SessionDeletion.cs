using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Sessions;

/// <summary>
/// Deletes in two steps: a session first only disappears, so that a slip of the finger can be taken back, and goes for good half a minute later.
/// </summary>
internal sealed class SessionDeletion(DbWriter writer, IDbContextFactory<ChatDbContext> readers, TemporaryExchanges temporary, IRunningAnswers running, AttachmentStore attachments, ChangeFeed changes, TimeProvider time)
{
    /// <summary>How long a deleted session can be restored.</summary>
    public static readonly TimeSpan RestoreWindow = TimeSpan.FromSeconds(30);

    /// <summary>Hides the session and stops what it is writing. A temporary one is gone at once.</summary>
    /// <exception cref="Http.ProblemException">There is no such session.</exception>
    public async Task DeleteAsync(string userId, string id)
    {
        if (temporary.Knows(userId, id))
        {
            // Closed first: a message that comes while the answers end must not slip into a session that then goes.
            temporary.Close(userId, id);
            changes.Publish(userId, ChangeTypes.SessionDeleted, id);
            await running.StopSessionAsync(userId, id);
            return;
        }
        var rows = await writer.WriteAsync(context =>
            context.Execute("UPDATE sessions SET deleted_at = $1 WHERE user_id = $2 AND id = $3 AND deleted_at IS NULL", context.Now, userId, id));
        if (rows == 0)
            throw SessionEndpoints.Missing();
        changes.Publish(userId, ChangeTypes.SessionDeleted, id);
        await running.StopSessionAsync(userId, id);
    }

    /// <exception cref="Http.ProblemException">There is no such session, or its time is over.</exception>
    public async Task RestoreAsync(string userId, string id)
    {
        var rows = await writer.WriteAsync(context =>
            context.Execute("UPDATE sessions SET deleted_at = NULL WHERE user_id = $1 AND id = $2 AND (deleted_at IS NULL OR deleted_at > $3)", userId, id, context.Now - RestoreWindow));
        if (rows == 0)
            throw SessionEndpoints.Missing();
        changes.Publish(userId, ChangeTypes.SessionRestored, id);
    }

    /// <summary>Removes for good what was deleted long enough ago, one session per write so that nobody waits for all of them, and the attachments that nothing needs any more.</summary>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        temporary.Sweep();
        var due = time.GetUtcNow().UtcDateTime - RestoreWindow;
        List<long> keys;
        await using (var db = await readers.CreateDbContextAsync(cancellation))
            keys = await db.Sessions.Where(s => s.DeletedAt != null && s.DeletedAt <= due).Select(s => s.Key).ToListAsync(cancellation);
        foreach (var key in keys)
            await writer.WriteAsync(context => context.Execute("DELETE FROM sessions WHERE key = $1 AND deleted_at <= $2", key, due));
        await attachments.SweepAsync();
    }
}
