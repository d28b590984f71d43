using System.Globalization;
using ChatOllama.Contracts;

namespace ChatOllama.Web.Components;

/// <summary>Numbers and times as people read them.</summary>
internal static class Words
{
    private static CultureInfo Here => CultureInfo.CurrentCulture;

    /// <summary>A text with its gaps filled, numbers as the visitor's language writes them.</summary>
    public static string Fill(string text, params ReadOnlySpan<object?> gaps) => string.Format(Here, text, gaps);

    /// <summary>One of two texts, with the number written in.</summary>
    public static string Plural(int count, string one, string many) => Fill(count == 1 ? one : many, count.ToString("#,0", Here));

    /// <summary>Decimal units, as disks and downloads are labelled.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => string.Create(Here, $"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => string.Create(Here, $"{bytes / 1e6:0} MB"),
        _ => string.Create(Here, $"{bytes / 1e3:0} kB"),
    };

    /// <summary>Token counts of contexts are powers of two.</summary>
    public static string Tokens(int count) => count >= 1024 ? string.Create(Here, $"{count / 1024}k") : count.ToString(Here);

    public static string Count(int count) => count.ToString("#,0", Here);

    public static string Duration(double milliseconds) => milliseconds switch
    {
        < 10_000 => Fill(CommonTexts.Seconds, (milliseconds / 1000).ToString("0.0", Here)),
        < 120_000 => Fill(CommonTexts.Seconds, (milliseconds / 1000).ToString("0", Here)),
        _ => Fill(CommonTexts.Minutes, (milliseconds / 60_000).ToString("0", Here)),
    };

    public static string Speed(double tokensPerSecond) => Fill(CommonTexts.TokensPerSecond, tokensPerSecond.ToString(tokensPerSecond >= 10 ? "0" : "0.0", Here));

    public static string Ago(DateTime then, DateTime now)
    {
        var ago = now - then;
        return ago.TotalSeconds < 60 ? CommonTexts.JustNow
            : ago.TotalMinutes < 60 ? Plural((int)ago.TotalMinutes, CommonTexts.MinuteAgo, CommonTexts.MinutesAgo)
            : ago.TotalHours < 24 ? Plural((int)ago.TotalHours, CommonTexts.HourAgo, CommonTexts.HoursAgo)
            : ago.TotalDays < 31 ? Plural((int)ago.TotalDays, CommonTexts.DayAgo, CommonTexts.DaysAgo)
            : Date(then);
    }

    public static string Date(DateTime day) => day.ToString(Here.DateTimeFormat.LongDatePattern, Here);

    /// <summary>The heading under which a session stands in the list.</summary>
    public static string Day(SessionSummary session, DateTime today)
    {
        if (session.Pinned) return CommonTexts.Pinned;
        var days = (today.Date - session.UpdatedAt.Date).TotalDays;
        return days < 1 ? CommonTexts.Today : days < 2 ? CommonTexts.Yesterday : days < 7 ? CommonTexts.LastWeek : days < 31 ? CommonTexts.LastMonth : session.UpdatedAt.ToString("MMMM yyyy", Here);
    }

    /// <summary>What a model can, in a word each; what every chat model can is not said.</summary>
    public static IEnumerable<string> Abilities(ModelView model) => model.Capabilities.Select(capability => capability switch
    {
        "vision" => CommonTexts.CanSee,
        "thinking" => CommonTexts.CanThink,
        "tools" => CommonTexts.CanTools,
        "embedding" => CommonTexts.CanEmbed,
        "insert" => CommonTexts.CanInsert,
        _ => null,
    }).OfType<string>();

    /// <summary>Embedding models cannot be talked to.</summary>
    public static bool CanChat(ModelView model) => model.Capabilities.Length == 0 || model.Capabilities.Contains("completion");
}
