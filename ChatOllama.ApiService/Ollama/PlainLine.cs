using System.Buffers;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// Lines of <c>/api/chat</c> that bring a piece of text and nothing else, known by their shape: nearly all lines are of it, and a look at them costs a fifth of parsing them.
/// <code>{"model":"m","created_at":"2026-11-22T17:27:41Z","message":{"role":"assistant","content":" word"},"done":false}
/// {"model":"m","created_at":"2026-11-22T17:27:41Z","message":{"role":"assistant","content":"","thinking":" hm"},"done":false}</code>
/// Every byte is accounted for, so what is taken for such a line is one. A line with an escape in it, or with any other member, is left to <see cref="ChatLine"/>.
/// </summary>
internal static class PlainLine
{
    // What ends a JSON string, or means that it cannot be taken as it is.
    private static readonly SearchValues<byte> Special = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(b => (byte)b)]);

    private static ReadOnlySpan<byte> Model => "{\"model\":\""u8;
    private static ReadOnlySpan<byte> CreatedAt => "\",\"created_at\":\""u8;
    private static ReadOnlySpan<byte> Message => "\",\"message\":{\"role\":\"assistant\",\"content\":\""u8;
    private static ReadOnlySpan<byte> Thinking => "\",\"thinking\":\""u8;
    private static ReadOnlySpan<byte> End => "\"},\"done\":false}"u8;

    /// <param name="text">UTF-8, not checked for being valid.</param>
    public static bool TryRead(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> text, out bool isThinking)
    {
        isThinking = false;
        text = default;
        if (!json.EndsWith(End)) return false;
        var rest = json[..^End.Length];
        if (!rest.StartsWith(Model)) return false;
        rest = rest[Model.Length..];
        if (!TrySkip(ref rest, CreatedAt) || !TrySkip(ref rest, Message)) return false;
        isThinking = rest.StartsWith(Thinking);
        if (isThinking) rest = rest[Thinking.Length..];
        if (rest.ContainsAny(Special)) return false;
        text = rest;
        return true;
    }

    /// <summary>Skips the rest of a string, which must be followed by <paramref name="next"/>.</summary>
    private static bool TrySkip(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> next)
    {
        var end = rest.IndexOfAny(Special);
        if (end < 0 || !rest[end..].StartsWith(next)) return false;
        rest = rest[(end + next.Length)..];
        return true;
    }
}
