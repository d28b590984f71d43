namespace ChatOllama.Benchmarks.Load;

/// <summary>Cuts bytes into lines, keeping what is not whole yet.</summary>
internal sealed class LineSplitter
{
    private byte[] _kept = new byte[512];
    private int _length;

    /// <summary>A line without its end, valid until the next call; false when there is no whole one in <paramref name="bytes"/>, which are kept then.</summary>
    public bool TryTake(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> line)
    {
        var end = bytes.IndexOf((byte)'\n');
        line = end < 0 ? default : bytes[..end];
        if (end < 0 || _length > 0) line = Keep(end < 0 ? bytes : line);
        bytes = end < 0 ? default : bytes[(end + 1)..];
        if (end < 0) return false;
        _length = 0;
        if (line.EndsWith("\r"u8)) line = line[..^1];
        return true;
    }

    /// <summary>What is left when nothing more comes.</summary>
    public ReadOnlySpan<byte> TakeRest()
    {
        var rest = _kept.AsSpan(0, _length);
        _length = 0;
        return rest;
    }

    private Span<byte> Keep(ReadOnlySpan<byte> bytes)
    {
        while (_length + bytes.Length > _kept.Length) Array.Resize(ref _kept, _kept.Length * 2);
        bytes.CopyTo(_kept.AsSpan(_length));
        _length += bytes.Length;
        return _kept.AsSpan(0, _length);
    }
}
