using ChatOllama.Benchmarks.Load;
using ChatOllama.Benchmarks.Reporting;
using ChatOllama.Benchmarks.Systems;

namespace ChatOllama.Benchmarks.Parts;

/// <summary>Thousands of answers at once on the api.</summary>
internal static class ManyPart
{
    private static readonly (int Streams, int Rate)[] Shapes = [(1000, 10), (3000, 4)];

    public static async Task RunAsync(BenchContext context)
    {
        var table = new Table("Many streams at once", $"The api; latency from the emulator's write to this process. {Lineup.Settings}.",
            "streams × tokens/s", "errors", "lost tokens", "latency p50 ms", "latency p99 ms", "CPU µs per token", "memory MiB", "idle MiB", "KiB per stream", "emulator alone p99 ms");
        foreach (var (streams, rate) in Shapes)
        {
            // A fresh api each time, so that its memory is what this load needs.
            await using var lineup = new Lineup(context);
            var emulator = await lineup.EmulatorAsync();
            var api = await lineup.ApiAsync();
            var shape = new StreamLoad.Shape(streams, rate, TimeSpan.FromSeconds(streams / 500.0), context.Seconds(10));
            Report.Progress($"many: {streams} × {rate} tokens/s, direct");
            var direct = await new StreamLoad(context).RunAsync(emulator, shape, Lineup.Model(rate));
            // A handful of answers first: what the process needs for any answer is not the streams' memory.
            await new StreamLoad(context).RunAsync(api, new StreamLoad.Shape(20, rate, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5)), Lineup.Model(rate));
            var idle = api.MemoryMiB;
            Report.Progress($"many: {streams} × {rate} tokens/s, api");
            var result = await new StreamLoad(context).RunAsync(api, shape, Lineup.Model(rate));
            table.Add($"{streams:#,0} × {rate}", result.Failed, result.Lost, result.AgeP50, result.AgeP99, result.CpuPerToken, result.MemoryMiB, idle, (result.MemoryMiB - idle) * 1024 / streams, direct.AgeP99);
        }
        context.Report.Add(table);
    }
}
