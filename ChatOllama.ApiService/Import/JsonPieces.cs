using System.Text.Json;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// Walks through a JSON text of any size token by token, and gives values as documents where the caller wants one: in memory is only what it asks for.
/// Not thread-safe.
/// </summary>
internal sealed class JsonPieces(Stream stream)
{
    /// <summary>A chat of one program lies nested as deep as it has messages, two levels for each.</summary>
    public const int MaxDepth = 20_000;

    /// <summary>The largest value that is read as one document: a session without its files.</summary>
    public const int MaxValue = 128 * 1024 * 1024;

    private static readonly JsonDocumentOptions Document = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _isFinal;
    private bool _isBegun;
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = MaxDepth });

    public JsonTokenType Token { get; private set; }

    /// <summary>Of a property.</summary>
    public string? Name { get; private set; }

    /// <returns>False at the end of the text.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        while (!TryRead())
        {
            if (_isFinal)
                return false;
            if (_end - _start > MaxValue)
                throw ImportFault.Whole($"It has a text of more than {MaxValue / 1024 / 1024} MB.");
            await FillAsync(cancellation);
        }
        return true;
    }

    /// <summary>The value that comes next, as a whole; null at the end of an array.</summary>
    /// <param name="place">For the problem.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public async ValueTask<JsonDocument?> ReadValueAsync(string place, CancellationToken cancellation)
    {
        while (true)
        {
            if (TryReadValue(place, out var value))
                return value;
            if (_end - _start > MaxValue)
                throw ImportFault.At(place, $"there is more than {MaxValue / 1024 / 1024} MB in one value.");
            await FillAsync(cancellation);
        }
    }

    /// <summary>Passes over the value that comes next, however large it is.</summary>
    public async ValueTask SkipValueAsync(CancellationToken cancellation)
    {
        var depth = 0;
        do
        {
            if (!await ReadAsync(cancellation))
                return;
            depth += Token switch { JsonTokenType.StartObject or JsonTokenType.StartArray => 1, JsonTokenType.EndObject or JsonTokenType.EndArray => -1, _ => 0 };
        }
        while (depth > 0 || Token == JsonTokenType.PropertyName);
    }

    private bool TryRead()
    {
        var reader = Reader();
        if (!reader.Read())
            return false;
        Token = reader.TokenType;
        Name = Token == JsonTokenType.PropertyName ? ReadName(ref reader) : null;
        Consume(reader);
        return true;
    }

    private bool TryReadValue(string place, out JsonDocument? value)
    {
        value = null;
        var reader = Reader();
        if (!reader.Read())
            return _isFinal ? throw new JsonException("It ends too early.") : false;
        Token = reader.TokenType;
        if (Token == JsonTokenType.EndArray)
        {
            Consume(reader);
            return true;
        }
        var begin = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;
        try
        {
            // A document keeps what it is made of, and the buffer goes on.
            value = JsonDocument.Parse(_buffer.AsMemory(_start + begin, (int)reader.BytesConsumed - begin).ToArray(), Document);
        }
        catch (JsonException e)
        {
            throw ImportFault.OfJson(e, place);
        }
        Consume(reader);
        return true;
    }

    private static string ReadName(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A name is not valid Unicode text.", e);
        }
    }

    private Utf8JsonReader Reader() => new(_buffer.AsSpan(_start, _end - _start), _isFinal, _state);

    private void Consume(in Utf8JsonReader reader)
    {
        _start += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        // As much as there is room for: a value that does not fit is looked at again, and that must not happen often.
        var read = await stream.ReadAtLeastAsync(_buffer.AsMemory(_end), _buffer.Length - _end, throwOnEndOfStream: false, cancellation);
        if (!_isBegun)
            SkipByteOrderMark(read);
        _isFinal = read < _buffer.Length - _end;
        _end += read;
    }

    private void SkipByteOrderMark(int read)
    {
        _isBegun = true;
        if (read >= 3 && _buffer is [0xEF, 0xBB, 0xBF, ..])
            _start = 3;
    }
}
