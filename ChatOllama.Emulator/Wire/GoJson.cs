using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace ChatOllama.Emulator.Wire;

/// <summary>
/// Writes JSON the way Go's encoder does: no spaces, characters beyond ASCII as they are, <c>&lt; &gt; &amp;</c> as <c>\u003c \u003e \u0026</c>.
/// System.Text.Json's encoders each differ in one of the three.
/// </summary>
internal sealed class GoJson
{
    private readonly ArrayBufferWriter<byte> _out = new(512);
    private bool _needsComma;

    public ReadOnlyMemory<byte> Bytes => _out.WrittenMemory;

    public GoJson Open(char bracket)
    {
        Comma();
        Ascii(bracket);
        _needsComma = false;
        return this;
    }

    public GoJson Close(char bracket)
    {
        Ascii(bracket);
        _needsComma = true;
        return this;
    }

    public GoJson Name(string name)
    {
        Comma();
        Quoted(name);
        Ascii(':');
        _needsComma = false;
        return this;
    }

    public GoJson Value(string value)
    {
        Comma();
        Quoted(value);
        return Done();
    }

    public GoJson Value(long value)
    {
        Comma();
        var span = _out.GetSpan(24);
        Utf8Formatter.TryFormat(value, span, out var written);
        _out.Advance(written);
        return Done();
    }

    public GoJson Value(bool value) => Raw(value ? "true"u8 : "false"u8);

    public GoJson Raw(ReadOnlySpan<byte> json)
    {
        Comma();
        _out.Write(json);
        return Done();
    }

    public GoJson Raw(string json) => Raw(Encoding.UTF8.GetBytes(json));

    public GoJson Field(string name, string value) => Name(name).Value(value);
    public GoJson Field(string name, long value) => Name(name).Value(value);
    public GoJson Field(string name, bool value) => Name(name).Value(value);

    /// <summary>Go's <c>omitempty</c>: no field at all for an empty text.</summary>
    public GoJson FieldUnlessEmpty(string name, string? value) => string.IsNullOrEmpty(value) ? this : Field(name, value);

    public GoJson Strings(string name, IEnumerable<string> values)
    {
        Name(name).Open('[');
        foreach (var value in values) Value(value);
        return Close(']');
    }

    public GoJson NewLine()
    {
        Ascii('\n');
        _needsComma = false;
        return this;
    }

    /// <summary>The text as the inside of a JSON string, in UTF-8.</summary>
    public static void Escape(ReadOnlySpan<char> text, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(s_special);
            if (plain < 0) plain = text.Length;
            Encoding.UTF8.GetBytes(text[..plain], output);
            if (plain == text.Length) return;
            EscapeOne(text[plain], output);
            text = text[(plain + 1)..];
        }
    }

    private static readonly SearchValues<char> s_special =
        SearchValues.Create([.. Enumerable.Range(0, 32).Select(code => (char)code), '"', '\\', '<', '>', '&', '\u2028', '\u2029']);

    private static void EscapeOne(char special, IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> escape = special switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\n' => "\\n"u8,
            '\r' => "\\r"u8,
            '\t' => "\\t"u8,
            '\b' => "\\b"u8,
            '\f' => "\\f"u8,
            _ => default,
        };
        output.Write(escape.IsEmpty ? Encoding.ASCII.GetBytes($"\\u{(int)special:x4}") : escape);
    }

    private GoJson Done()
    {
        _needsComma = true;
        return this;
    }

    private void Comma()
    {
        if (_needsComma) Ascii(',');
    }

    private void Quoted(string text)
    {
        Ascii('"');
        Escape(text, _out);
        Ascii('"');
    }

    private void Ascii(char character)
    {
        _out.GetSpan(1)[0] = (byte)character;
        _out.Advance(1);
    }
}
