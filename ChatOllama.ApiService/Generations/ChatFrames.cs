using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Server-sent events of a chat as bytes. Text events are written by hand: they are the hot path, one per token and reader.
/// </summary>
/// <example><code>
/// id: 5368710400
/// data: {"type":"token","content":"Hello","session_id":"test-session"}
/// </code></example>
public static class ChatFrames
{
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>A comment line; keeps proxies and browsers from giving up on a quiet stream.</summary>
    public static ReadOnlySpan<byte> Ping => ": ping\n\n"u8;

    /// <summary>The end of every text event of a session: <c>","session_id":"…"}</c> and the blank line.</summary>
    public static byte[] TextEnd(string sessionId) => Encoding.UTF8.GetBytes($"\",\"session_id\":\"{JsonEncodedText.Encode(sessionId)}\"}}\n\n");

    /// <summary>Writes a <c>thinking</c> or <c>token</c> event.</summary>
    /// <param name="text">UTF-8, whole characters.</param>
    /// <param name="end">From <see cref="TextEnd"/>.</param>
    public static void WriteText(IBufferWriter<byte> output, Cursor cursor, bool thinking, ReadOnlySpan<byte> text, byte[] end)
    {
        var head = thinking ? "\ndata: {\"type\":\"thinking\",\"content\":\""u8 : "\ndata: {\"type\":\"token\",\"content\":\""u8;
        var first = Encoder.FindFirstCharacterToEncodeUtf8(text);
        // Escaping makes at most six bytes of one (a control character becomes \u0001).
        var room = 24 + head.Length + (first < 0 ? text.Length : text.Length * 6) + end.Length;
        var span = output.GetSpan(room);
        var length = WriteId(span, cursor);
        head.CopyTo(span[length..]);
        length += head.Length;
        if (first < 0)
        {
            text.CopyTo(span[length..]);
            length += text.Length;
        }
        else
        {
            Encoder.EncodeUtf8(text, span[length..], out _, out var written);
            length += written;
        }
        end.CopyTo(span[length..]);
        output.Advance(length + end.Length);
    }

    /// <summary>Writes an event whose JSON is known already.</summary>
    public static void WriteJson(IBufferWriter<byte> output, Cursor cursor, ReadOnlySpan<byte> json)
    {
        var span = output.GetSpan(40 + json.Length);
        var length = WriteId(span, cursor);
        "\ndata: "u8.CopyTo(span[length..]);
        length += 7;
        json.CopyTo(span[length..]);
        length += json.Length;
        "\n\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
    }

    /// <summary>The JSON of an event, without the fields that it does not have.</summary>
    public static byte[] ToJson(ChatEvent chatEvent) => JsonSerializer.SerializeToUtf8Bytes(chatEvent, EventJson.Wire.ChatEvent);

    private static int WriteId(Span<byte> span, Cursor cursor)
    {
        "id: "u8.CopyTo(span);
        Utf8Formatter.TryFormat(cursor.Id, span[4..], out var digits);
        return 4 + digits;
    }
}
