using System.Buffers;
using System.Text.Json;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

internal sealed record ChatMessage(string Role, string Content, string Thinking, IReadOnlyList<byte[]> Images);

/// <summary>A <c>/api/chat</c> or <c>/api/generate</c> request in one form: a prompt becomes a conversation of one message.</summary>
internal sealed record GenerationRequest
{
    private static readonly string[] s_thinkLevels = ["high", "medium", "low", "max"];
    private static readonly SearchValues<char> s_base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n");

    /// <summary>As the caller wrote it: answers and errors repeat it.</summary>
    public required string Model { get; init; }
    public required bool IsGenerate { get; init; }
    public required IReadOnlyList<ChatMessage> Messages { get; init; }
    public bool Streams { get; init; } = true;

    /// <summary>Null where the caller left it to the model.</summary>
    public bool? Think { get; init; }

    public JsonElement? Format { get; init; }
    public JsonElement? Options { get; init; }
    public JsonElement? Tools { get; init; }
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(5);
    public bool Truncate { get; init; } = true;
    public bool? Shift { get; init; }
    public bool Raw { get; init; }
    public string Suffix { get; init; } = "";

    /// <summary>Without a word to answer, a request only loads or unloads.</summary>
    public bool IsLoadOnly => Messages.Count == 0;

    public static GenerationRequest ReadChat(Fields fields) => ReadCommon(fields, isGenerate: false, ReadMessages(fields)) with
    {
        Tools = fields.Array("tools", "api.Tools") is { } tools && tools.GetArrayLength() > 0 ? tools : null,
    };

    public static GenerationRequest ReadGenerate(Fields fields)
    {
        var prompt = fields.String("prompt");
        var system = fields.String("system");
        var messages = new List<ChatMessage>();
        if (prompt.Length > 0)
        {
            if (system.Length > 0) messages.Add(new ChatMessage("system", system, "", []));
            messages.Add(new ChatMessage("user", prompt, "", Images(fields)));
        }
        return ReadCommon(fields, isGenerate: true, messages) with
        {
            Raw = fields.Bool("raw") ?? false,
            Suffix = fields.String("suffix"),
        };
    }

    private static GenerationRequest ReadCommon(Fields fields, bool isGenerate, IReadOnlyList<ChatMessage> messages) => new()
    {
        Model = fields.String("model"),
        IsGenerate = isGenerate,
        Messages = messages,
        Streams = fields.Bool("stream") ?? true,
        Think = ReadThink(fields.Any("think")),
        Format = ReadFormat(fields.Any("format")),
        Options = fields.Object("options", "map[string]interface {}"),
        KeepAlive = fields.Any("keep_alive") is { } keepAlive ? GoDuration.Parse(keepAlive) : TimeSpan.FromMinutes(5),
        Truncate = fields.Bool("truncate") ?? true,
        Shift = fields.Bool("shift"),
    };

    private static List<ChatMessage> ReadMessages(Fields fields) =>
        [.. fields.Objects("messages", "api.Message").Select(message =>
            new ChatMessage(message.String("role"), message.String("content"), message.String("thinking"), Images(message)))];

    private static List<byte[]> Images(Fields fields) =>
        fields.Array("images", "[]api.ImageData") is not { } images ? [] : [.. images.EnumerateArray().Select(image => Decode(image.GetString() ?? ""))];

    /// <summary>Bare base64; of anything else Go names the first byte that does not fit.</summary>
    private static byte[] Decode(string text)
    {
        var wrong = text.AsSpan().IndexOfAnyExcept(s_base64);
        var bytes = new byte[text.Length];
        if (wrong < 0 && Convert.TryFromBase64String(text, bytes, out var length)) return bytes[..length];
        throw new WireError(400, $"illegal base64 data at input byte {(wrong < 0 ? text.Length / 4 * 4 : wrong)}");
    }

    private static bool? ReadThink(JsonElement? think) => think switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String } level when s_thinkLevels.Contains(level.GetString()) => true,
        { } other => throw new WireError(400, $"invalid think value: {other.GetRawText()} (must be \"high\", \"medium\", \"low\", \"max\", true, or false)"),
    };

    private static JsonElement? ReadFormat(JsonElement? format) =>
        format is { ValueKind: JsonValueKind.String } text && text.GetString()!.Length == 0 ? null : format;
}
