namespace ChatOllama.Benchmarks.Load;

/// <summary>What a page's <c>EventSource</c> receives: an answer as patches of HTML, to its end.</summary>
internal sealed class PageStream : ResponseReader
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => _ended.Task;

    public int Patches { get; private set; }

    public string? Failure { get; private set; }

    public void Break(string why)
    {
        if (_ended.TrySetResult()) Failure = why;
    }

    protected override void OnLine(ReadOnlySpan<byte> line, uint now)
    {
        if (!line.StartsWith("event: "u8)) return;
        Patches++;
        if (line.SequenceEqual("event: problem"u8)) Failure = "the answer failed";
    }

    protected override void OnEnd(uint now)
    {
        if (Status != 200) Failure = $"status {Status}";
        _ended.TrySetResult();
    }
}
