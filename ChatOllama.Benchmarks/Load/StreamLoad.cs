using System.Diagnostics;
using ChatOllama.Benchmarks.Systems;

namespace ChatOllama.Benchmarks.Load;

/// <summary>Many streams at once: begun one after the other, measured in a window while all of them run, read to their ends.</summary>
internal sealed class StreamLoad(BenchContext context)
{
    private readonly Histogram _ages = new();
    private long _tokens;
    private bool _records;

    /// <param name="Rate">Tokens per second and stream; 0: as fast as it goes, and the window is the whole run.</param>
    /// <param name="Ramp">Time over which the streams begin.</param>
    public sealed record Shape(int Streams, int Rate, TimeSpan Ramp, TimeSpan Window)
    {
        /// <summary>From the last beginning to the window.</summary>
        public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

        private static readonly TimeSpan Spare = TimeSpan.FromSeconds(1);

        /// <summary>Enough for the first stream to outlast the window.</summary>
        public int Tokens => (int)(Rate * (Ramp + WarmUp + Window + Spare).TotalSeconds);
    }

    /// <summary>What a window showed.</summary>
    /// <param name="CpuPerToken">Microseconds of the system under test.</param>
    /// <param name="GeneratorCpuPerToken">Microseconds of this process.</param>
    public sealed record Result(double CpuPerToken, double GeneratorCpuPerToken, double TokensPerSecond, double? AgeP50, double? AgeP99, double MemoryMiB, int Failed, long Lost);

    public async Task<Result> RunAsync(SystemUnderTest system, Shape shape, string model, int? tokensEach = null)
    {
        var tokens = tokensEach ?? shape.Tokens;
        var streams = new List<(ChatStream Stream, Connection Connection)>();
        for (var i = 0; i < shape.Streams; i++)
        {
            var stream = new ChatStream(system.Dialect, this);
            streams.Add((stream, await Connection.OpenAsync(system.Url, stream, stream.Break)));
        }
        var request = system.Dialect.Request(system.Url, model, tokens);
        var ends = Task.WhenAll(streams.Select(s => s.Stream.Ended));
        Result result;
        if (shape.Rate == 0) result = await MeasureAsync(system, async () => { foreach (var (_, connection) in streams) connection.Send(request); await ends; });
        else
        {
            var begun = Stopwatch.GetTimestamp();
            for (var i = 0; i < streams.Count; i++)
            {
                streams[i].Connection.Send(request);
                var due = shape.Ramp * ((i + 1.0) / streams.Count) - Stopwatch.GetElapsedTime(begun);
                if (due > TimeSpan.FromMilliseconds(1)) await Task.Delay(due);
            }
            await Task.Delay(Shape.WarmUp);
            result = await MeasureAsync(system, () => Task.Delay(shape.Window));
        }
        await Task.WhenAny(ends, Task.Delay(TimeSpan.FromSeconds(60)));
        foreach (var (stream, connection) in streams)
        {
            stream.Check(tokens);
            connection.Dispose();
        }
        return Judge(system, streams.ConvertAll(s => s.Stream), tokens, result);
    }

    /// <summary>Text has come; on the socket engine's thread.</summary>
    public void Count(ReadOnlySpan<byte> content, uint now)
    {
        _tokens += content.Length / ChatStream.TokenLength;
        if (!Volatile.Read(ref _records)) return;
        for (; content.Length >= ChatStream.TokenLength; content = content[ChatStream.TokenLength..]) _ages.Add(ChatStream.Age(content, now));
    }

    private async Task<Result> MeasureAsync(SystemUnderTest system, Func<Task> window)
    {
        using var self = Process.GetCurrentProcess();
        _ages.Clear();
        Volatile.Write(ref _records, true);
        var (cpu, own, tokens, started) = (system.Cpu, CpuClock.Read([self]), Volatile.Read(ref _tokens), Stopwatch.GetTimestamp());
        await window();
        var count = Volatile.Read(ref _tokens) - tokens;
        var spent = (system.Cpu - cpu).TotalMicroseconds;
        var spentHere = (CpuClock.Read([self]) - own).TotalMicroseconds;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Volatile.Write(ref _records, false);
        return new Result(spent / count, spentHere / count, count / seconds, _ages.Milliseconds(0.5), _ages.Milliseconds(0.99), system.MemoryMiB, 0, 0);
    }

    private Result Judge(SystemUnderTest system, List<ChatStream> streams, int tokens, Result result)
    {
        var failed = streams.Where(stream => stream.Failure is not null).ToList();
        foreach (var why in failed.GroupBy(stream => stream.Failure).Take(5)) context.Report.Fail($"{system.Name}: {why.Count()} of {streams.Count} streams: {why.Key}");
        return result with { Failed = failed.Count, Lost = ((long)tokens * streams.Count) - streams.Sum(stream => stream.Tokens) };
    }
}
