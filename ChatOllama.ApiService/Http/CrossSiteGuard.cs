using ChatOllama.ApiService.Configuration;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Http;

/// <summary>
/// Refuses what a page of another site makes a browser send. CORS alone does not: a form post or a POST without a body needs no preflight, arrives, and acts;
/// only its answer is withheld. Browsers say <c>Sec-Fetch-Site</c> with every request; other clients do not, and pass.
/// </summary>
public sealed class CrossSiteGuard(RequestDelegate next, ApiOptions options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (!isSafe && request.Headers["Sec-Fetch-Site"] == "cross-site" && !IsAllowed(request.Headers.Origin))
            throw new ProblemException(ProblemCodes.Forbidden, "A page of another site must not do this. To allow its origin, set CORS_ORIGINS.");
        return next(context);
    }

    private bool IsAllowed(string? origin) => options.CorsOrigins is ["*"] || options.CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
}
