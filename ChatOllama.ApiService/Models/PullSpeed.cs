using ChatOllama.ApiService.Ollama;

namespace ChatOllama.ApiService.Models;

/// <summary>How fast a layer arrives, over the last few seconds: an average since the start would hide a line that got slow. One caller at a time.</summary>
internal sealed class PullSpeed(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long At, long Completed)> _samples = new();
    private string? _digest;

    /// <returns>Nulls until two samples of the same layer some time apart are there.</returns>
    public (double? BytesPerSecond, double? EtaSeconds) Measure(OllamaProgress line)
    {
        if (line.Digest != _digest)
            _samples.Clear();
        _digest = line.Digest;
        if (line.Digest is null)
            return default;
        var (now, completed) = (time.GetTimestamp(), line.Completed ?? 0);
        _samples.Enqueue((now, completed));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().At, now) > Window)
            _samples.Dequeue();
        var first = _samples.Peek();
        var seconds = time.GetElapsedTime(first.At, now).TotalSeconds;
        if (seconds <= 0 || completed <= first.Completed)
            return default;
        var speed = (completed - first.Completed) / seconds;
        return (Math.Round(speed), line.Total is { } total && total >= completed ? Math.Round((total - completed) / speed, 1) : null);
    }
}
