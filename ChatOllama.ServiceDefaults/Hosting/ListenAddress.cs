using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

namespace ChatOllama.ServiceDefaults.Hosting;

/// <summary>Decides where a service listens.</summary>
public static class ListenAddress
{
    /// <summary>
    /// In this order: <c>--urls</c> on the command line; <c>PORT</c> and <c>HOST</c> where one of them is set; <c>ASPNETCORE_URLS</c>,
    /// <c>HTTP_PORTS</c> and the like; <paramref name="fallback"/>.
    /// Call it when the configuration is complete. A program that hosts a service at an address of its own choice passes <c>--urls</c> last in
    /// the service's arguments: nothing in the environment overrides that.
    /// </summary>
    /// <param name="fallback">A URL such as <c>http://0.0.0.0:8080</c>.</param>
    /// <exception cref="SettingException"><c>PORT</c> or <c>HOST</c> cannot be used.</exception>
    public static WebApplicationBuilder UseListenAddress(this WebApplicationBuilder builder, string fallback)
    {
        if (Choose(builder.Configuration, fallback) is { } url)
            builder.WebHost.UseUrls(url);
        return builder;
    }

    /// <summary>The URL to listen on; null where the ordinary .NET configuration decides.</summary>
    internal static string? Choose(IConfiguration configuration, string fallback)
    {
        if (HasValue(configuration, WebHostDefaults.ServerUrlsKey)
            && SettingSource.Of(configuration, WebHostDefaults.ServerUrlsKey) == SettingSource.CommandLine)
            return null;
        if (SettingCatalog.Port.IsSet(configuration) || SettingCatalog.Host.IsSet(configuration))
            return $"http://{SettingCatalog.Host.Read(configuration)}:{SettingCatalog.Port.Read(configuration)}";
        return HasValue(configuration, WebHostDefaults.ServerUrlsKey)
            || HasValue(configuration, WebHostDefaults.HttpPortsKey)
            || HasValue(configuration, WebHostDefaults.HttpsPortsKey)
            || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any()
                ? null
                : fallback;
    }

    private static bool HasValue(IConfiguration configuration, string key) => !string.IsNullOrWhiteSpace(configuration[key]);
}
