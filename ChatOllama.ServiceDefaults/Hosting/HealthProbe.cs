using Microsoft.Extensions.Configuration;

namespace ChatOllama.ServiceDefaults.Hosting;

/// <summary>
/// Asks the service that runs on this machine whether it is ready. For the health check of a container whose image has neither a
/// shell nor curl: <c>dotnet ChatOllama.ApiService.dll --health</c>.
/// </summary>
public static class HealthProbe
{
    public const string Argument = "--health";
    private const string Fallback = "http://0.0.0.0:8080";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Writes one line.</summary>
    /// <returns>0 where <c>/ready</c> answers with 200, else 1.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var others = args.Where(arg => arg != Argument).ToArray();
        var url = new Uri(Address(Configuration(others)), "/ready");
        using var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience };
        using var http = new HttpMessageInvoker(handler);
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            using var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, url), limit.Token);
            await output.WriteLineAsync($"{url} answers {(int)response.StatusCode}.");
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            await output.WriteLineAsync($"{url} does not answer.");
            return 1;
        }
    }

    /// <summary>In the order of the service's own: a plain variable goes before one with a prefix, and the images of .NET bring one of those.</summary>
    public static IConfiguration Configuration(string[] args) => new ConfigurationBuilder()
        .AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables().AddCommandLine(args).Build();

    /// <summary>Where the service listens, seen from this machine: the same choice as <see cref="ListenAddress"/>, an address for all becoming the loopback one.</summary>
    internal static Uri Address(IConfiguration configuration)
    {
        var url = ListenAddress.Choose(configuration, Fallback)
            ?? configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault()
            ?? (configuration["http_ports"]?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() is { } port ? $"http://0.0.0.0:{port}" : Fallback);
        // Kestrel's wildcards are no host names.
        var address = new Uri(url.Replace("//+", "//0.0.0.0", StringComparison.Ordinal).Replace("//*", "//0.0.0.0", StringComparison.Ordinal));
        return address.Host is "0.0.0.0" or "[::]" ? new UriBuilder(address) { Host = "127.0.0.1" }.Uri : address;
    }
}
