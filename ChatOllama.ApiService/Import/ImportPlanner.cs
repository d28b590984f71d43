using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Import;

/// <summary>What is new in a session of a file.</summary>
/// <param name="NewMessages">Those that are not here, parents first.</param>
/// <param name="KnownSeqs">The rows of those that are here, by id.</param>
internal sealed record SessionPlan(IncomingSession Session, bool IsHere, IReadOnlyList<IncomingMessage> NewMessages, IReadOnlyDictionary<string, long> KnownSeqs)
{
    /// <summary>The number of the first new message; null where the writer's sequence gives them, because they go below messages that are here.</summary>
    public long? FirstSeq { get; init; }

    /// <summary>Its place in lists; null for the top.</summary>
    public long? Activity { get; init; }

    /// <summary>The message to be shown, if it is a new one.</summary>
    public string? ActiveId => NewMessages.Any(m => m.Id == Session.ActiveId) ? Session.ActiveId : null;
}

/// <summary>Compares what a file has with what is here.</summary>
internal sealed class ImportPlanner(IDbContextFactory<ChatDbContext> readers, TemporaryExchanges temporary, string userId)
{
    private const int Chunk = 1000;

    /// <exception cref="Http.ProblemException">400: an id is taken by something else.</exception>
    public async Task<SessionPlan> PlanAsync(IncomingSession session, ImportNotes notes, CancellationToken cancellation)
    {
        if (temporary.Knows(userId, session.Id))
            throw ImportFault.At(session.Place + ".id", "a temporary chat that is open has this id. Close it first.");
        await using var db = await readers.CreateDbContextAsync(cancellation);
        var here = await db.Sessions.Where(s => s.UserId == userId && s.Id == session.Id).Select(s => new { s.Key, s.DeletedAt }).FirstOrDefaultAsync(cancellation);
        var known = new Dictionary<string, Known>(StringComparer.Ordinal);
        foreach (var ids in session.Messages.Select(m => m.Id).Chunk(Chunk))
        {
            var rows = await db.Messages.Where(m => ids.Contains(m.Id)).Select(m => new Known(m.Id, m.Seq, m.SessionKey, m.Content.Length)).ToListAsync(cancellation);
            foreach (var row in rows)
                known[row.Id] = row;
        }
        // What was deleted a moment ago is as good as gone.
        if (here is { DeletedAt: not null })
            foreach (var row in known.Values.Where(k => k.SessionKey == here.Key).ToList())
                known.Remove(row.Id);
        var isHere = here is { DeletedAt: null };
        foreach (var message in session.Messages)
            Compare(message, known.GetValueOrDefault(message.Id), isHere ? here!.Key : null, notes);
        var added = known.Count == 0 ? session.Messages : [.. session.Messages.Where(m => !known.ContainsKey(m.Id))];
        return new SessionPlan(session, isHere, added, known.ToDictionary(k => k.Key, k => k.Value.Seq, StringComparer.Ordinal));
    }

    public async Task<bool> HasSessionsAsync(CancellationToken cancellation)
    {
        await using var db = await readers.CreateDbContextAsync(cancellation);
        return await db.Sessions.AnyAsync(s => s.UserId == userId, cancellation);
    }

    /// <exception cref="Http.ProblemException">400: the id is taken by another file.</exception>
    /// <returns>Whether it is new here.</returns>
    public async Task<bool> IsNewAsync(IncomingFile file, CancellationToken cancellation)
    {
        await using var db = await readers.CreateDbContextAsync(cancellation);
        var here = await db.Attachments.FirstOrDefaultAsync(a => a.Id == file.Id, cancellation);
        if (here is not null && (here.UserId != userId || here.Hash != file.Hash))
            throw ImportFault.At(file.Place + ".id", "another file has this id already.");
        return here is null;
    }

    private static void Compare(IncomingMessage message, Known? known, long? session, ImportNotes notes)
    {
        if (known is null)
            return;
        if (known.SessionKey != session)
            throw ImportFault.At(message.Place + ".id", "a message of another session has this id already.");
        if (known.Length != message.Content.EnumerateRunes().Count())
            notes.Add(ImportWarnings.DifferentText, message.Place);
    }

    /// <param name="Length">In characters, as SQLite counts them.</param>
    private sealed record Known(string Id, long Seq, long SessionKey, int Length);
}
