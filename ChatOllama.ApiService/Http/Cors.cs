using ChatOllama.ApiService.Configuration;
using ChatOllama.ServiceDefaults.Http;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ChatOllama.ApiService.Http;

/// <summary><c>CORS_ORIGINS</c>: origins whose pages may call the api.</summary>
public static class Cors
{
    /// <summary>The default policy; without <c>CORS_ORIGINS</c> no other origin may call. Never with credentials.</summary>
    public static WebApplicationBuilder AddCorsOrigins(this WebApplicationBuilder builder)
    {
        builder.Services.AddCors();
        builder.Services.AddSingleton<IConfigureOptions<CorsOptions>>(services =>
        {
            var origins = services.GetRequiredService<ApiOptions>().CorsOrigins;
            return new ConfigureOptions<CorsOptions>(o => o.AddDefaultPolicy(policy => policy
                .WithOrigins(origins)
                .AllowAnyHeader()
                .AllowAnyMethod()
                .WithExposedHeaders(RequestIdMiddleware.Header, HeaderNames.RetryAfter, HeaderNames.Location)
                .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
        });
        return builder;
    }
}
