using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>What every value of an import has to be. Each check gives the value as it is stored, or the 400 that names its place.</summary>
internal static class ImportRules
{
    /// <summary>Thinking and text together, in bytes: a cursor into an answer counts no further (docs/decisions/0002).</summary>
    public const int MaxText = (1 << 22) - 1;

    public const int MaxMessages = 100_000;
    private const int MaxShort = 300;
    private static readonly DateTime Earliest = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Latest = new(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static string Id(string? id, string place) =>
        id is not null && Chat.RequestFields.IsSessionId(id) && id != Chat.NewExchange.RootParent ? id
            : throw ImportFault.At(place, "an id must have 1 to 128 characters of A–Z a–z 0–9 . _ : -");

    public static void Text(string? content, string? thinking, string place)
    {
        if (content is null)
            throw ImportFault.At(place + ".content", "a text is missing.");
        if (content.Contains('\0') || thinking?.Contains('\0') == true)
            throw ImportFault.At(place, "a text must not contain a NUL character.");
        if (Encoding.UTF8.GetByteCount(content) + Encoding.UTF8.GetByteCount(thinking ?? "") > MaxText)
            throw ImportFault.At(place, "a message has more than 4 MB.");
    }

    public static DateTime Time(DateTime time, string place) =>
        time >= Earliest && time < Latest ? time : throw ImportFault.At(place, "a time must be between the years 1970 and 2200.");

    /// <summary>Unix time, in seconds, or in milliseconds where that is the only way it makes sense.</summary>
    public static DateTime Time(double unix, string place)
    {
        if (unix > 1e11)
            unix /= 1000;
        return unix >= 0 && unix < (Latest - Earliest).TotalSeconds ? Earliest.AddMilliseconds(Math.Round(unix * 1000)) : throw ImportFault.At(place, "a time must be between the years 1970 and 2200.");
    }

    /// <summary>A name, a code or the like: short, on one line.</summary>
    public static string? Short(string? text, string place) =>
        text is null || (text.Length <= MaxShort && !text.Any(char.IsControl)) ? text : throw ImportFault.At(place, $"the text must have at most {MaxShort} characters, all on one line.");

    public static void Usage(Usage? usage, string place)
    {
        if (usage is { PromptTokens: < 0 } or { CompletionTokens: < 0 } or { ContextLength: < 0 } or { DroppedMessages: < 0 })
            throw ImportFault.At(place, "a number of tokens or messages must not be negative.");
    }

    public static void Timings(Timings? timings, string place)
    {
        if (timings is null)
            return;
        foreach (var value in new[] { timings.QueueMs, timings.LoadMs, timings.PromptMs, timings.FirstTokenMs, timings.ThinkingMs, timings.TotalMs, timings.TokensPerSecond })
            if (value is < 0 or > 1e12)
                throw ImportFault.At(place, "a measured time must not be negative, nor longer than thirty years.");
    }

    /// <summary>Runs a check of the api's own and puts the place before the field that it names.</summary>
    public static T Check<T>(string place, Func<T> check)
    {
        try
        {
            return check();
        }
        catch (ProblemException e)
        {
            throw ImportFault.At(e.Errors?.Keys.FirstOrDefault() is { } field && field != "body" ? $"{place}.{field}" : place, e.Message);
        }
        catch (JsonException e)
        {
            return Check<T>(place, () => throw UnreadableRequest.OfJson(e));
        }
    }

    public static void Check(string place, Action check) => Check(place, () => { check(); return true; });

    public static string? Folder(string? folder, string place) => Check(place, () => SessionRules.Folder(folder));

    public static IReadOnlyList<string> Tags(string?[]? tags, string place) => Check(place, () => SessionRules.Tags(tags));
}
