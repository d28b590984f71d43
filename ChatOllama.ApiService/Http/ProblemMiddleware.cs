using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Http;

/// <summary>
/// Turns whatever goes wrong in a request into the problem answer: a <see cref="ProblemException"/> as it says, what the framework could not read as a 400
/// that names the field, a status without a body as the problem of that status, anything else as a 500 that tells nothing but the request id.
/// </summary>
public sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null or 0 })
                await Problems.WriteAsync(context, Problems.OfStatus(context.Response.StatusCode, context.Request));
        }
        catch (Exception e) when (IsClientGone(e, context))
        {
            // Nobody reads the answer. 499 is only for the request's log line.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await Problems.WriteAsync(context, Explain(e, context));
        }
        catch (Exception e)
        {
            // Half an answer is out already: cutting the connection is the only way left to say that it is not whole.
            LogBrokenAnswer(logger, e);
            context.Abort();
        }
    }

    private ProblemException Explain(Exception e, HttpContext context)
    {
        switch (e)
        {
            case ProblemException problem:
                if (problem.Code == ProblemCodes.Internal)
                    LogUnexpected(logger, problem);
                return problem;
            case BadHttpRequestException bad:
                return UnreadableRequest.Explain(bad, context.Request);
            case InvalidOperationException or NotSupportedException when UnreadableRequest.HasUnknownCharset(context.Request):
                return Problems.NotJson();
            default:
                LogUnexpected(logger, e);
                return DiskFaults.Explain(e) ?? Problems.Internal(context);
        }
    }

    private static bool IsClientGone(Exception e, HttpContext context) =>
        context.RequestAborted.IsCancellationRequested && e is (OperationCanceledException or IOException or BadHttpRequestException);

    [LoggerMessage(1, LogLevel.Error, "The request failed unexpectedly")]
    private static partial void LogUnexpected(ILogger logger, Exception e);

    [LoggerMessage(2, LogLevel.Error, "The request failed after its answer had begun; the connection is cut")]
    private static partial void LogBrokenAnswer(ILogger logger, Exception e);
}
