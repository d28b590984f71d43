using System.Buffers.Text;
using System.Text;

namespace ChatOllama.Emulator.Wire;

/// <summary>Times as Go's RFC 3339 with nanoseconds: <c>2026-11-22T17:27:41.160558685Z</c>, always <see cref="Length"/> bytes.</summary>
internal static class GoTime
{
    public const int Length = 30;

    public static string Format(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[Length];
        Write(bytes, time);
        return Encoding.ASCII.GetString(bytes);
    }

    public static void Write(Span<byte> target, DateTimeOffset time)
    {
        var utc = time.UtcDateTime;
        Digits(target, 0, 4, utc.Year);
        target[4] = (byte)'-';
        Digits(target, 5, 2, utc.Month);
        target[7] = (byte)'-';
        Digits(target, 8, 2, utc.Day);
        target[10] = (byte)'T';
        Digits(target, 11, 2, utc.Hour);
        target[13] = (byte)':';
        Digits(target, 14, 2, utc.Minute);
        target[16] = (byte)':';
        Digits(target, 17, 2, utc.Second);
        target[19] = (byte)'.';
        Digits(target, 20, 7, (int)(utc.Ticks % TimeSpan.TicksPerSecond));
        // .NET counts in 100 ns. The two digits below are made up, the same ones for the same time, and never end in 0: Go would drop it.
        Digits(target, 27, 2, (int)(utc.Ticks * 37 % 9 * 10 + 1 + utc.Ticks % 9));
        target[29] = (byte)'Z';
    }

    private static void Digits(Span<byte> target, int start, int count, int value) =>
        Utf8Formatter.TryFormat(value, target.Slice(start, count), out _, new System.Buffers.StandardFormat('D', (byte)count));
}
