using ChatOllama.Benchmarks.Parts;
using ChatOllama.Benchmarks.Reporting;
using ChatOllama.Benchmarks.Systems;

namespace ChatOllama.Benchmarks;

/// <summary>The command line: which parts, how long, where to.</summary>
internal static class Bench
{
    private const string Usage = """
        dotnet run -c Release --project ChatOllama.Benchmarks -- <part>... [--quick] [--no-publish] [--only <system>] [--set <name>=<value>]... [--out <folder>]

          all        every part below, about a quarter of an hour on two cores
          overhead   time to first token and CPU per token beside plain proxies
          many       thousands of streams at once
          start      from the start of the process to /live and /ready, memory at rest
          history    lists, long sessions and search over 100,000 sessions and a million messages
          writes     durable messages per second, and what a streamed answer writes
          web        pages, and answers as rendered HTML
          micro      the parser, the event log and the renderer alone (BenchmarkDotNet; takes its own options)

          --quick    a fifth of the time, for a first look: not for publication
          --no-publish  the services as the last run has published them
          --systems  services that were published before, from the folder systems of another build: before and after
          --table    of overhead only this: first (time to first token), tokens (CPU per token) or saturated
          --streams  of the table tokens only this many streams, e.g. 200
          --set      an environment variable for api, web and standalone, e.g. --set DOTNET_TieredPGO=0; stated with the results
          --only     only these of nginx, yarp, relay, api and web, e.g. --only nginx,api (the emulator itself is always measured)
          --out      where results.md and results.json go; default: the current folder
        """;

    private static readonly (string Name, Func<BenchContext, Task> Run)[] Parts =
    [
        ("overhead", OverheadPart.RunAsync),
        ("many", ManyPart.RunAsync),
        ("start", StartPart.RunAsync),
        ("history", HistoryPart.RunAsync),
        ("writes", WritesPart.RunAsync),
        ("web", WebPart.RunAsync),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        if (BenchOptions.Parse(args, [.. Parts.Select(part => part.Name)]) is not { } options)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        var report = new Report(options);
        using var scratch = new Scratch();
        try
        {
            var context = new BenchContext(options, report, scratch, await Published.GetAsync(options));
            report.Begin();
            foreach (var (name, run) in Parts)
                if (options.Parts.Contains(name)) await run(context);
        }
        catch (BenchException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        await report.SaveAsync();
        return report.Failures.Count == 0 ? 0 : 1;
    }
}

/// <summary>What every part works with.</summary>
internal sealed record BenchContext(BenchOptions Options, Report Report, Scratch Scratch, Published Published)
{
    /// <summary>A duration in seconds, much shorter in a quick run.</summary>
    public TimeSpan Seconds(double full) => TimeSpan.FromSeconds(Options.Quick ? Math.Max(1.5, full / 5) : full);

    /// <summary>What one of our services is given, and what the command line adds to that.</summary>
    public Dictionary<string, string> WithSettings(Dictionary<string, string> environment)
    {
        foreach (var (name, value) in Options.Environment) environment[name] = value;
        return environment;
    }

    /// <summary>A number of repetitions, fewer in a quick run.</summary>
    public int Times(int full) => Options.Quick ? Math.Max(3, full / 10) : full;
}

/// <summary>A benchmark cannot go on; the message says why.</summary>
internal sealed class BenchException(string message) : Exception(message);
