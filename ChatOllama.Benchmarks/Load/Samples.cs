namespace ChatOllama.Benchmarks.Load;

/// <summary>Few enough measurements to keep each.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public void Add(double value) => _values.Add(value);

    /// <summary>The value that <paramref name="part"/> of the samples do not exceed.</summary>
    public double At(double part)
    {
        var sorted = _values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * part) - 1, 0, sorted.Length - 1)];
    }

    public double Median => At(0.5);
}
