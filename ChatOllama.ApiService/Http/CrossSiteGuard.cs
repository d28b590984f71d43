using ChatOllama.ApiService.Configuration;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Http;

/// <summary>
/// Refuses what a page of another site makes a browser send. CORS alone does not: a form post or a POST without a body needs no preflight, arrives, and acts;
/// only its answer is withheld. Browsers say <c>Sec-Fetch-Site</c> where they trust the address (https, this machine) and <c>Origin</c> everywhere; other clients say neither, and pass.
/// </summary>
public sealed class CrossSiteGuard(RequestDelegate next, ApiOptions options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (!isSafe && IsForeign(request) && !IsAllowed(request.Headers.Origin))
            throw new ProblemException(ProblemCodes.Forbidden, "A page of another site must not do this. To allow its origin, set CORS_ORIGINS.");
        return next(context);
    }

    private static bool IsForeign(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        if (site.Length > 0 || origin.Length == 0) return site == "cross-site";
        // The name that the page's browser called; a page cannot set this header without asking first.
        var host = request.Headers["X-Forwarded-Host"].ToString() is { Length: > 0 } forwarded ? forwarded : request.Host.Value;
        return !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && string.Equals(page.Authority, host, StringComparison.OrdinalIgnoreCase));
    }

    private bool IsAllowed(string? origin) => options.CorsOrigins is ["*"] || options.CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
}
