using System.Globalization;
using ChatOllama.Contracts;

namespace ChatOllama.Web.Components;

/// <summary>Numbers and times as people read them.</summary>
internal static class Words
{
    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    /// <summary>Decimal units, as disks and downloads are labelled.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => string.Create(English, $"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => string.Create(English, $"{bytes / 1e6:0} MB"),
        _ => string.Create(English, $"{bytes / 1e3:0} kB"),
    };

    /// <summary>Token counts of contexts are powers of two.</summary>
    public static string Tokens(int count) => count >= 1024 ? string.Create(English, $"{count / 1024}k") : count.ToString(English);

    public static string Count(int count) => count.ToString("#,0", English);

    public static string Duration(double milliseconds) => milliseconds switch
    {
        < 10_000 => string.Create(English, $"{milliseconds / 1000:0.0} s"),
        < 120_000 => string.Create(English, $"{milliseconds / 1000:0} s"),
        _ => string.Create(English, $"{milliseconds / 60_000:0} min"),
    };

    public static string Speed(double tokensPerSecond) => tokensPerSecond >= 10
        ? string.Create(English, $"{tokensPerSecond:0} tokens/s") : string.Create(English, $"{tokensPerSecond:0.0} tokens/s");

    public static string Ago(DateTime then, DateTime now)
    {
        var ago = now - then;
        return ago.TotalSeconds < 60 ? "just now"
            : ago.TotalMinutes < 60 ? Plural((int)ago.TotalMinutes, "minute") + " ago"
            : ago.TotalHours < 24 ? Plural((int)ago.TotalHours, "hour") + " ago"
            : ago.TotalDays < 31 ? Plural((int)ago.TotalDays, "day") + " ago"
            : then.ToString("d MMMM yyyy", English);
    }

    public static string Plural(int count, string word) => string.Create(English, $"{count} {word}{(count == 1 ? "" : "s")}");

    /// <summary>The heading under which a session stands in the list.</summary>
    public static string Day(SessionSummary session, DateTime today)
    {
        if (session.Pinned) return "Pinned";
        var days = (today.Date - session.UpdatedAt.Date).TotalDays;
        return days < 1 ? "Today" : days < 2 ? "Yesterday" : days < 7 ? "Last week" : days < 31 ? "Last month" : session.UpdatedAt.ToString("MMMM yyyy", English);
    }

    /// <summary>What a model can, in a word each; what every chat model can is not said.</summary>
    public static IEnumerable<string> Abilities(ModelView model) => model.Capabilities.Select(capability => capability switch
    {
        "vision" => "sees",
        "thinking" => "thinks",
        "tools" => "tools",
        "embedding" => "embeds",
        "insert" => "fills in",
        _ => null,
    }).OfType<string>();

    /// <summary>Embedding models cannot be talked to.</summary>
    public static bool CanChat(ModelView model) => model.Capabilities.Length == 0 || model.Capabilities.Contains("completion");
}
