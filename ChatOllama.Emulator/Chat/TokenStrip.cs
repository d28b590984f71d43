using System.Buffers;
using System.Collections.Concurrent;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>A text cut into tokens, each ready as the inside of a JSON string: what a fast stream copies to the socket.</summary>
internal sealed class TokenStrip
{
    /// <summary>Answers are deterministic, so the same ones come again; a cache this small pays under load and nowhere hurts.</summary>
    private const int MostCached = 64;

    private static readonly ConcurrentDictionary<string, TokenStrip> s_cache = new(StringComparer.Ordinal);

    private readonly byte[] _escaped;
    private readonly int[] _ends;
    private readonly List<int> _textEnds;

    private TokenStrip(string text)
    {
        Text = text;
        _textEnds = Tokenizer.Ends(text);
        _ends = new int[_textEnds.Count];
        var buffer = new ArrayBufferWriter<byte>(text.Length + 16);
        for (int i = 0, start = 0; i < _ends.Length; start = _textEnds[i++])
        {
            GoJson.Escape(text.AsSpan(start, _textEnds[i] - start), buffer);
            _ends[i] = buffer.WrittenCount;
        }
        _escaped = buffer.WrittenSpan.ToArray();
    }

    public static TokenStrip Empty { get; } = new("");

    public string Text { get; }

    public int Count => _ends.Length;

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            return _escaped.AsSpan(start, _ends[index] - start);
        }
    }

    /// <summary>The text of the first <paramref name="count"/> tokens.</summary>
    public string Take(int count) => count >= Count ? Text : count == 0 ? "" : Text[.._textEnds[count - 1]];

    public static TokenStrip Of(string text)
    {
        if (text.Length == 0) return Empty;
        if (s_cache.TryGetValue(text, out var cached)) return cached;
        if (s_cache.Count >= MostCached) s_cache.Clear();
        return s_cache[text] = new TokenStrip(text);
    }
}
