using System.Globalization;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Http;

/// <summary>Makes and writes the one shape of every error answer.</summary>
public static class Problems
{
    public const string MediaType = "application/problem+json";

    /// <summary>The problem of an exception; also the body of an <c>error</c> event in a stream.</summary>
    /// <param name="instance">The path of the request.</param>
    /// <param name="traceId">The request id.</param>
    public static Problem From(ProblemException e, string? instance, string? traceId, TimeProvider time) => new()
    {
        Type = "urn:chatollama:problem:" + e.Code,
        Code = e.Code,
        Title = TitleOf(e.Code),
        Status = ProblemCodes.StatusOf(e.Code),
        Detail = e.Message,
        Instance = instance,
        Timestamp = time.GetUtcNow().UtcDateTime,
        TraceId = traceId,
        Errors = e.Errors,
    };

    /// <summary>The problem of an exception in the course of a request.</summary>
    public static Problem From(ProblemException e, HttpContext context) =>
        From(e, InstanceOf(context), context.TraceIdentifier, context.RequestServices.GetRequiredService<TimeProvider>());

    /// <summary>Answers with the problem. The response must not have started.</summary>
    public static Task WriteAsync(HttpContext context, ProblemException e)
    {
        var problem = From(e, context);
        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = null;
        response.ContentLength = null;
        response.Headers.CacheControl = "no-store";
        if (e.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        // The client may be gone already: then there is nobody to tell.
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : response.WriteAsJsonAsync(problem, ContractsJson.Wire.Problem, MediaType, context.RequestAborted);
    }

    /// <summary>The problem for a status that the framework set without a body.</summary>
    internal static ProblemException OfStatus(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status401Unauthorized => new(ProblemCodes.Unauthorized, "Sign in first."),
        StatusCodes.Status403Forbidden => new(ProblemCodes.Forbidden, "This is not allowed for you."),
        StatusCodes.Status404NotFound => ProblemException.NotFound($"There is nothing at {request.Method} {request.Path}. The paths that exist are listed in /openapi/v1.json."),
        StatusCodes.Status405MethodNotAllowed => new(ProblemCodes.MethodNotAllowed, $"{request.Path} does not take {request.Method}. The Allow header says what it takes."),
        StatusCodes.Status413PayloadTooLarge => TooLarge(),
        StatusCodes.Status415UnsupportedMediaType => NotJson(),
        StatusCodes.Status429TooManyRequests => new(ProblemCodes.RateLimit, "Too many requests. Wait a moment and try again."),
        StatusCodes.Status503ServiceUnavailable => new(ProblemCodes.Overloaded, "The service is too busy or about to stop. Try again in a moment.") { RetryAfterSeconds = 1 },
        < 500 => new(ProblemCodes.Validation, "The request is not valid."),
        _ => Internal(request.HttpContext),
    };

    internal static ProblemException TooLarge() =>
        new(ProblemCodes.PayloadTooLarge, "The body is larger than 20 MB. Send less at once.");

    internal static ProblemException NotJson() =>
        new(ProblemCodes.UnsupportedMediaType, "Send the body as JSON, with the header Content-Type: application/json.");

    internal static ProblemException Internal(HttpContext context) =>
        new(ProblemCodes.Internal, $"Something went wrong in the service. Its log says more under the request id {context.TraceIdentifier}.");

    private static string InstanceOf(HttpContext context) => context.Request.PathBase.Add(context.Request.Path).ToUriComponent();

    private static string TitleOf(string code) => code switch
    {
        ProblemCodes.Validation => "The request is not valid",
        ProblemCodes.Unauthorized => "Sign-in is needed",
        ProblemCodes.Forbidden => "This is not allowed",
        ProblemCodes.NotFound => "Not found",
        ProblemCodes.MethodNotAllowed => "The method is not allowed here",
        ProblemCodes.Conflict => "The request conflicts with the current state",
        ProblemCodes.PayloadTooLarge => "The body is too large",
        ProblemCodes.UnsupportedMediaType => "The media type is not supported",
        ProblemCodes.ContextOverflow => "The conversation does not fit the model's context",
        ProblemCodes.RateLimit => "Too many requests",
        ProblemCodes.Ollama => "Ollama answered with an error",
        ProblemCodes.OllamaUnreachable => "Ollama does not answer",
        ProblemCodes.Overloaded => "The service is busy",
        ProblemCodes.OllamaTimeout => "Ollama took too long",
        ProblemCodes.DiskFull => "The disk is full",
        ProblemCodes.DiskFailed => "The disk cannot be written",
        _ => "Internal error",
    };
}
