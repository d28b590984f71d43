using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// Reads a JSON string into one new string. <see cref="Utf8JsonReader.GetString"/> throws on invalid UTF-8 and on half a surrogate pair;
/// here both become U+FFFD, because a broken character must not cost the rest of an answer.
/// </summary>
internal static class JsonText
{
    private const int OnStack = 256;

    /// <summary>The string under the reader, null where it is JSON's <c>null</c>.</summary>
    /// <exception cref="JsonException">It is neither.</exception>
    public static string? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException($"A string was expected, not {reader.TokenType}.");
        return reader.ValueIsEscaped ? Unescape(reader.ValueSpan) : Encoding.UTF8.GetString(reader.ValueSpan);
    }

    private static string Unescape(ReadOnlySpan<byte> utf8)
    {
        var rented = utf8.Length > OnStack ? ArrayPool<char>.Shared.Rent(utf8.Length) : null;
        var chars = rented ?? stackalloc char[OnStack];
        try
        {
            // Never more characters than bytes, and unescaping only shortens: it works in place.
            var length = UnescapeInPlace(chars[..Encoding.UTF8.GetChars(utf8, chars)]);
            return new string(chars[..length]);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<char>.Shared.Return(rented);
        }
    }

    private static int UnescapeInPlace(Span<char> chars)
    {
        var to = 0;
        for (var from = 0; from < chars.Length;)
        {
            var c = chars[from++];
            if (c == '\\')
            {
                c = chars[from++] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\b',
                    'f' => '\f',
                    'u' => (char)ushort.Parse(chars.Slice((from += 4) - 4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                    var other => other,
                };
            }
            chars[to++] = c;
        }
        ReplaceHalfPairs(chars[..to]);
        return to;
    }

    private static void ReplaceHalfPairs(Span<char> chars)
    {
        for (var i = 0; i < chars.Length; i++)
        {
            if (!char.IsSurrogate(chars[i]))
                continue;
            if (i + 1 < chars.Length && char.IsSurrogatePair(chars[i], chars[i + 1]))
                i++;
            else
                chars[i] = '\uFFFD';
        }
    }
}
