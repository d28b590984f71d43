using System.Reflection;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace ChatOllama.ServiceDefaults.Hosting;

/// <summary>Makes the builder that every service starts from.</summary>
public static class ServiceBuilder
{
    /// <summary>
    /// A builder whose environment follows <c>ENV</c>, whose content is found beside the program whatever the working directory is,
    /// and whose application name is the one of the service even when another program hosts it.
    /// </summary>
    /// <param name="service">The assembly of the service.</param>
    /// <param name="args">Command-line arguments; they override environment variables.</param>
    /// <exception cref="SettingException"><c>ENV</c> is neither development nor production.</exception>
    public static WebApplicationBuilder Create(Assembly service, string[] args) =>
        WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = service.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = EnvironmentName(args),
        });

    /// <summary><c>ENV</c>, else what .NET's own variables say, else development.</summary>
    private static string EnvironmentName(string[] args)
    {
        // The environment has to be known before the builder, and so before its configuration, exists.
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        var name = SettingCatalog.Env.IsSet(configuration)
            ? SettingCatalog.Env.Read(configuration)
            : configuration["environment"] ?? configuration["ASPNETCORE_ENVIRONMENT"] ?? configuration["DOTNET_ENVIRONMENT"];
        return string.Equals(name, Environments.Production, StringComparison.OrdinalIgnoreCase) ? Environments.Production
            : string.IsNullOrWhiteSpace(name) || string.Equals(name, Environments.Development, StringComparison.OrdinalIgnoreCase) ? Environments.Development
            : name;
    }
}
