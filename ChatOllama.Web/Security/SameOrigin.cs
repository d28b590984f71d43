namespace ChatOllama.Web.Security;

/// <summary>Only our own pages read our streams and fragments or post our forms.</summary>
internal static class SameOrigin
{
    /// <summary>Answers 403 to a request that another site's page has caused.</summary>
    public static TBuilder RequireSameOrigin<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter((context, next) =>
            IsOurs(context.HttpContext.Request) ? next(context) : ValueTask.FromResult<object?>(TypedResults.StatusCode(StatusCodes.Status403Forbidden)));

    /// <summary>
    /// Browsers say where a request comes from in <c>Sec-Fetch-Site</c>, older ones in <c>Origin</c>. The scheme is not compared:
    /// behind a proxy that ends TLS it differs.
    /// </summary>
    private static bool IsOurs(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0 && site is not ("same-origin" or "none")) return false;
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var url) && url.Authority == request.Host.Value);
    }
}
