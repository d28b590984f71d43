using ChatOllama.Benchmarks.Load;
using ChatOllama.Benchmarks.Reporting;
using ChatOllama.Benchmarks.Systems;

namespace ChatOllama.Benchmarks.Parts;

/// <summary>What each system adds to a stream: time before the first token, and CPU and time per token.</summary>
internal static class OverheadPart
{
    private const int Rate = 50;
    private const int SaturatedStreams = 8;
    private static readonly int[] Streams = [1, 50, 200];

    public static async Task RunAsync(BenchContext context)
    {
        await using var lineup = new Lineup(context);
        var systems = await StartAsync(context, lineup);
        // Every path of every system has run before anything is measured.
        foreach (var system in systems) await new StreamLoad(context).RunAsync(system, new StreamLoad.Shape(20, Rate, TimeSpan.FromSeconds(0.5), context.Seconds(2)), Lineup.Model(Rate));
        foreach (var (name, measure) in new (string, Func<BenchContext, List<SystemUnderTest>, Task<Table>>)[] { ("first", FirstTokenAsync), ("tokens", PerTokenAsync), ("saturated", SaturatedAsync) })
            if (context.Options.Table.Length == 0 || context.Options.Table == name) context.Report.Add(await measure(context, systems));
    }

    private static async Task<List<SystemUnderTest>> StartAsync(BenchContext context, Lineup lineup)
    {
        var emulator = await lineup.EmulatorAsync();
        Report.Progress("overhead: starting the systems");
        var systems = new List<SystemUnderTest> { emulator };
        if (Wanted("nginx") && await lineup.NginxAsync() is { } nginx) systems.Add(nginx);
        if (Wanted("yarp")) systems.Add(await lineup.YarpAsync());
        if (Wanted("relay")) systems.Add(await lineup.RelayAsync());
        if (!Wanted("api")) return systems;
        var api = await lineup.ApiAsync();
        systems.Add(api);
        if (Wanted("web")) systems.Add(await lineup.WebAsync(api));
        return systems;

        bool Wanted(string name) => context.Options.Only.Length == 0 || context.Options.Only.Contains(name, StringComparison.Ordinal);
    }

    /// <summary>The systems take turns, so that whatever else the machine does hits all of them.</summary>
    private static async Task<Table> FirstTokenAsync(BenchContext context, List<SystemUnderTest> systems)
    {
        Report.Progress("overhead: time to first token");
        var times = systems.ConvertAll(_ => new Samples());
        var callers = new List<Caller>();
        foreach (var system in systems) callers.Add(await Caller.OpenAsync(system.Url));
        for (var round = -20; round < context.Times(500); round++)
        {
            for (var i = 0; i < systems.Count; i++)
            {
                var took = await callers[i].CallAsync(systems[i].Dialect.Request(systems[i].Url, Lineup.Model(0), 4), IsToken);
                if (round >= 0) times[i].Add(took.TotalMilliseconds);
            }
        }
        callers.ForEach(caller => caller.Dispose());
        var table = new Table("Time to first token, ms", $"One request at a time on a kept-alive connection, each in a new session. {Lineup.Settings}.", "system", "p50", "p99", "p50 added", "p99 added");
        for (var i = 0; i < systems.Count; i++)
            table.Add(systems[i].Name, times[i].Median, times[i].At(0.99), times[i].Median - times[0].Median, times[i].At(0.99) - times[0].At(0.99));
        return table;
    }

    private static async Task<Table> PerTokenAsync(BenchContext context, List<SystemUnderTest> systems)
    {
        var counts = context.Options.Streams is { } only ? [only] : Streams;
        var columns = counts.Select(n => $"CPU µs, {n} stream{(n == 1 ? "" : "s")}");
        var table = new Table("CPU per token", $"Streams of {Rate} tokens per second; CPU of the system by the kernel's accounting. Latency: from the emulator's write to this process, at {counts[^1]} streams. "
            + $"{Lineup.Settings}. The load generator's own CPU is in the last column.", ["system", .. columns, "× nginx", "latency p50 ms", "latency p99 ms", "generator µs"]);
        double? nginx = null;
        foreach (var system in systems)
        {
            var results = new List<StreamLoad.Result>();
            foreach (var n in counts)
            {
                Report.Progress($"overhead: {system.Name}, {n} × {Rate} tokens/s");
                results.Add(await new StreamLoad(context).RunAsync(system, new StreamLoad.Shape(n, Rate, TimeSpan.FromSeconds(1), context.Seconds(n == 1 ? 10 : 8)), Lineup.Model(Rate)));
            }
            var most = results[^1];
            if (system.Name == "nginx") nginx = most.CpuPerToken;
            table.Add([system.Name, .. results.Select(r => (object?)r.CpuPerToken), most.CpuPerToken / nginx, most.AgeP50, most.AgeP99, most.GeneratorCpuPerToken]);
        }
        return table;
    }

    private static async Task<Table> SaturatedAsync(BenchContext context, List<SystemUnderTest> systems)
    {
        var tokens = context.Options.Quick ? 20_000 : 100_000;
        var table = new Table("Saturated", $"{SaturatedStreams} streams as fast as they go, {tokens:#,0} tokens each, best of three. {Lineup.Settings}.", "system", "CPU µs per token", "× nginx", "tokens/s", "generator µs");
        double? nginx = null;
        foreach (var system in systems)
        {
            Report.Progress($"overhead: {system.Name}, saturated");
            StreamLoad.Result? best = null;
            for (var i = 0; i < 4; i++)
            {
                var result = await new StreamLoad(context).RunAsync(system, new StreamLoad.Shape(SaturatedStreams, 0, default, default), Lineup.Model(0), tokens);
                // The first one warms up.
                if (i > 0 && (best is null || result.CpuPerToken < best.CpuPerToken)) best = result;
            }
            if (system.Name == "nginx") nginx = best!.CpuPerToken;
            table.Add(system.Name, best!.CpuPerToken, best.CpuPerToken / nginx, best.TokensPerSecond, best.GeneratorCpuPerToken);
        }
        return table;
    }

    private static bool IsToken(string line) => line.StartsWith("data: {\"type\":\"token\"", StringComparison.Ordinal) || line.StartsWith("{\"model\"", StringComparison.Ordinal);
}
