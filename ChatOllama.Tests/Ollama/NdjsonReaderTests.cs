using System.Text;
using ChatOllama.ApiService.Ollama;
using Xunit;

namespace ChatOllama.Tests.Ollama;

public class NdjsonReaderTests
{
    private static async Task<List<string>> LinesAsync(Stream stream, int maxLine = NdjsonReader.DefaultMaxLine)
    {
        using var reader = new NdjsonReader(stream, maxLine);
        var lines = new List<string>();
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
            lines.Add(Encoding.UTF8.GetString(line.Span));
        return lines;
    }

    [Fact]
    public async Task Every_split_point_gives_the_same_lines()
    {
        var bytes = Encoding.UTF8.GetBytes("{\"a\":\"é🦙\"}\n\r\n  \n{\"b\":2}\r\n\n{\"last\":\"without a line feed\"}");
        for (var at = 0; at <= bytes.Length; at++)
            Assert.Equal(["{\"a\":\"é🦙\"}", "{\"b\":2}\r", "{\"last\":\"without a line feed\"}"], await LinesAsync(new Pieces(bytes[..at], bytes[at..])));
    }

    [Fact]
    public async Task Single_bytes_give_the_same_lines()
    {
        var bytes = Encoding.UTF8.GetBytes("one\ntwo é\n");
        Assert.Equal(["one", "two é"], await LinesAsync(new Pieces([.. bytes.Select(b => new[] { b })])));
    }

    [Fact]
    public async Task A_line_longer_than_the_buffer_arrives_whole()
    {
        var text = new string('x', 300_000);
        Assert.Equal([text, "y"], await LinesAsync(new MemoryStream(Encoding.UTF8.GetBytes(text + "\ny\n"))));
    }

    [Fact]
    public async Task A_line_over_the_limit_fails_cleanly()
    {
        var fault = await Assert.ThrowsAsync<OllamaException>(() => LinesAsync(new Endless(), 64 * 1024));
        Assert.Equal(OllamaFault.Malformed, fault.Kind);
    }

    [Fact]
    public async Task Lines_of_one_read_complete_synchronously()
    {
        var gate = new TaskCompletionSource();
        using var reader = new NdjsonReader(new Pieces(gate.Task, "1\n2\n3\n4"u8.ToArray(), "5\n"u8.ToArray()));
        var first = reader.ReadLineAsync(CancellationToken.None);
        Assert.False(first.IsCompleted);
        gate.SetResult();
        Assert.Equal("1"u8.ToArray(), (await first)!.Value.ToArray());
        foreach (var expected in "23")
        {
            var next = reader.ReadLineAsync(CancellationToken.None);
            Assert.True(next.IsCompletedSuccessfully);
            Assert.Equal((byte)expected, (await next)!.Value.Span[0]);
        }
        Assert.Equal("45"u8.ToArray(), (await reader.ReadLineAsync(CancellationToken.None))!.Value.ToArray());
    }

    /// <summary>Gives one piece per read.</summary>
    private sealed class Pieces(Task gate, params byte[][] pieces) : MemoryStream
    {
        private readonly Queue<byte[]> _pieces = new(pieces.Where(p => p.Length > 0));

        public Pieces(params byte[][] pieces) : this(Task.CompletedTask, pieces)
        {
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await gate;
            if (!_pieces.TryDequeue(out var piece))
                return 0;
            piece.CopyTo(buffer);
            return piece.Length;
        }
    }

    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            return new(buffer.Length);
        }
    }
}
