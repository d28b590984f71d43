using System.Buffers;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// Hands out the lines of a stream one by one from one pooled buffer, without copying them.
/// Used by one reader at a time. A line is valid until the next call.
/// </summary>
/// <param name="stream">Owned by the caller.</param>
/// <param name="maxLine">A longer line ends in <see cref="OllamaFault.Malformed"/>, so that a lying server cannot fill the memory.</param>
internal sealed class NdjsonReader(Stream stream, int maxLine = NdjsonReader.DefaultMaxLine) : IDisposable
{
    public const int DefaultMaxLine = 4 * 1024 * 1024;
    private const int InitialSize = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _start;
    private int _scanned;
    private int _end;
    private bool _atEnd;

    /// <summary>
    /// The next line that is not blank, without its line feed, or null at the end of the stream; a last line without a line feed counts.
    /// Completes synchronously as long as a whole line is buffered: readers flush when it does not.
    /// </summary>
    public ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(CancellationToken cancellationToken) =>
        TryReadLine(out var line) ? new(line) : FillAndTakeAsync(cancellationToken);

    /// <summary>The next line that is not blank, if a whole one is buffered; valid until the next call.</summary>
    public bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        while (_scanned < _end)
        {
            var newLine = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (newLine < 0)
            {
                _scanned = _end;
                break;
            }
            var next = _scanned + newLine + 1;
            line = _buffer.AsMemory(_start, next - 1 - _start);
            _start = _scanned = next;
            if (!IsBlank(line.Span))
                return true;
        }
        line = _buffer.AsMemory(_start, _end - _start);
        if (!_atEnd || IsBlank(line.Span))
            return false;
        _start = _end;
        return true;
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private async ValueTask<ReadOnlyMemory<byte>?> FillAndTakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_atEnd)
                return null;
            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            _atEnd = read == 0;
            if (TryReadLine(out var line))
                return line;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_end, _scanned, _start) = (_end - _start, _scanned - _start, 0);
        }
        if (_end < _buffer.Length)
            return;
        if (_end >= maxLine)
            throw OllamaErrors.NotOllama(200, $"a line of more than {maxLine} bytes");
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0;
}
