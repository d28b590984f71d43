using System.Globalization;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// How far a reader has come: bytes of thinking, bytes of content, and events without text since the last text.
/// As a number it grows with every event and fits into what JavaScript counts exactly (52 bits):
/// 22 bits thinking + content, 22 bits content, 8 bits marks.
/// </summary>
public readonly record struct Cursor(int Thinking, int Content, int Marks)
{
    /// <summary>Bytes of thinking and content that an answer may have together.</summary>
    public const int MaxText = (1 << 22) - 1;

    private const int MaxMarks = 255;

    /// <summary>The event id on the wire.</summary>
    public long Id => ((long)(Thinking + Content) << 30) | ((long)Content << 8) | (long)Math.Min(Marks, MaxMarks);

    public static bool TryParse(string? text, out Cursor cursor)
    {
        cursor = default;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= 1L << 52) return false;
        var content = (int)(id >> 8) & MaxText;
        var thinking = (int)(id >> 30) - content;
        if (thinking < 0) return false;
        cursor = new Cursor(thinking, content, (int)(id & MaxMarks));
        return true;
    }

    public override string ToString() => Id.ToString(CultureInfo.InvariantCulture);
}
