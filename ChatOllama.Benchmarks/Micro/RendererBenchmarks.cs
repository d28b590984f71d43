using BenchmarkDotNet.Attributes;
using ChatOllama.Web.Rendering;

namespace ChatOllama.Benchmarks.Micro;

/// <summary>An answer of about a thousand tokens, rendered as it comes and in one piece.</summary>
public class RendererBenchmarks
{
    private const string Section = """
        ## A heading with *emphasis*

        Some sentences of ordinary prose, with a [link](https://example.com), `code` and **bold words** in it, long enough to wrap over more than one line on a screen.

        1. first point
        2. second point, with more to say

        ```csharp
        for (var i = 0; i < 10; i++) Console.WriteLine($"line {i}");
        ```

        | name | value |
        | --- | ---: |
        | one | 1 |


        """;

    private readonly string _answer = string.Concat(Enumerable.Repeat(Section, 8));
    private string[] _tokens = [];

    [GlobalSetup]
    public void Cut() => _tokens = [.. _answer.Chunk(4).Select(chars => new string(chars))];

    [Benchmark]
    public int TokenByToken()
    {
        var renderer = new IncrementalRenderer();
        var length = 0;
        foreach (var token in _tokens) length += renderer.Append(token).Sealed.Length;
        return length;
    }

    [Benchmark]
    public int InOnePiece() => new IncrementalRenderer().Append(_answer).Sealed.Length;
}
