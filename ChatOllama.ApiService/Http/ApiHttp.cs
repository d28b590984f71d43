using ChatOllama.Contracts;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChatOllama.ApiService.Http;

/// <summary>What every route of the api has in common.</summary>
public static class ApiHttp
{
    /// <summary>No body is larger, chat images included.</summary>
    public const int BodyLimit = 20 * 1024 * 1024;

    /// <summary>The contract's JSON, its limits, and the problem shape for everything that cannot be read.</summary>
    public static WebApplicationBuilder AddApiHttp(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = BodyLimit);
        // Otherwise a request that cannot be read is a bare 400, and the reason is lost.
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(o =>
        {
            var contract = ContractsJson.Default.Options;
            var json = o.SerializerOptions;
            json.TypeInfoResolverChain.Insert(0, ContractsJson.Wire);
            json.PropertyNamingPolicy = contract.PropertyNamingPolicy;
            json.NumberHandling = contract.NumberHandling;
            json.DefaultIgnoreCondition = contract.DefaultIgnoreCondition;
            json.Encoder = ContractsJson.Wire.Options.Encoder;
            json.MaxDepth = 64;
            foreach (var converter in contract.Converters)
                json.Converters.Add(converter);
        });
        return builder;
    }

    /// <summary>Problems for everything behind this, then CORS, then the rate limit. Comes right after the service defaults.</summary>
    public static WebApplication UseApiHttp(this WebApplication app)
    {
        // Before routing, or the development exception page of WebApplication would be the one to answer.
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<CrossSiteGuard>();
        app.UseRateLimiter();
        return app;
    }
}
