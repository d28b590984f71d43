namespace ChatOllama.ApiService.Models;

/// <summary>How fast bytes arrive, over the last few seconds: an average since the start would hide a line that got slow. One caller at a time.</summary>
internal sealed class PullSpeed(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long At, long Arrived)> _samples = new();

    /// <param name="arrived">Bytes that arrived since the start.</param>
    /// <returns>Bytes per second; null until there is something to measure.</returns>
    public double? Measure(long arrived)
    {
        var now = time.GetTimestamp();
        _samples.Enqueue((now, arrived));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().At, now) > Window)
            _samples.Dequeue();
        var first = _samples.Peek();
        var seconds = time.GetElapsedTime(first.At, now).TotalSeconds;
        return seconds <= 0 || arrived <= first.Arrived ? null : Math.Round((arrived - first.Arrived) / seconds);
    }
}
