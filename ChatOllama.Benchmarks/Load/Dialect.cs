using System.Buffers.Text;
using System.Text;

namespace ChatOllama.Benchmarks.Load;

/// <summary>How a system wants to be asked, and what its stream looks like.</summary>
internal abstract class Dialect
{
    /// <summary>Ollama's own: NDJSON from <c>/api/chat</c>; what plain proxies pass on.</summary>
    public static Dialect Ollama { get; } = new OllamaDialect();

    /// <summary>Events from <c>/v1/chat</c>: the api, the web in front of it, and the relay.</summary>
    public static Dialect Events { get; } = new EventDialect();

    private static ReadOnlySpan<byte> ContentStart => "\"content\":\""u8;

    /// <summary>The request for one answer of so many tokens.</summary>
    public abstract byte[] Request(Uri url, string model, int tokens);

    /// <summary>Reads one line of the stream.</summary>
    public abstract Line Read(ReadOnlySpan<byte> line);

    protected static byte[] Post(Uri url, string path, string body) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>The text between the quotes; the benchmark's texts need no escapes.</summary>
    protected static Line Content(ReadOnlySpan<byte> line)
    {
        var at = line.IndexOf(ContentStart);
        if (at < 0) return default;
        var text = line[(at + ContentStart.Length)..];
        return new Line(text[..text.IndexOf((byte)'"')], false, null);
    }

    protected static int? Number(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        var at = line.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(line[(at + name.Length)..], out int number, out _) ? number : null;
    }

    /// <summary>What a line of a stream says.</summary>
    /// <param name="content">Text, if any.</param>
    /// <param name="isEnd">It is the last one, good or bad.</param>
    /// <param name="counted">At a good end: how many tokens the engine counted.</param>
    internal readonly ref struct Line(ReadOnlySpan<byte> content, bool isEnd, int? counted)
    {
        public ReadOnlySpan<byte> Content { get; } = content;
        public bool IsEnd { get; } = isEnd;
        public int? Counted { get; } = counted;
    }

    private sealed class OllamaDialect : Dialect
    {
        public override byte[] Request(Uri url, string model, int tokens) => Post(url, "/api/chat",
            $$$"""{"model":"{{{model}}}","messages":[{"role":"user","content":"How late is it?"}],"stream":true,"options":{"num_predict":{{{tokens}}}}}""");

        public override Line Read(ReadOnlySpan<byte> line) =>
            line.StartsWith("{\"error\""u8) || line.IndexOf("\"done\":true"u8) >= 0 ? new Line(default, true, Number(line, "\"eval_count\":"u8)) : Content(line);
    }

    private sealed class EventDialect : Dialect
    {
        public override byte[] Request(Uri url, string model, int tokens) => Post(url, "/v1/chat",
            $$$"""{"message":"How late is it?","model":"{{{model}}}","stream":true,"options":{"num_predict":{{{tokens}}}}}""");

        public override Line Read(ReadOnlySpan<byte> line)
        {
            if (line.StartsWith("data: {\"type\":\"token\""u8)) return Content(line);
            return line.StartsWith("data: {\"type\":\"done\""u8) || line.StartsWith("data: {\"type\":\"error\""u8)
                ? new Line(default, true, Number(line, "\"completion_tokens\":"u8))
                : default;
        }
    }
}
