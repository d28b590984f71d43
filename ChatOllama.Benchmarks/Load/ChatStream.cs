using System.Buffers.Text;

namespace ChatOllama.Benchmarks.Load;

/// <summary>One stream of a <c>Clock</c> model: counts its tokens and reads from each how long it travelled.</summary>
internal sealed class ChatStream(Dialect dialect, StreamLoad load) : ResponseReader
{
    /// <summary>A space and eight hexadecimal digits.</summary>
    public const int TokenLength = 9;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _letters;
    private int? _counted;

    public Task Ended => _ended.Task;

    /// <summary>Tokens received.</summary>
    public long Tokens => _letters / TokenLength;

    /// <summary>What went wrong; null for a stream that came whole.</summary>
    public string? Failure { get; private set; }

    /// <summary>Compares what came with what was asked for and with what the engine says it sent.</summary>
    public void Check(int expected)
    {
        if (Failure is not null) return;
        if (!Ended.IsCompleted) Failure = "it did not end";
        else if (Status != 200) Failure = $"status {Status}";
        else if (_counted is null) Failure = "it ended in an error";
        else if (_counted != expected || _letters != (long)expected * TokenLength) Failure = $"{expected} tokens asked for, {_counted} sent, {_letters / (double)TokenLength:0.##} received";
    }

    public void Break(string why)
    {
        if (_ended.TrySetResult()) Failure = why;
    }

    protected override void OnLine(ReadOnlySpan<byte> line, uint now)
    {
        var read = dialect.Read(line);
        if (read.IsEnd) _counted = read.Counted;
        if (read.Content.IsEmpty) return;
        _letters += read.Content.Length;
        load.Count(read.Content, now);
    }

    protected override void OnEnd(uint now) => _ended.TrySetResult();

    /// <summary>How long ago a token left, in microseconds.</summary>
    public static uint Age(ReadOnlySpan<byte> token, uint now) => Utf8Parser.TryParse(token[1..TokenLength], out uint sent, out _, 'x') ? unchecked(now - sent) : 0;
}
