using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace ChatOllama.Web.Forwarding;

/// <summary>
/// Sends the target exactly as it came: built from the decoded path, <c>hf.co%2Fa%2Fb%3AQ4</c> would arrive as <c>hf.co%252Fa%252Fb:Q4</c>.
/// Streams of events it passes on itself, from the api's socket into the client's: YARP would copy every token once more, into and out of 64 KiB of its own.
/// </summary>
internal sealed class ApiTransformer : HttpTransformer
{
    public static readonly ApiTransformer Instance = new();

    private const int SmallestRead = 512;

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var target = OriginForm(httpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        proxyRequest.RequestUri = new Uri(destinationPrefix + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        proxyRequest.Headers.Host = null;
        SetForwarded(httpContext, proxyRequest);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (!await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken)) return false;
        if (proxyResponse?.Content.Headers.ContentType?.MediaType != "text/event-stream") return true;
        await CopyEventsAsync(httpContext, proxyResponse, cancellationToken);
        return false;
    }

    /// <summary>One write for each read, at once. A stream that is cut off in the api is cut off for the client too, so that it knows.</summary>
    private static async Task CopyEventsAsync(HttpContext context, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        try
        {
            // The headers: the first event may be minutes away.
            await output.FlushAsync(cancellationToken);
            await using var events = await answer.Content.ReadAsStreamAsync(cancellationToken);
            while (await events.ReadAsync(output.GetMemory(SmallestRead), cancellationToken) is > 0 and var read)
            {
                output.Advance(read);
                if ((await output.FlushAsync(cancellationToken)).IsCompleted) return;
            }
        }
        // Whatever it is: half an answer is out, and cutting it off is the only way left to say that it is not whole.
        catch (Exception) when (context.Response.HasStarted)
        {
            context.Abort();
        }
    }

    /// <summary>Without the <c>http://host</c> that a client may write in front (RFC 9112, absolute-form).</summary>
    private static string OriginForm(string rawTarget)
    {
        if (rawTarget.StartsWith('/')) return rawTarget;
        var path = rawTarget.IndexOf('/', rawTarget.IndexOf("://", StringComparison.Ordinal) + 3);
        return path < 0 ? "/" : rawTarget[path..];
    }

    private static void SetForwarded(HttpContext context, HttpRequestMessage request)
    {
        Set(request, "X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        Set(request, "X-Forwarded-Proto", context.Request.Scheme);
        Set(request, "X-Forwarded-Host", context.Request.Host.Value);
    }

    private static void Set(HttpRequestMessage request, string name, string? value)
    {
        request.Headers.Remove(name);
        if (!string.IsNullOrEmpty(value)) request.Headers.TryAddWithoutValidation(name, value);
    }
}
