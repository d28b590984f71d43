using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// Adds up what Ollama tells layer by layer. Layers become known one after the other, so the total grows; what was there before this download counts as completed
/// and not as arrived, so that going on from 9 of 10 GB is not taken for a fast line. One caller at a time.
/// </summary>
internal sealed class PullProgress(TimeProvider time)
{
    private readonly List<Layer> _layers = [];
    private readonly PullSpeed _speed = new(time);

    /// <summary>Bytes of all layers known so far; null before the first.</summary>
    public long? Total => _layers.Count == 0 ? null : _layers.Sum(l => l.Total);

    public long? Completed => _layers.Count == 0 ? null : _layers.Sum(l => l.Completed);

    /// <summary>The state after this line.</summary>
    public PullEvent Add(OllamaProgress line)
    {
        var counts = line.Digest is not null;
        if (counts)
            Count(line.Digest!, line.Total ?? 0, line.Completed ?? 0);
        var speed = counts ? _speed.Measure(_layers.Sum(l => l.Completed - l.Found)) : null;
        return new PullEvent
        {
            Type = counts ? PullEventTypes.Progress : PullEventTypes.Status,
            Status = line.Status,
            Digest = line.Digest,
            Completed = Completed,
            Total = Total,
            TotalIsFinal = !counts && _layers.Count > 0,
            BytesPerSecond = speed,
            EtaSeconds = speed is { } rate && Total - Completed is { } rest ? Math.Round(rest / rate, 1) : null,
            Layers = [.. _layers.Select(l => new PullLayer(l.Digest, l.Total, l.Completed))],
        };
    }

    private void Count(string digest, long total, long completed)
    {
        var layer = _layers.Find(l => l.Digest == digest);
        if (layer is null)
            _layers.Add(layer = new Layer(digest) { Found = Math.Clamp(completed, 0, Math.Max(total, 0)) });
        layer.Total = Math.Max(total, 0);
        layer.Completed = Math.Clamp(completed, 0, layer.Total);
        // Ollama throws a part away whose checksum is wrong and begins it again.
        layer.Found = Math.Min(layer.Found, layer.Completed);
    }

    private sealed class Layer(string digest)
    {
        public string Digest { get; } = digest;
        public long Total { get; set; }
        public long Completed { get; set; }

        /// <summary>Bytes that were there when it was first told of.</summary>
        public long Found { get; set; }
    }
}
