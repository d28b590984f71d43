using System.Text.Json;
using ChatOllama.Benchmarks.Load;
using ChatOllama.Benchmarks.Reporting;
using ChatOllama.Benchmarks.Systems;

namespace ChatOllama.Benchmarks.Parts;

/// <summary>Finding things in years of chats.</summary>
internal static class HistoryPart
{
    private const int Page = 50;

    public static async Task RunAsync(BenchContext context)
    {
        var database = await SeededDatabase.GetAsync(context);
        await using var lineup = new Lineup(context);
        await lineup.EmulatorAsync();
        var api = await lineup.ApiAsync(database);
        var sessions = SeededDatabase.CountIn(context);
        using var caller = await Caller.OpenAsync(api.Url);
        Report.Progress("history");
        var table = new Table("History", $"{sessions:#,0} sessions, {sessions * SeededDatabase.MessagesEach:#,0} messages, over HTTP on one connection, pages of {Page}, warm.",
            "what", "p50 ms", "p99 ms", "KiB");
        await MeasureAsync("sessions, first page", $"/v1/sessions?limit={Page}");
        await MeasureAsync("sessions, page at half depth", $"/v1/sessions?limit={Page}&cursor={await CursorAtAsync(caller, sessions, 0.5)}");
        await MeasureAsync("sessions, page at 9/10 depth", $"/v1/sessions?limit={Page}&cursor={await CursorAtAsync(caller, sessions, 0.9)}");
        await MeasureAsync("sessions by title", $"/v1/sessions?limit={Page}&q=ba");
        await MeasureAsync($"session of {SeededDatabase.LongMessages:#,0} messages, newest page", $"/v1/sessions/{SeededDatabase.LongSession}/messages?limit={Page}&order=desc");
        await MeasureAsync($"session of {SeededDatabase.LongMessages:#,0} messages, 1,000 at once", $"/v1/sessions/{SeededDatabase.LongSession}/messages");
        await MeasureAsync("search, rare word", $"/v1/search?q={SeededDatabase.Rare}");
        await MeasureAsync("search, common word", $"/v1/search?q={SeededDatabase.Common}");
        await MeasureAsync("search, absent word", "/v1/search?q=nowhere");
        await MeasureAsync("search, two common words", $"/v1/search?q={SeededDatabase.Common}+baba");
        await MeasureAsync("search, prefix of two letters", "/v1/search?q=ri");
        await MeasureAsync("search, prefix of four letters", "/v1/search?q=quet");
        context.Report.Add(table);

        async Task MeasureAsync(string what, string path)
        {
            var times = new Samples();
            for (var i = -20; i < context.Times(300); i++)
            {
                var took = await caller.GetAsync(path);
                if (i >= 0) times.Add(took.TotalMilliseconds);
            }
            table.Add(what, times.Median, times.At(0.99), caller.Body.Length / 1024.0);
        }
    }

    /// <summary>Walks there page by page, as a client would.</summary>
    private static async Task<string> CursorAtAsync(Caller caller, int sessions, double depth)
    {
        const int most = 200;
        var cursor = "";
        for (var seen = 0; seen < sessions * depth; seen += most)
        {
            await caller.GetAsync($"/v1/sessions?limit={most}{cursor}");
            cursor = "&cursor=" + NextCursor(caller.Body);
        }
        return cursor["&cursor=".Length..];
    }

    private static string NextCursor(string body)
    {
        using var json = JsonDocument.Parse(body);
        return Uri.EscapeDataString(json.RootElement.GetProperty("next_cursor").GetString() ?? throw new BenchException("The list ended too early."));
    }
}
