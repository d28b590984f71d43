using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Generations;

/// <summary>Sends a generation's log to one client as server-sent events.</summary>
public static class EventStream
{
    /// <summary>Follows the log from a cursor to its terminal event or until the client leaves.</summary>
    public static async Task WriteAsync(HttpContext context, GenerationLog log, Cursor from)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        // nginx would otherwise gather the tokens.
        response.Headers["X-Accel-Buffering"] = "no";
        var gone = context.RequestAborted;
        using var reader = log.Attach(from);
        await using var leaving = gone.UnsafeRegister(static state => ((LogReader)state!).Cancel(), reader);
        var output = response.BodyWriter;
        try
        {
            while (!gone.IsCancellationRequested)
            {
                var result = reader.Read(output);
                var flushed = await output.FlushAsync(gone);
                if (flushed.IsCompleted || result == ReadResult.End) return;
                if (result == ReadResult.More || await reader.WaitAsync() || gone.IsCancellationRequested) continue;
                ChatFrames.Ping.CopyTo(output.GetSpan(ChatFrames.Ping.Length));
                output.Advance(ChatFrames.Ping.Length);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The client has left; its lease on the generation tells the rest.
        }
    }

    /// <summary>Where a reader wants to go on: <c>Last-Event-ID</c>, else <c>?after=</c>, else the start.</summary>
    /// <exception cref="ProblemException">400 for something that is not a cursor.</exception>
    public static Cursor ReadCursor(HttpRequest request)
    {
        var header = request.Headers["Last-Event-ID"].ToString();
        var (field, text) = header.Length > 0 ? ("Last-Event-ID", header) : ("after", request.Query["after"].ToString());
        if (text.Length == 0) return default;
        return Cursor.TryParse(text, out var cursor) ? cursor : throw ProblemException.Validation(field, $"{field} must be the id of an event of this answer.");
    }
}
