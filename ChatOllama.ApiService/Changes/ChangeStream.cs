using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Changes;

/// <summary>Changes as server-sent events, until the client leaves or the service stops.</summary>
/// <example><code>
/// id: 5f0c2b7e-42
/// data: {"type":"session_changed","session_id":"test-session"}
/// </code></example>
internal sealed class ChangeStream(HttpResponse response, ChangeFeed feed, TimeProvider time)
{
    /// <summary>A quiet stream is pinged this often, so that neither browser nor proxy gives it up.</summary>
    internal static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);

    private readonly List<Change> _changes = [];

    public async Task FollowAsync(ChangeReader reader, CancellationToken stop)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        // nginx would otherwise gather the events.
        response.Headers["X-Accel-Buffering"] = "no";
        var missed = !reader.TryTake(_changes);
        await WriteAsync(_changes.Count > 0 ? feed.IdOf(_changes[0].Position - 1) : reader.Id, new ChangeEvent { Type = ChangeTypes.Start }, stop);
        while (true)
        {
            if (missed)
                await WriteAsync(reader.Id, new ChangeEvent { Type = ChangeTypes.Resync }, stop);
            foreach (var change in _changes)
                await WriteAsync(feed.IdOf(change.Position), change.Event, stop);
            await response.BodyWriter.FlushAsync(stop);
            _changes.Clear();
            await WaitAsync(reader.NewsAsync(), stop);
            missed = !reader.TryTake(_changes);
        }
    }

    /// <summary>Waits for news, with pings in the meantime.</summary>
    private async Task WaitAsync(Task news, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await news.WaitAsync(PingEvery, time, stop);
                return;
            }
            catch (TimeoutException)
            {
                await response.BodyWriter.WriteAsync(": ping\n\n"u8.ToArray(), stop);
            }
        }
    }

    private async Task WriteAsync(string id, ChangeEvent change, CancellationToken stop) =>
        await response.WriteAsync($"id: {id}\ndata: {JsonSerializer.Serialize(change, ChangeJson.Wire.ChangeEvent)}\n\n", stop);
}

/// <summary>Events leave out what they do not have.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChangeEvent))]
internal sealed partial class ChangeJson : JsonSerializerContext
{
    public static ChangeJson Wire => LazyWire.Value;

    // Lazy, because the order in which the generated half initializes its statics is not ours.
    private static readonly Lazy<ChangeJson> LazyWire = new(() => new ChangeJson(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
}
