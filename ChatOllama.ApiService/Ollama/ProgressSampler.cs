namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// Decides which lines of a download are worth reading. Lines of one layer differ in their last number only, e.g.
/// <c>{"status":"pulling 8934d96d3f08","digest":"sha256:…","total":120000000,"completed":6000000}</c>, so comparing the beginning is enough.
/// Whatever begins otherwise (a status, an error, another layer) is never skipped. One caller at a time.
/// </summary>
internal sealed class ProgressSampler(TimeProvider time)
{
    internal static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    private readonly byte[] _skipped = new byte[1024];
    private byte[] _layer = [];
    private int _skippedLength;
    private long _readAt;

    /// <summary>Whether the line can be passed over: it counts on in the same layer, and the last one was read a moment ago.</summary>
    public bool Skips(ReadOnlySpan<byte> line)
    {
        var same = _layer.Length > 0 && line.Length <= _skipped.Length && line.StartsWith(_layer);
        if (same && time.GetElapsedTime(_readAt) < Every)
        {
            line.CopyTo(_skipped);
            _skippedLength = line.Length;
            return true;
        }
        if (same)
            _skippedLength = 0;
        else
            _layer = LayerOf(line);
        _readAt = time.GetTimestamp();
        return false;
    }

    /// <summary>Where another layer or a status follows: the last line that was passed over, which says how far the layer before it came.</summary>
    public ReadOnlyMemory<byte> TakeSkipped()
    {
        var length = _skippedLength;
        _skippedLength = 0;
        return _skipped.AsMemory(0, length);
    }

    /// <summary>The beginning of a line that counts bytes, its total included; of another line nothing.</summary>
    private static byte[] LayerOf(ReadOnlySpan<byte> line)
    {
        var total = line.IndexOf("\"total\":"u8);
        if (total < 0 || !line.StartsWith("{\"status\":"u8))
            return [];
        // Without "completed" the line ends here: then the next one begins with a comma where this one has a brace.
        var digits = line[(total + 8)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return digits < 0 ? [] : line[..(total + 8 + digits)].ToArray();
    }
}
