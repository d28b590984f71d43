using System.Diagnostics;
using ChatOllama.ApiService;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.Benchmarks.Load;
using ChatOllama.Benchmarks.Reporting;
using ChatOllama.Benchmarks.Systems;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Caller = ChatOllama.Benchmarks.Load.Caller;

namespace ChatOllama.Benchmarks.Parts;

/// <summary>What it takes to lose nothing.</summary>
internal static class WritesPart
{
    private const int Tokens = 1000;
    private static readonly int[] Rates = [0, 500, 50];

    public static async Task RunAsync(BenchContext context)
    {
        await StoreAsync(context);
        await AnswersAsync(context);
    }

    /// <summary>The store alone: the writer's queue, its groups, the disk.</summary>
    private static async Task StoreAsync(BenchContext context)
    {
        Report.Progress("writes: messages");
        var table = new Table("Durable writes", "The api's store in this process: a question and its empty answer per commit, two rows, full-text index on, `synchronous=FULL`; each writer waits for the disk before its next one. "
            + $"One fdatasync of 4 KiB on this disk: {FlushMilliseconds(context):0.00} ms.", "writers", "messages/s", "commit p50 ms", "commit p99 ms");
        await using var app = ApiServiceApp.Build([$"--DB_PATH={context.Scratch.PathOf("writes", "chat.db")}", "--urls=http://127.0.0.1:0", "--OLLAMA_HOST=127.0.0.1:9"], builder => builder.Logging.ClearProviders());
        await app.StartAsync();
        var store = app.Services.GetRequiredService<DatabaseExchanges>();
        await WriteAsync(store, 64, context.Seconds(1), new Samples());
        foreach (var writers in new[] { 1, 64, 256 })
        {
            var times = new Samples();
            var rate = await WriteAsync(store, writers, context.Seconds(4), times);
            table.Add(writers, rate, times.Median, times.At(0.99));
        }
        context.Report.Add(table);
        await app.StopAsync();
    }

    /// <returns>Rows per second.</returns>
    private static async Task<double> WriteAsync(DatabaseExchanges store, int writers, TimeSpan duration, Samples times)
    {
        var started = Stopwatch.GetTimestamp();
        var commits = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var count = 0;
            for (; Stopwatch.GetElapsedTime(started) < duration; count++)
            {
                var begun = Stopwatch.GetTimestamp();
                await store.CommitAsync(Exchange($"writer-{writer}"));
                lock (times) times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
            return count;
        })));
        return commits.Sum() * 2 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static NewExchange Exchange(string session) => new()
    {
        UserId = User.LocalId,
        SessionId = session,
        UserMessageId = Guid.NewGuid().ToString(),
        AnswerId = Guid.NewGuid().ToString(),
        Text = "How would one measure what a durable message costs, and what would one compare it with?",
        Model = "none",
    };

    private static async Task AnswersAsync(BenchContext context)
    {
        var table = new Table("What a streamed answer writes", $"Bytes of the write-ahead log for one answer of {Tokens:#,0} tokens and its question, alone on the api, by speed. "
            + "An answer that comes at once is written once, at its end.", "tokens/s", "WAL KiB", "× writing it once");
        double? once = null;
        foreach (var rate in Rates)
        {
            Report.Progress($"writes: an answer at {rate} tokens/s");
            await using var lineup = new Lineup(context);
            await lineup.EmulatorAsync();
            var database = context.Scratch.PathOf($"wal{rate}", "chat.db");
            var api = await lineup.ApiAsync(database);
            using var caller = await Caller.OpenAsync(api.Url);
            var before = new FileInfo(database + "-wal").Length;
            await caller.CallAsync(api.Dialect.Request(api.Url, Lineup.Model(rate), Tokens));
            var written = (new FileInfo(database + "-wal").Length - before) / 1024.0;
            once ??= written;
            table.Add(rate == 0 ? "at once" : rate, written, written / once);
        }
        context.Report.Add(table);
    }

    private static double FlushMilliseconds(BenchContext context)
    {
        using var file = File.OpenHandle(context.Scratch.PathOf("flush"), FileMode.Create, FileAccess.Write, preallocationSize: 1 << 20);
        var times = new Samples();
        var page = new byte[4096];
        for (var i = 0; i < 200; i++)
        {
            RandomAccess.Write(file, page, i * page.Length);
            var begun = Stopwatch.GetTimestamp();
            RandomAccess.FlushToDisk(file);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        return times.Median;
    }
}
