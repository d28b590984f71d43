using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Pulls;

/// <summary>The downloads as their list shows them.</summary>
/// <param name="Open">What goes on, in the order in which it will be done, and what has just ended.</param>
/// <param name="Past">What is over, newest first.</param>
internal sealed record PullShelf(IReadOnlyList<PullView> Open, IReadOnlyList<PullView> Past)
{
    /// <summary>So long what has ended stays in sight; what failed until somebody had a day to see it.</summary>
    private static readonly TimeSpan JustEnded = TimeSpan.FromMinutes(10), Failed = TimeSpan.FromDays(1);

    /// <param name="pulls">Newest first, as the api lists them.</param>
    public static PullShelf Sort(IReadOnlyList<PullView> pulls, DateTime now)
    {
        var newest = pulls.GroupBy(pull => pull.Name, StringComparer.OrdinalIgnoreCase).Select(same => same.First().Id).ToHashSet();
        var open = pulls.Where(pull => IsUnfinished(pull) || (newest.Contains(pull.Id) && now - (pull.EndedAt ?? now) < (pull.Status == PullStatuses.Failed ? Failed : JustEnded)));
        List<PullView> shown = [.. open.OrderBy(Rank).ThenBy(pull => pull.Position ?? 0).ThenBy(pull => IsUnfinished(pull) ? pull.CreatedAt.Ticks : -pull.CreatedAt.Ticks)];
        return new PullShelf(shown, [.. pulls.Except(shown)]);
    }

    public static bool IsUnfinished(PullView pull) => PullStatuses.IsUnfinished(pull.Status);

    private static int Rank(PullView pull) => pull.Status switch { PullStatuses.Running => 0, PullStatuses.Queued => 1, _ => 2 };
}
