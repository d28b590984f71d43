using System.Text.Json;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>Progress as server-sent events. One writer at a time.</summary>
/// <example><code>data: {"type":"progress","status":"pulling 8934d96d3f08","digest":"sha256:…","completed":6000000,"total":120000000,…}</code></example>
internal sealed class PullStream
{
    /// <summary>A quiet stream is pinged this often, so that neither browser nor proxy gives it up.</summary>
    internal static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);

    private readonly HttpResponse _response;
    private readonly TimeProvider _time;

    public PullStream(HttpContext context, TimeProvider time)
    {
        (_response, _time) = (context.Response, time);
        _response.ContentType = "text/event-stream";
        _response.Headers.CacheControl = "no-cache";
        _response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Writes the job's news from now on, to the event that ends it.</summary>
    public async Task FollowAsync(PullJob job, CancellationToken cancellationToken)
    {
        PullEvent? told = null;
        while (true)
        {
            var news = job.News;
            if (news.Last != told)
                await WriteAsync(told = news.Last, cancellationToken);
            if (news.End is { } end)
            {
                await WriteAsync(end, cancellationToken);
                return;
            }
            await WaitAsync(news.Changed, cancellationToken);
        }
    }

    private async Task WriteAsync(PullEvent news, CancellationToken cancellationToken)
    {
        var body = _response.BodyWriter;
        await body.WriteAsync("data: "u8.ToArray(), cancellationToken);
        await body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(news, ContractsJson.Wire.PullEvent), cancellationToken);
        await body.WriteAsync("\n\n"u8.ToArray(), cancellationToken);
        await body.FlushAsync(cancellationToken);
    }

    /// <summary>Waits for news, with pings in the meantime.</summary>
    private async Task WaitAsync(Task news, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await news.WaitAsync(PingEvery, _time, cancellationToken);
                return;
            }
            catch (TimeoutException)
            {
                await _response.BodyWriter.WriteAsync(": ping\n\n"u8.ToArray(), cancellationToken);
                await _response.BodyWriter.FlushAsync(cancellationToken);
            }
        }
    }
}
