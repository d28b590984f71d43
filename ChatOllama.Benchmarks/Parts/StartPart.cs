using System.Diagnostics;
using ChatOllama.Benchmarks.Load;
using ChatOllama.Benchmarks.Reporting;
using ChatOllama.Benchmarks.Systems;

namespace ChatOllama.Benchmarks.Parts;

/// <summary>How soon it is there, and what it takes to be there.</summary>
internal static class StartPart
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(BenchContext context)
    {
        await using var lineup = new Lineup(context);
        await lineup.EmulatorAsync();
        var table = new Table("Start and rest", "From the start of the process (`dotnet <service>.dll`, ReadyToRun, files in the page cache) to the first success; "
            + "resident memory ten seconds after that, untouched, and the part of it that no file backs. All settings default.", "what", "/live p50 ms", "/ready p50 ms", "/ready p95 ms", "idle MiB", "anonymous MiB");
        var emulator = lineup.EmulatorProcess.Url.ToString();
        await MeasureAsync("api, new database", context.Published.Api, null, emulator, isNew: true);
        await MeasureAsync("api, empty database", context.Published.Api, context.Scratch.PathOf("empty", "chat.db"), emulator, isNew: false);
        await MeasureAsync($"api, {SeededDatabase.CountIn(context):#,0} sessions", context.Published.Api, await SeededDatabase.GetAsync(context), emulator, isNew: false);
        await MeasureAsync("standalone with its emulator", context.Published.Standalone, context.Scratch.PathOf("standalone", "chat.db"), "emulator", isNew: false);
        context.Report.Add(table);

        async Task MeasureAsync(string what, string program, string? database, string engine, bool isNew)
        {
            Report.Progress($"start: {what}");
            var (live, ready) = (new Samples(), new Samples());
            var count = context.Times(20);
            var memory = 0.0;
            double? anonymous = null;
            // The first one makes the database.
            for (var i = isNew ? 0 : -1; i < count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await using var server = ServerProcess.Launch("start", "dotnet", url => [program, $"--urls={url}"], context.Scratch.PathOf("logs", "start.log"), context.WithSettings(new()
                {
                    ["DB_PATH"] = database ?? context.Scratch.PathOf($"new{i}", "chat.db"),
                    ["OLLAMA_HOST"] = engine,
                }));
                var (toLive, toReady) = (TimeAsync("/live"), TimeAsync("/ready"));
                var (liveTime, readyTime) = (await toLive, await toReady);
                if (i >= 0)
                {
                    live.Add(liveTime);
                    ready.Add(readyTime);
                }
                if (i == count - 1)
                {
                    await Task.Delay(Rest);
                    (memory, anonymous) = (server.MemoryMiB, server.AnonymousMiB);
                }

                async Task<double> TimeAsync(string path)
                {
                    await server.WaitUntilAsync(path);
                    return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                }
            }
            table.Add(what, live.Median, ready.Median, ready.At(0.95), memory, anonymous);
        }
    }
}
