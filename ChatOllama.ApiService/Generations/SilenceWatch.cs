namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Ends a generation when the model is silent for too long. A token costs one store: the timer is not moved per token, it looks
/// when it fires how long the silence really was.
/// </summary>
internal sealed class SilenceWatch : IAsyncDisposable
{
    private readonly Generation _generation;
    private readonly TimeSpan _between;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _heard;

    public SilenceWatch(Generation generation, TimeSpan first, TimeSpan between, TimeProvider time)
    {
        _generation = generation;
        _between = between;
        _time = time;
        _timer = time.CreateTimer(static state => ((SilenceWatch)state!).Look(), this, first, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something arrived.</summary>
    public void Heard()
    {
        var first = _heard == 0;
        Volatile.Write(ref _heard, _time.GetTimestamp());
        if (first) _timer.Change(_between, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        var heard = Volatile.Read(ref _heard);
        var left = heard == 0 ? TimeSpan.Zero : _between - _time.GetElapsedTime(heard);
        if (left <= TimeSpan.Zero) _generation.End(EndCause.Silent);
        else _timer.Change(left, Timeout.InfiniteTimeSpan);
    }
}
