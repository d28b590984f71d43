using System.Globalization;
using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Statistics;

/// <summary>A stretch of time that ends today, in days or in months.</summary>
/// <param name="Key">As it stands in the address.</param>
/// <param name="Days">Its length; null for the last twelve months.</param>
public sealed record StatsSpan(string Key, int? Days)
{
    public static readonly IReadOnlyList<StatsSpan> All = [new("7", 7), new("30", 30), new("year", null)];

    private const int Months = 12;

    public string Label => Days is { } days ? Words.Plural(days, "{0}", StatTexts.Days) : StatTexts.Year;

    public static StatsSpan Find(string? key) => All.FirstOrDefault(span => span.Key == key) ?? All[1];

    public DateOnly From(DateTime now)
    {
        var today = DateOnly.FromDateTime(now);
        return Days is { } days ? today.AddDays(1 - days) : new DateOnly(today.Year, today.Month, 1).AddMonths(1 - Months);
    }

    /// <summary>Every day or month of it, also those without an answer.</summary>
    /// <param name="days">What the api counted by day.</param>
    /// <param name="now">The end.</param>
    public IReadOnlyList<StatsPoint> Points(IReadOnlyList<StatsItem> days, DateTime now)
    {
        var byDay = days.ToLookup(day => Key(DateOnly.ParseExact(day.Name, "yyyy-MM-dd", CultureInfo.InvariantCulture)));
        return [.. Steps(now).Select(step => new StatsPoint(Name(step), StatsTotals.Of(step.ToString("o", CultureInfo.InvariantCulture), [.. byDay[step]])))];

        DateOnly Key(DateOnly day) => Days is null ? new DateOnly(day.Year, day.Month, 1) : day;
    }

    private IEnumerable<DateOnly> Steps(DateTime now)
    {
        var today = DateOnly.FromDateTime(now);
        for (var at = From(now); at <= today; at = Days is null ? at.AddMonths(1) : at.AddDays(1)) yield return at;
    }

    private string Name(DateOnly step) => Days is null ? step.ToString("MMM yyyy", CultureInfo.CurrentCulture) : step.ToString(StatTexts.DayFormat, CultureInfo.CurrentCulture);
}

/// <summary>A day or a month, with its name as people read it.</summary>
public sealed record StatsPoint(string Name, StatsItem Item);

/// <summary>Sums of what was counted in parts.</summary>
internal static class StatsTotals
{
    /// <summary>One item for several. Averages are weighted by what they are averages of.</summary>
    public static StatsItem Of(string name, IReadOnlyList<StatsItem> parts) => new()
    {
        Name = name,
        Messages = parts.Sum(part => part.Messages),
        Tokens = parts.Sum(part => part.Tokens),
        PromptTokens = parts.Sum(part => part.PromptTokens),
        CompletionTokens = parts.Sum(part => part.CompletionTokens),
        Loads = parts.Sum(part => part.Loads),
        Errors = parts.Sum(part => part.Errors),
        AverageTokensPerSecond = Quotient(parts.Sum(part => part.SpeedTokens), parts.Sum(part => part.SpeedSeconds)),
        AverageFirstTokenMs = Quotient(parts.Sum(part => (part.AverageFirstTokenMs ?? 0) * part.FirstTokenCount), parts.Sum(part => part.FirstTokenCount)),
        AverageLoadMs = Quotient(parts.Sum(part => (part.AverageLoadMs ?? 0) * part.Loads), parts.Sum(part => part.Loads)),
        SpeedTokens = parts.Sum(part => part.SpeedTokens),
        SpeedSeconds = parts.Sum(part => part.SpeedSeconds),
        FirstTokenCount = parts.Sum(part => part.FirstTokenCount),
    };

    private static double? Quotient(double sum, double count) => count > 0 ? sum / count : null;
}
