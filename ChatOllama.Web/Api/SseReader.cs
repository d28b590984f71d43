using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace ChatOllama.Web.Api;

/// <summary>One server-sent event: its <c>id:</c> as far as one is known, and its <c>data:</c> lines.</summary>
internal readonly record struct SseEvent(string? Id, string Data);

/// <summary>Reads <c>text/event-stream</c>, comments and all.</summary>
internal static class SseReader
{
    /// <summary>Events in the batches in which they arrived, so that a reader can do its work once per read. Ends with the stream.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<SseEvent>> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken stop)
    {
        var pipe = PipeReader.Create(stream);
        var parser = new Parser();
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync(stop);
                var rest = read.Buffer;
                var batch = parser.Consume(ref rest);
                pipe.AdvanceTo(rest.Start, rest.End);
                if (batch.Count > 0) yield return batch;
                if (read.IsCompleted) yield break;
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private sealed class Parser
    {
        private readonly StringBuilder _data = new();
        private string? _id;
        private bool _hasData;

        public List<SseEvent> Consume(ref ReadOnlySequence<byte> buffer)
        {
            var events = new List<SseEvent>();
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                Line(Encoding.UTF8.GetString(buffer.Slice(0, end)).TrimEnd('\r'), events);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            return events;
        }

        private void Line(string line, List<SseEvent> events)
        {
            if (line.Length == 0)
            {
                if (_hasData) events.Add(new SseEvent(_id, _data.ToString()));
                _data.Clear();
                _hasData = false;
            }
            else if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                if (_hasData) _data.Append('\n');
                _data.Append(Value(line, 5));
                _hasData = true;
            }
            else if (line.StartsWith("id:", StringComparison.Ordinal)) _id = Value(line, 3).ToString();
        }

        private static ReadOnlySpan<char> Value(string line, int from) =>
            line.Length > from && line[from] == ' ' ? line.AsSpan(from + 1) : line.AsSpan(from);
    }
}
