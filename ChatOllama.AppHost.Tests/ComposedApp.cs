using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace ChatOllama.AppHost.Tests;

/// <summary>The composed application with the emulator as its engine and a database of its own: it needs no container runtime.</summary>
public sealed class ComposedApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly DistributedApplication _app;
    private readonly DirectoryInfo _data;

    private ComposedApp(DistributedApplication app, DirectoryInfo data) => (_app, _data) = (app, data);

    /// <summary>Returns when everything is healthy.</summary>
    public static async Task<ComposedApp> StartAsync(CancellationToken stop)
    {
        var data = Directory.CreateTempSubdirectory("chatollama-apphost");
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ChatOllama_AppHost>(["--Ollama:Mode=emulator", $"--Database:Folder={data.FullName}"], stop);
        var app = await builder.BuildAsync(stop);
        var composed = new ComposedApp(app, data);
        try
        {
            await app.StartAsync(stop);
            foreach (var resource in new[] { "ollama", "api", "web" })
                await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, stop).WaitAsync(Patience, stop);
            return composed;
        }
        catch
        {
            await composed.DisposeAsync();
            throw;
        }
    }

    public HttpClient Web() => _app.CreateHttpClient("web");

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _data.Delete(recursive: true);
    }
}
