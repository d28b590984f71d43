using System.Buffers;
using BenchmarkDotNet.Attributes;
using ChatOllama.ApiService.Generations;

namespace ChatOllama.Benchmarks.Micro;

/// <summary>One token through the event log to one reader, per token of an answer of a thousand.</summary>
public class LogBenchmarks
{
    private const int Tokens = 1000;
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);

    [Benchmark(OperationsPerInvoke = Tokens)]
    public int AppendAndRead()
    {
        var log = new GenerationLog("session");
        using var reader = log.Attach(default);
        _output.ResetWrittenCount();
        reader.Read(_output);
        for (var i = 0; i < Tokens; i++)
        {
            log.Append(thinking: false, " token");
            log.Publish();
            reader.Read(_output);
        }
        return _output.WrittenCount;
    }
}
