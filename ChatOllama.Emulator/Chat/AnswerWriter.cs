using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using ChatOllama.Emulator.Running;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>Sends an answer: line by line at the model's speed, or as one object. Status and headers leave with the first token.</summary>
internal sealed class AnswerWriter(Pacer pacer, TimeProvider time)
{
    /// <summary>At full speed a flush carries about this much, some 130 lines.</summary>
    private const int FlushSize = 16 * 1024;

    public static Task WriteLoadedAsync(HttpContext context, GenerationRequest request, string reason, DateTimeOffset now) =>
        Answers.JsonAsync(context, DoneLine.Start(request.Model, request.IsGenerate, now, "", "", null)
            .Field("done", true).Field("done_reason", reason).Close('}'));

    public async Task WriteAsync(HttpContext context, GenerationRequest request, Answer answer, Timing timing, double tokensPerSecond)
    {
        var cancellation = context.RequestAborted;
        var waiter = new Pacer.Waiter();
        await using var leaving = cancellation.UnsafeRegister(_ => pacer.Cancel(waiter), null);
        var pace = new Pace(tokensPerSecond, time, pacer, waiter);
        if (request.Streams)
        {
            await StreamAsync(context, request, answer, timing, pace);
            return;
        }
        await pace.WaitForAsync(answer.ThinkingCount + answer.ContentCount);
        var json = DoneLine.Make(request, answer, timing, time, thinking: answer.Thinking.Take(answer.ThinkingCount), content: answer.Content.Take(answer.ContentCount), answer.Call);
        await Answers.JsonAsync(context, json);
    }

    private async Task StreamAsync(HttpContext context, GenerationRequest request, Answer answer, Timing timing, Pace pace)
    {
        var output = context.Response.BodyWriter;
        var lines = new LineTemplate(request.Model, request.IsGenerate);
        context.Response.ContentType = Answers.Ndjson;
        if (answer.StartsEmpty) lines.Write(output, time.GetUtcNow(), default, isThinking: false);
        var total = answer.ThinkingCount + answer.ContentCount;
        for (var sent = 0; sent < total;)
        {
            var due = Math.Min(total, pace.DueNow(sent));
            sent = await WriteTokensAsync(output, lines, answer, sent, due, context.RequestAborted);
            if (sent == total) break;
            await output.FlushAsync(context.RequestAborted);
            await pace.WaitForAsync(sent + 1);
        }
        WriteEnd(output, request, answer, timing);
        await output.FlushAsync(context.RequestAborted);
    }

    private async ValueTask<int> WriteTokensAsync(PipeWriter output, LineTemplate lines, Answer answer, int from, int to, CancellationToken cancellation)
    {
        var unflushed = 0;
        for (var i = from; i < to; i++)
        {
            unflushed += WriteToken(output, lines, answer, i);
            if (unflushed < FlushSize) continue;
            unflushed = 0;
            await output.FlushAsync(cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
        return to;
    }

    private int WriteToken(PipeWriter output, LineTemplate lines, Answer answer, int token)
    {
        var now = time.GetUtcNow();
        if (token < answer.ThinkingCount) return lines.Write(output, now, answer.Thinking[token], isThinking: true);
        if (!answer.TellsTime) return lines.Write(output, now, answer.Content[token - answer.ThinkingCount], isThinking: false);
        Span<byte> text = stackalloc byte[9];
        text[0] = (byte)' ';
        var microseconds = unchecked((uint)(time.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond));
        Utf8Formatter.TryFormat(microseconds, text[1..], out _, new StandardFormat('x', 8));
        return lines.Write(output, now, text, isThinking: false);
    }

    private void WriteEnd(PipeWriter output, GenerationRequest request, Answer answer, Timing timing)
    {
        if (answer.Call is { } call && !answer.CallInDoneLine)
        {
            var line = DoneLine.Start(request.Model, request.IsGenerate, time.GetUtcNow(), "", "", call).Field("done", false).Close('}').NewLine();
            output.Write(line.Bytes.Span);
        }
        var done = DoneLine.Make(request, answer, timing, time, "", "", answer.CallInDoneLine ? answer.Call : null).NewLine();
        output.Write(done.Bytes.Span);
    }
}

/// <summary>Says which token is due when. The first is due at once, and late ones are made up for.</summary>
internal sealed class Pace(double tokensPerSecond, TimeProvider time, Pacer pacer, Pacer.Waiter waiter)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>How many tokens may have left by now: at least one more than <paramref name="sent"/>, or no answer would ever begin.</summary>
    public int DueNow(int sent) => tokensPerSecond <= 0
        ? int.MaxValue
        : Math.Max(sent + 1, 1 + (int)(time.GetElapsedTime(_start).TotalSeconds * tokensPerSecond));

    /// <summary>Waits until token number <paramref name="count"/>, counted from 1, is due.</summary>
    public ValueTask WaitForAsync(int count) => tokensPerSecond <= 0
        ? ValueTask.CompletedTask
        : pacer.WaitAsync(waiter, _start + (long)((count - 1) / tokensPerSecond * time.TimestampFrequency));
}
