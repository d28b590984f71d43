using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;

namespace ChatOllama.Benchmarks.Baselines;

/// <summary>YARP with one route and one cluster, as its documentation begins.</summary>
internal static class YarpBaseline
{
    public static WebApplication Build(WebApplicationBuilder builder, Uri upstream)
    {
        var route = new RouteConfig { RouteId = "all", ClusterId = "ollama", Match = new RouteMatch { Path = "{**rest}" } };
        var cluster = new ClusterConfig
        {
            ClusterId = "ollama",
            Destinations = new Dictionary<string, DestinationConfig> { ["ollama"] = new() { Address = upstream.ToString() } },
        };
        builder.Services.AddRoutingCore();
        builder.Services.AddReverseProxy().LoadFromMemory([route], [cluster]);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }
}
