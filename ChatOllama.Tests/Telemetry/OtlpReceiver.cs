using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatOllama.Tests.Telemetry;

/// <summary>A collector that understands as much of OTLP over HTTP as the tests ask about.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SemaphoreSlim _news = new(0);

    public ConcurrentQueue<OtlpSpan> Spans { get; } = new();
    public ConcurrentDictionary<string, string> Metrics { get; } = new();

    /// <summary>Everything that came, as text: what must never leave is not in it.</summary>
    public ConcurrentQueue<string> Raw { get; } = new();
    public ConcurrentQueue<string> LogTraces { get; } = new();

    public string Url => _app.Urls.First();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapPost("/v1/{signal}", ReceiveAsync);
    }

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until what came is enough.</summary>
    public async Task UntilAsync(Func<bool> enough, CancellationToken stop)
    {
        while (!enough()) await _news.WaitAsync(stop);
    }

    private async Task ReceiveAsync(string signal, HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var body = buffer.ToArray();
        Raw.Enqueue(Encoding.UTF8.GetString(body));
        foreach (var resource in ProtoMessage.Read(body).Messages(1))
        {
            var service = Attributes(resource.Messages(1).First(), 1).GetValueOrDefault("service.name", "");
            foreach (var item in resource.Messages(2).SelectMany(scope => scope.Messages(2))) Take(signal, service, item);
        }
        context.Response.ContentType = "application/x-protobuf";
        _news.Release();
    }

    private void Take(string signal, string service, ProtoMessage item)
    {
        switch (signal)
        {
            case "traces":
                Spans.Enqueue(new OtlpSpan(service, item.Text(5), item.Hex(1), item.Hex(2), item.Hex(4), Attributes(item, 9)));
                break;
            case "metrics":
                Metrics[item.Text(1)] = service;
                break;
            case "logs":
                LogTraces.Enqueue(item.Hex(9));
                break;
        }
    }

    private static Dictionary<string, string> Attributes(ProtoMessage message, int field) =>
        message.Messages(field).ToDictionary(pair => pair.Text(1), pair => pair.Messages(2).First().Scalar());

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _news.Dispose();
    }
}

internal sealed record OtlpSpan(string Service, string Name, string TraceId, string SpanId, string ParentId, IReadOnlyDictionary<string, string> Attributes);

/// <summary>The fields of a protobuf message, by their numbers.</summary>
internal sealed class ProtoMessage
{
    private readonly List<(int Field, ReadOnlyMemory<byte> Bytes, ulong Number)> _fields = [];

    public static ProtoMessage Read(ReadOnlyMemory<byte> bytes)
    {
        var message = new ProtoMessage();
        for (var at = 0; at < bytes.Length;)
        {
            var tag = Varint(bytes.Span, ref at);
            switch (tag & 7)
            {
                case 0: message._fields.Add(((int)(tag >> 3), default, Varint(bytes.Span, ref at))); break;
                case 1: message._fields.Add(((int)(tag >> 3), default, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[at..]))); at += 8; break;
                case 5: message._fields.Add(((int)(tag >> 3), default, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[at..]))); at += 4; break;
                default:
                    var length = (int)Varint(bytes.Span, ref at);
                    message._fields.Add(((int)(tag >> 3), bytes.Slice(at, length), 0));
                    at += length;
                    break;
            }
        }
        return message;
    }

    public IEnumerable<ProtoMessage> Messages(int field) => _fields.Where(one => one.Field == field).Select(one => Read(one.Bytes));

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field).Span);

    /// <summary>An AnyValue: a text, or what stands for one.</summary>
    public string Scalar()
    {
        if (_fields.Count == 0) return "";
        var (field, bytes, number) = _fields[0];
        return field switch
        {
            1 => Encoding.UTF8.GetString(bytes.Span),
            4 => BitConverter.UInt64BitsToDouble(number).ToString(System.Globalization.CultureInfo.InvariantCulture),
            5 => string.Join(',', Read(bytes).Messages(1).Select(item => item.Scalar())),
            _ => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    private ReadOnlyMemory<byte> Bytes(int field) => _fields.FirstOrDefault(one => one.Field == field).Bytes;

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
