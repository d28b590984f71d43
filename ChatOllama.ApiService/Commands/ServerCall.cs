using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.ServiceDefaults.Configuration;

namespace ChatOllama.ApiService.Commands;

/// <summary>A call to the server of a database: to the one that runs, or to one of our own for as long as the call takes, which holds the database's lock.</summary>
internal static class ServerCall
{
    /// <exception cref="StartupException">A server holds the database but says nowhere where it answers.</exception>
    public static async Task<int> RunAsync(CommandLine command, Func<HttpClient, Task<int>> call)
    {
        using var database = command.Database();
        if (IsServed(database))
            return await CallAsync(await ServerAddress.FindAsync(database) ?? throw new StartupException($"A server uses {database.FullPath}, but does not answer yet. Try again in a moment."), call);
        await using var own = ApiServiceApp.Build([.. command.Settings, "--urls=http://127.0.0.1:0", $"--{SettingCatalog.LogLevel.Name}=error", $"--{SettingCatalog.Metrics.Name}=none"]);
        await own.StartAsync();
        var exit = await CallAsync(new Uri(own.Urls.First()), call);
        await own.StopAsync();
        return exit;
    }

    /// <summary>What the server says of what it refuses.</summary>
    public static async Task<int> RefusedAsync(HttpResponseMessage response, TextWriter output)
    {
        Problem? problem = null;
        try
        {
            problem = await response.Content.ReadFromJsonAsync(ContractsJson.Default.Problem);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Something else answers there: its status is all there is to say.
        }
        await output.WriteLineAsync(problem?.Detail ?? $"The server answers {(int)response.StatusCode}.");
        return 1;
    }

    private static bool IsServed(DatabaseFile database)
    {
        if (!File.Exists(database.FullPath))
            return false;
        try
        {
            using var probe = new FileStream(database.FullPath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task<int> CallAsync(Uri address, Func<HttpClient, Task<int>> call)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            return await call(client);
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"The server at {address} cannot be asked: {e.Message}", e);
        }
    }
}
