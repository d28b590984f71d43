using System.Buffers;

namespace ChatOllama.ApiService.Ollama;

/// <summary>A running answer of Ollama, line by line. One reader at a time.</summary>
internal sealed class OllamaStream(HttpResponseMessage response, Stream body) : IDisposable
{
    /// <summary>How long the end of an answer may lag behind its last line before the connection is given up: in practice it is microseconds.</summary>
    private static readonly TimeSpan FinishLimit = TimeSpan.FromMilliseconds(100);

    private readonly NdjsonReader _reader = new(body);

    /// <summary>The next line if it has arrived already, valid until the next call.</summary>
    public bool TryReadLine(out ReadOnlyMemory<byte> line) => _reader.TryReadLine(out line);

    /// <summary>The next line, valid until the next call; null at the end. Completes synchronously while whole lines are buffered.</summary>
    /// <exception cref="OllamaException">The stream broke off, or a line is too long.</exception>
    public ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var read = _reader.ReadLineAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? read : WaitAsync(read, cancellationToken);
    }

    /// <summary>
    /// Call after the last line that matters: what follows is ignored, and where nothing follows the connection can be used again.
    /// </summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        var rest = ArrayPool<byte>.Shared.Rent(512);
        // The system's clock on purpose: this guards a socket, and no test could see it with another one.
        using var limit = new CancellationTokenSource(FinishLimit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            for (var reads = 0; reads < 16 && await body.ReadAsync(rest, either.Token) > 0; reads++)
            {
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The answer is complete: nobody needs to know how its connection ended.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    public void Dispose()
    {
        response.Dispose();
        _reader.Dispose();
    }

    internal static OllamaException BrokenOff(Exception e) => e is HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse }
        ? OllamaErrors.NotOllama(200, "a broken HTTP body", e)
        : new(OllamaFault.Incomplete, "The connection to Ollama broke off in mid-answer. It may have been stopped or run out of memory; look into its log and try again.", 200, e);

    private static async ValueTask<ReadOnlyMemory<byte>?> WaitAsync(ValueTask<ReadOnlyMemory<byte>?> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
        {
            // A cancelled read closes the connection, and which of the two exceptions wins is a race.
            cancellationToken.ThrowIfCancellationRequested();
            throw BrokenOff(e);
        }
    }
}
