using ChatOllama.Emulator;
using ChatOllama.Emulator.Control;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatOllama.Tests.Emulator;

/// <summary>
/// An emulator of its own on a free port: as fast as it goes, nothing to load, faults switched on, the same answer to the same question, unless the test says otherwise.
/// Dispose cuts whatever is still open.
/// </summary>
public sealed class EmulatorHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EmulatorHost(WebApplication app, EmulatorControl control, EmulatorOptions options)
    {
        _app = app;
        Options = options;
        Control = control;
        Url = app.Urls.Single();
        Client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(Url), Timeout = TimeSpan.FromMinutes(1) };
    }

    /// <summary><c>http://127.0.0.1:…</c></summary>
    public string Url { get; }

    public EmulatorControl Control { get; }

    /// <summary>Read anew for each request, so a test may change them while it runs.</summary>
    public EmulatorOptions Options { get; }

    public HttpClient Client { get; }

    public static async Task<EmulatorHost> StartAsync(Action<EmulatorOptions>? configure = null, TimeProvider? time = null, EmulatorControl? control = null)
    {
        control ??= new EmulatorControl();
        var options = new EmulatorOptions { TokensPerSecond = 0, LoadTime = TimeSpan.Zero, PullBytesPerSecond = 0, Faults = true, Vary = false };
        configure?.Invoke(options);
        var app = EmulatorApp.Build([], builder =>
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(control);
            builder.Services.AddSingleton(options);
            builder.Services.AddSingleton(time ?? TimeProvider.System);
        });
        await app.StartAsync();
        return new EmulatorHost(app, control, options);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
