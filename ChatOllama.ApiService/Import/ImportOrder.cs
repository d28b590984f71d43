using ChatOllama.ApiService.Data;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Import;

/// <summary>A session that an import adds.</summary>
/// <param name="Messages">How many.</param>
internal sealed record NewSession(string Id, DateTime UpdatedAt, int Messages);

/// <summary>
/// Gives new sessions their places among those that are here: lists are ordered by number, and what was said last year must not stand above today's chats.
/// Messages get numbers below all others for the same reason: a search shows the newest first.
/// </summary>
internal sealed class ImportOrder
{
    private const int MovesPerWrite = 500;
    private readonly Dictionary<string, (long FirstSeq, long Activity)> _places = new(StringComparer.Ordinal);
    private readonly List<(long Key, long From, long To)> _moves = [];

    /// <summary>The numbers of a new session; those of the writer's sequence for one that was here a moment ago and has gone.</summary>
    public SessionPlan Place(SessionPlan plan) =>
        !plan.IsHere && _places.TryGetValue(plan.Session.Id, out var place) ? plan with { FirstSeq = place.FirstSeq, Activity = place.Activity } : plan;

    /// <param name="added">The one with the oldest activity first.</param>
    public static async Task<ImportOrder> MakeAsync(IDbContextFactory<ChatDbContext> readers, DbWriter writer, string userId, IReadOnlyList<NewSession> added)
    {
        var order = new ImportOrder();
        if (added.Count == 0)
            return order;
        await using var db = await readers.CreateDbContextAsync();
        var here = await db.Sessions.Where(s => s.UserId == userId).OrderByDescending(s => s.Activity).Select(s => new Here(s.Key, s.Activity, s.UpdatedAt)).ToListAsync();
        var newest = here.Count == 0 ? added.Count : added.Reverse().TakeWhile(a => a.UpdatedAt > here[0].UpdatedAt).Count();
        // One write, so that the numbers stand in a row.
        var top = await writer.WriteAsync(context => Enumerable.Range(0, newest).Select(_ => context.NextSequence()).LastOrDefault());
        var activities = Arrange(added, here, newest, top, order._moves);
        var seq = Math.Min(0, await db.Messages.MinAsync(m => (long?)m.Seq) ?? 0) - added.Sum(a => (long)a.Messages);
        for (var i = 0; i < added.Count; i++)
        {
            order._places[added[i].Id] = (seq, activities[i]);
            seq += added[i].Messages;
        }
        return order;
    }

    /// <summary>Makes room between the sessions that are here. Their order stays; one that is used meanwhile has a higher number already and keeps it.</summary>
    public async Task MakeRoomAsync(DbWriter writer)
    {
        // The oldest first: each goes down into a gap that is there, so that the order is right between the writes too.
        foreach (var moves in Enumerable.Reverse(_moves).Chunk(MovesPerWrite))
        {
            await writer.WriteAsync(context =>
            {
                foreach (var (key, from, to) in moves)
                    context.Execute("UPDATE sessions SET activity = $3 WHERE key = $1 AND activity = $2", key, from, to);
            });
        }
    }

    /// <summary>Walks down both lists at once. A session keeps its number where it can; a new one takes the next number below the one above it.</summary>
    private static long[] Arrange(IReadOnlyList<NewSession> added, List<Here> here, int newest, long top, List<(long, long, long)> moves)
    {
        var activities = new long[added.Count];
        var next = added.Count - 1;
        for (var i = 0; i < newest; i++)
            activities[next--] = top - i;
        var last = long.MaxValue;
        foreach (var session in here)
        {
            while (next >= 0 && added[next].UpdatedAt > session.UpdatedAt)
                activities[next--] = --last;
            if (session.Activity >= last)
                moves.Add((session.Key, session.Activity, --last));
            else
                last = session.Activity;
        }
        while (next >= 0)
            activities[next--] = --last;
        return activities;
    }

    private sealed record Here(long Key, long Activity, DateTime UpdatedAt);
}
