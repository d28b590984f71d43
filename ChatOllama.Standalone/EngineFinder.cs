using ChatOllama.ServiceDefaults.Configuration;

namespace ChatOllama.Standalone;

/// <summary>Where models come from.</summary>
/// <param name="Url">Null: the emulator.</param>
/// <param name="Reason">Why it is the emulator, as a sentence.</param>
public sealed record Engine(string? Url, string Reason);

/// <summary>Chooses the engine: what <c>OLLAMA_HOSTS</c> or <c>OLLAMA_HOST</c> says, else an Ollama at the usual place, else the emulator.</summary>
public static class EngineFinder
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(1.5);

    /// <exception cref="SettingException">One of them cannot be used.</exception>
    public static async Task<Engine> FindAsync(string[] args, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        if (SettingCatalog.OllamaHosts.Read(configuration) is [var first, ..])
            return new Engine(first.ToString(), "");
        var setting = SettingCatalog.OllamaHost;
        if (string.Equals(configuration[setting.Name], "emulator", StringComparison.OrdinalIgnoreCase))
            return new Engine(null, "OLLAMA_HOST asks for the emulator.");
        var url = setting.Read(configuration)!;
        // An address that somebody chose is used even when nobody answers there yet: Ollama may come up later.
        if (setting.IsSet(configuration) || await AnswersAsync(url, cancellationToken))
            return new Engine(url.ToString(), "");
        return new Engine(null, $"No Ollama answers at {url.Authority}.");
    }

    private static async Task<bool> AnswersAsync(Uri url, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = ProbeLimit };
        try
        {
            using var response = await client.GetAsync(new Uri(url, "/api/version"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
