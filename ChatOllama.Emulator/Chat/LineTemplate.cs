using System.Buffers;
using System.Text;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>The fixed parts of one call's lines as UTF-8, so that a token's line is five copies and no allocation.</summary>
internal sealed class LineTemplate
{
    private readonly byte[] _start;
    private readonly byte[] _content;
    private readonly byte[] _thinking;
    private readonly byte[] _end;

    public LineTemplate(string model, bool isGenerate)
    {
        var name = new GoJson().Value(model);
        _start = [.. "{\"model\":"u8, .. name.Bytes.Span, .. ",\"created_at\":\""u8];
        _content = Encoding.UTF8.GetBytes(isGenerate ? "\",\"response\":\"" : "\",\"message\":{\"role\":\"assistant\",\"content\":\"");
        _thinking = [.. _content, .. "\",\"thinking\":\""u8];
        _end = Encoding.UTF8.GetBytes(isGenerate ? "\",\"done\":false}\n" : "\"},\"done\":false}\n");
    }

    /// <summary>Writes one line.</summary>
    /// <returns>Its length in bytes.</returns>
    public int Write(IBufferWriter<byte> output, DateTimeOffset time, ReadOnlySpan<byte> escapedText, bool isThinking)
    {
        var before = isThinking ? _thinking : _content;
        var length = _start.Length + GoTime.Length + before.Length + escapedText.Length + _end.Length;
        var span = output.GetSpan(length);
        _start.CopyTo(span);
        span = span[_start.Length..];
        GoTime.Write(span, time);
        span = span[GoTime.Length..];
        before.CopyTo(span);
        span = span[before.Length..];
        escapedText.CopyTo(span);
        _end.CopyTo(span[escapedText.Length..]);
        output.Advance(length);
        return length;
    }
}
