using System.Buffers.Text;

namespace ChatOllama.Benchmarks.Load;

/// <summary>Takes the bytes of HTTP/1.1 answers as they come, undoes the chunks and hands out the lines of the body. Not thread-safe.</summary>
internal abstract class ResponseReader
{
    private enum Part { Status, Head, ChunkSize, Body, ChunkEnd, Trailer }

    private readonly LineSplitter _head = new();
    private readonly LineSplitter _body = new();
    private Part _part;
    private bool _isChunked;
    private int _left;

    public int Status { get; private set; }

    /// <summary>Bytes of bodies so far, chunk sizes not counted.</summary>
    public long BodyBytes { get; private set; }

    /// <param name="now">The clock's microseconds when the bytes came.</param>
    public void Feed(ReadOnlySpan<byte> bytes, uint now)
    {
        while (!bytes.IsEmpty)
        {
            if (_part == Part.Body) bytes = FeedBody(bytes, now);
            else if (_head.TryTake(ref bytes, out var line)) ReadHead(line, now);
        }
    }

    protected abstract void OnLine(ReadOnlySpan<byte> line, uint now);

    /// <summary>An answer is complete; the next one may follow on the same connection.</summary>
    protected abstract void OnEnd(uint now);

    private ReadOnlySpan<byte> FeedBody(ReadOnlySpan<byte> bytes, uint now)
    {
        var body = bytes[..Math.Min(_left, bytes.Length)];
        var rest = bytes[body.Length..];
        _left -= body.Length;
        BodyBytes += body.Length;
        while (_body.TryTake(ref body, out var line)) OnLine(line, now);
        if (_left > 0) return rest;
        if (_isChunked) _part = Part.ChunkEnd;
        else End(now);
        return rest;
    }

    private void ReadHead(ReadOnlySpan<byte> line, uint now)
    {
        switch (_part)
        {
            case Part.Status:
                if (line.Length < 12 || !Utf8Parser.TryParse(line[9..], out int status, out _)) throw new BenchException("What came is not HTTP.");
                (Status, _isChunked, _left, _part) = (status, false, 0, Part.Head);
                break;
            case Part.Head when line.IsEmpty:
                if (_isChunked) _part = Part.ChunkSize;
                else if (_left > 0) _part = Part.Body;
                else End(now);
                break;
            case Part.Head:
                ReadHeader(line);
                break;
            case Part.ChunkSize:
                if (!Utf8Parser.TryParse(line, out _left, out _, 'x')) throw new BenchException("A chunk has no size.");
                _part = _left == 0 ? Part.Trailer : Part.Body;
                break;
            case Part.ChunkEnd:
                _part = Part.ChunkSize;
                break;
            case Part.Trailer when line.IsEmpty:
                End(now);
                break;
        }
    }

    private void ReadHeader(ReadOnlySpan<byte> line)
    {
        const string length = "content-length:";
        if (line.Length <= length.Length) return;
        if (Is(line, length)) _left = Utf8Parser.TryParse(line[length.Length..].TrimStart((byte)' '), out int left, out _) ? left : 0;
        else if (Is(line, "transfer-encoding:")) _isChunked = true;
    }

    private static bool Is(ReadOnlySpan<byte> line, string name) => line.Length >= name.Length && System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name);

    private void End(uint now)
    {
        _part = Part.Status;
        if (_body.TakeRest() is { Length: > 0 } rest) OnLine(rest, now);
        OnEnd(now);
    }
}
