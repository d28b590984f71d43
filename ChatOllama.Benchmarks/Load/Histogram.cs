using System.Numerics;

namespace ChatOllama.Benchmarks.Load;

/// <summary>Counts microseconds in buckets at most 1.6 % wide, so that millions of samples cost a few kilobytes. Not thread-safe.</summary>
internal sealed class Histogram
{
    private const int Fine = 64;
    private readonly int[] _buckets = new int[Fine * 28];

    public long Count { get; private set; }

    public void Add(long microseconds)
    {
        Count++;
        _buckets[Index(Math.Clamp(microseconds, 0, int.MaxValue))]++;
    }

    public void Clear()
    {
        Array.Clear(_buckets);
        Count = 0;
    }

    /// <summary>The value that <paramref name="part"/> of the samples do not exceed, in milliseconds; null without samples.</summary>
    public double? Milliseconds(double part)
    {
        if (Count == 0) return null;
        var left = (long)Math.Ceiling(Count * part);
        for (var i = 0; i < _buckets.Length; i++)
        {
            left -= _buckets[i];
            if (left <= 0) return Upper(i) / 1000.0;
        }
        return Upper(_buckets.Length - 1) / 1000.0;
    }

    // Up to 63 each value has a bucket; above, each power of two has 64.
    private static int Index(long value)
    {
        var power = Math.Max(0, BitOperations.Log2((ulong)value | 1) - 5);
        return power == 0 ? (int)value : (power * Fine) + (int)((value >> (power - 1)) - Fine);
    }

    private static double Upper(int index) => index < Fine ? index : (double)((index % Fine) + Fine) * (1L << ((index / Fine) - 1));
}
