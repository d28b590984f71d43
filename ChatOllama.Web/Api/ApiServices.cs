using ChatOllama.ServiceDefaults.Hosting;

namespace ChatOllama.Web.Api;

/// <summary>Registers what talks to the api.</summary>
internal static class ApiServices
{
    public static void AddApiClient(this WebApplicationBuilder builder)
    {
        ConfigureApi(builder.Services.AddHttpClient<ApiClient>());
        // A client of its own for what may be asked again: on the way of a stream or of a message nothing may wait and try again.
        ConfigureApi(builder.Services.AddHttpClient(ApiClient.Reads)).AddOrdinaryCallResilience();
        builder.Services.AddSingleton<HealthWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<HealthWatch>());
    }

    private static IHttpClientBuilder ConfigureApi(IHttpClientBuilder client) => client
        .ConfigureHttpClient((services, http) =>
        {
            http.BaseAddress = services.GetRequiredService<WebOptions>().ApiUrl;
            http.Timeout = Timeout.InfiniteTimeSpan;
        })
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // Who leaves a stream leaves it at once: the api counts who still reads.
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        })
        .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
        .AddCaller();
}
