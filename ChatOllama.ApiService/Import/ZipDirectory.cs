using System.Buffers.Binary;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// Looks where the directory of a zip archive begins before it is read. .NET makes an object of each entry, and a file of a gigabyte can name twenty million of them.
/// </summary>
internal static class ZipDirectory
{
    private const int EndSize = 22;
    private const int LocatorSize = 20;
    private const int MaxComment = 65_535;

    /// <exception cref="InvalidDataException">There is no directory.</exception>
    /// <exception cref="Http.ProblemException">400: it is too large.</exception>
    public static void Check(Stream file, int maxBytes)
    {
        var tail = new byte[Math.Min(file.Length, EndSize + MaxComment + LocatorSize)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var end = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || end + EndSize > tail.Length)
            throw new InvalidDataException();
        var begin = (long)BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 16));
        // The disk's number and both counts of entries: .NET reads the other record if any of these says so, and then this offset means nothing.
        bool IsFull(int at) => BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + at)) == ushort.MaxValue;
        if (begin == uint.MaxValue || IsFull(4) || IsFull(8) || IsFull(10))
            begin = Begin64(file, tail, end);
        if (begin < 0 || file.Length - begin > maxBytes + MaxComment)
            throw ImportFault.Whole($"The zip archive has a directory of more than {maxBytes / 1024 / 1024} MB.");
        file.Position = 0;
    }

    /// <summary>Archives of more than 4 GB say it in another record, and where that is in yet another.</summary>
    private static long Begin64(Stream file, byte[] tail, int end)
    {
        var locator = end - LocatorSize;
        if (locator < 0 || !tail.AsSpan(locator).StartsWith("PK\x06\x07"u8))
            throw new InvalidDataException();
        var at = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(locator + 8));
        Span<byte> record = stackalloc byte[56];
        if (at < 0 || at > file.Length - record.Length)
            throw new InvalidDataException();
        file.Position = at;
        file.ReadExactly(record);
        return BinaryPrimitives.ReadInt64LittleEndian(record[48..]);
    }
}
