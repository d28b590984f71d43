using System.IO.Compression;

namespace ChatOllama.ApiService.Import;

/// <summary>What was sent, on disk, as JSON texts by name and, from an archive, the files beside them. Nothing of an archive is unpacked, so its names are never paths.</summary>
internal sealed class ImportFile : IAsyncDisposable
{
    /// <summary>An archive's directory is read as a whole: this much is some hundred thousand files.</summary>
    private const int MaxDirectory = 16 * 1024 * 1024;

    private readonly FileStream _file;
    private readonly long _maxBytes;
    private readonly ZipArchive? _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private long _unpacked;

    /// <param name="maxBytes">So much may come out of an archive each time it is read.</param>
    /// <exception cref="Http.ProblemException">400: a broken or hostile archive.</exception>
    public ImportFile(FileStream file, long maxBytes)
    {
        (_file, _maxBytes) = (file, maxBytes);
        Span<byte> head = stackalloc byte[4];
        file.Position = 0;
        var read = file.ReadAtLeast(head, 4, throwOnEndOfStream: false);
        if (read == 0)
            throw ImportFault.Whole("The file is empty.");
        if (read == 4 && head.SequenceEqual("PK\x03\x04"u8))
            _zip = OpenZip();
    }

    public bool IsArchive => _zip is not null;

    /// <summary>The names in an archive.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>The text, from its beginning; the caller closes the stream. <paramref name="name"/> is null for what is no archive.</summary>
    public Stream OpenText(string? name)
    {
        if (name is not null)
            return OpenEntry(_entries[name]);
        _file.Position = 0;
        return new LimitedStream(_file, long.MaxValue, leaveOpen: true);
    }

    /// <summary>The bytes of a file of an archive; null when there is none of this name.</summary>
    /// <param name="max">More is a 400.</param>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string name, int max, CancellationToken cancellation)
    {
        if (!_entries.TryGetValue(name, out var entry))
            return null;
        if (entry.Length > max)
            throw ImportFault.At(name, $"the file has more than {max / 1_000_000} MB.");
        await using var stream = OpenEntry(entry);
        var bytes = new MemoryStream((int)entry.Length);
        try
        {
            await stream.CopyToAsync(bytes, cancellation);
        }
        catch (InvalidDataException)
        {
            throw ImportFault.At(name, "the archive is damaged.");
        }
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    /// <summary>Begins to count anew what comes out of the archive: the file is read more than once.</summary>
    public void StartOver() => _unpacked = 0;

    private LimitedStream OpenEntry(ZipArchiveEntry entry)
    {
        // Only what comes out counts, as some texts are opened for a look at their beginning; what cannot fit is not begun.
        if (_unpacked + entry.Length > _maxBytes)
            throw TooMuch(entry.FullName);
        return new LimitedStream(entry.Open(), entry.Length, leaveOpen: false) { Name = entry.FullName, OnRead = read => CountUnpacked(entry.FullName, read) };
    }

    private void CountUnpacked(string name, int bytes)
    {
        if ((_unpacked += bytes) > _maxBytes)
            throw TooMuch(name);
    }

    private Http.ProblemException TooMuch(string name) => ImportFault.At(name, $"the archive holds more than {_maxBytes / 1_000_000} MB unpacked, see MAX_IMPORT_SIZE.");

    private ZipArchive OpenZip()
    {
        try
        {
            ZipDirectory.Check(_file, MaxDirectory);
            var zip = new ZipArchive(_file, ZipArchiveMode.Read, leaveOpen: true);
            foreach (var entry in zip.Entries)
            {
                if (LeadsOut(entry.FullName))
                    throw ImportFault.At(entry.FullName, "a name in the archive leads out of it.");
                if (!_entries.TryAdd(entry.FullName, entry))
                    throw ImportFault.At(entry.FullName, "the archive has this name twice.");
            }
            return zip;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            throw ImportFault.Whole("The zip archive is damaged.");
        }
    }

    private static bool LeadsOut(string name) =>
        name.Length == 0 || name[0] is '/' or '\\' || name.Contains(':') || name.Contains('\0') || name.Split('/', '\\').Contains("..");

    public async ValueTask DisposeAsync()
    {
        _zip?.Dispose();
        await _file.DisposeAsync();
    }

    /// <summary>Gives no more than was promised.</summary>
    private sealed class LimitedStream(Stream inner, long length, bool leaveOpen) : Stream
    {
        private long _left = length;

        public string Name { get; init; } = "";
        public Action<int>? OnRead { get; init; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return Count(await inner.ReadAsync(buffer, cancellationToken));
            }
            catch (InvalidDataException)
            {
                throw ImportFault.At(Name, "the archive is damaged.");
            }
        }

        private int Count(int read)
        {
            OnRead?.Invoke(read);
            return (_left -= read) >= 0 ? read : throw ImportFault.At(Name, "more comes out of the archive than it says.");
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && !leaveOpen)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
