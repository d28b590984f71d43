using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace ChatOllama.ServiceDefaults.Hosting;

/// <summary>
/// Settings for what this server does most: pass on a few bytes, thousands of times a second. Waking another thread for that costs more than the work itself.
/// docs/performance.md has the figures.
/// </summary>
public static class StreamServer
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>What a handler writes goes to the socket on the handler's own thread, without a detour through the pool.</summary>
    public static WebApplicationBuilder AddStreamServer(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder;
    }

    /// <summary>
    /// Gives every request a thread of the pool before anything of it may block. Comes first in the pipeline; the other half of
    /// <see cref="AddStreamServer"/>, which lets requests begin on whatever thread has read them.
    /// </summary>
    public static WebApplication UseStreamServer(this WebApplication app)
    {
        app.Use(async (context, next) =>
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await next(context);
        });
        return app;
    }

    /// <summary>
    /// Lets what waits for a socket go on where the socket was found ready. Only for a process in which no such continuation blocks or computes for long.
    /// Call it before the first socket is made; who has set the variable wins.
    /// </summary>
    public static void PreferInlineSockets()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null) Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }
}
