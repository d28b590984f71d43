using ChatOllama.ServiceDefaults.Hosting;

namespace ChatOllama.Web.Api;

/// <summary>Registers what talks to the api.</summary>
internal static class ApiServices
{
    public static void AddApiClient(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient<ApiClient>((services, http) =>
        {
            http.BaseAddress = services.GetRequiredService<WebOptions>().ApiUrl;
            http.Timeout = Timeout.InfiniteTimeSpan;
        }).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        }).SetHandlerLifetime(Timeout.InfiniteTimeSpan).AddCaller();
        builder.Services.AddSingleton<HealthWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<HealthWatch>());
    }
}
