using BenchmarkDotNet.Attributes;
using ChatOllama.ApiService.Ollama;

namespace ChatOllama.Benchmarks.Micro;

/// <summary>One line of Ollama's stream.</summary>
public class ParserBenchmarks
{
    private readonly byte[] _plain = """{"model":"llama3.2:1b","created_at":"2026-11-22T17:27:41.123456789Z","message":{"role":"assistant","content":" token"},"done":false}"""u8.ToArray();
    private readonly byte[] _escaped = """{"model":"llama3.2:1b","created_at":"2026-11-22T17:27:41.123456789Z","message":{"role":"assistant","content":"\n\u003cbr\u003e"},"done":false}"""u8.ToArray();

    [Benchmark]
    public string? Line() => ChatLine.Parse(_plain).Content;

    [Benchmark]
    public int PlainLineByItsShape() => PlainLine.TryRead(_plain, out var text, out _) ? text.Length : 0;

    [Benchmark]
    public string? LineWithEscapes() => ChatLine.Parse(_escaped).Content;
}
