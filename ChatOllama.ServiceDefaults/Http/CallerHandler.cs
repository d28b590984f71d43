using Microsoft.AspNetCore.Http;

namespace ChatOllama.ServiceDefaults.Http;

/// <summary>Passes the id of the request at hand, and the address of its client, on to the service that is called for it.</summary>
public sealed class CallerHandler(IHttpContextAccessor accessor) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (accessor.HttpContext is { } context)
        {
            request.Headers.Remove(RequestIdMiddleware.Header);
            request.Headers.TryAddWithoutValidation(RequestIdMiddleware.Header, context.TraceIdentifier);
            if (context.Connection.RemoteIpAddress is { } address)
                request.Headers.TryAddWithoutValidation("X-Forwarded-For", address.ToString());
        }
        return base.SendAsync(request, cancellationToken);
    }
}
