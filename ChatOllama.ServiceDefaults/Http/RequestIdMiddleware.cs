using System.Collections;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatOllama.ServiceDefaults.Http;

/// <summary>
/// Gives every request an id: the caller's <c>X-Request-Id</c> if sane, else the id of its trace. It becomes <see cref="HttpContext.TraceIdentifier"/>,
/// goes into the scope of every log line, and back in the answer.
/// </summary>
public sealed class RequestIdMiddleware(RequestDelegate next, ILogger<RequestIdMiddleware> logger)
{
    public const string Header = "X-Request-Id";

    public Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header];
        var id = given.Count == 1 && IsSane(given[0]) ? given[0]! : TraceId(context);
        context.TraceIdentifier = id;
        // The caller's own name for the request is found in the trace too.
        if (given.Count == 1) Activity.Current?.SetTag("chatollama.request_id", id);
        // Later than now: an error handler may clear the headers. And again on top of what a proxied answer brought.
        context.Response.OnStarting(static state =>
        {
            var http = (HttpContext)state;
            http.Response.Headers[Header] = http.TraceIdentifier;
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return Task.CompletedTask;
        }, context);
        return NextAsync(context, id);
    }

    /// <summary>The id of the trace that the caller or the host began; a new one of the same form where nobody traces.</summary>
    private static string TraceId(HttpContext context) =>
        ActivityContext.TryParse(context.Request.Headers.TraceParent, null, out var caller) ? caller.TraceId.ToHexString()
        : (Activity.Current is { IdFormat: ActivityIdFormat.W3C } traced ? traced.TraceId : ActivityTraceId.CreateRandom()).ToHexString();

    private async Task NextAsync(HttpContext context, string id)
    {
        // The host's own scope has the id from before this middleware.
        using (logger.BeginScope(new RequestScope(id)))
            await next(context);
    }

    /// <summary>1–128 characters of <c>A–Z a–z 0–9 . _ -</c>: nothing that could break a log line or a header.</summary>
    internal static bool IsSane(string? id) =>
        id is { Length: >= 1 and <= 128 } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private sealed class RequestScope(string id) : IEnumerable<KeyValuePair<string, object?>>
    {
        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            yield return new("request_id", id);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => "request_id=" + id;
    }
}
