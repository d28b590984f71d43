using ChatOllama.Web.Forwarding;

namespace ChatOllama.Web.Security;

/// <summary>What a browser may do with our pages: run our scripts, show our styles, talk to us, nothing else.</summary>
internal static class SecurityHeaders
{
    private const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Sets them on every answer that is our own, also on one that the exception handler has made anew; the api's answers keep theirs.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var isForwarded = context.GetEndpoint()?.Metadata.GetMetadata<ForwardedEndpoint>() is not null;
        context.Response.OnStarting(() =>
        {
            Set(context.Response.Headers, isForwarded);
            return Task.CompletedTask;
        });
        return next(context);
    });

    private static void Set(IHeaderDictionary headers, bool isForwarded)
    {
        headers.XContentTypeOptions = "nosniff";
        if (isForwarded) return;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
    }
}
