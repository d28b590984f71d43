using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatOllama.ServiceDefaults.Http;

/// <summary>
/// One log line per request when it is over. Never a query string and never a body: they may hold what people wrote.
/// Health probes and static files, which come all the time, are logged at debug.
/// </summary>
public sealed partial class RequestLogMiddleware(RequestDelegate next, ILogger<RequestLogMiddleware> logger, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var level = IsRoutine(context) ? LogLevel.Debug : LogLevel.Information;
            if (logger.IsEnabled(level))
            {
                var milliseconds = Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1);
                // The path with its %-escapes: a line break in it stays an escape in every format.
                var path = context.Request.Path.ToUriComponent();
                LogRequest(logger, level, context.Request.Method, path, context.Response.StatusCode, milliseconds);
            }
        }
    }

    /// <summary>True for the paths that orchestrators ask again and again.</summary>
    public static bool IsProbe(PathString path) => path.Value is "/health" or "/ready" or "/live" or "/ping";

    private static bool IsRoutine(HttpContext context) =>
        IsProbe(context.Request.Path)
        || (context.Response.StatusCode < 400 && HttpMethods.IsGet(context.Request.Method) && Path.HasExtension(context.Request.Path)
            && !context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal));

    [LoggerMessage(EventId = 1, Message = "{Method} {Path} {Status} in {Milliseconds} ms")]
    private static partial void LogRequest(ILogger logger, LogLevel level, string method, string path, int status, double milliseconds);
}
