using ChatOllama.ApiService;
using ChatOllama.ApiService.Configuration;
using ChatOllama.Emulator;
using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.ServiceDefaults.Telemetry;
using ChatOllama.Web;

namespace ChatOllama.Standalone;

/// <summary>
/// Api, web and, where there is no Ollama, the emulator in one process, with the same HTTP between them as in two.
/// Only the web takes the public port; the others listen on loopback, on ports nobody chose.
/// </summary>
public sealed class StandaloneApp : IAsyncDisposable
{
    private const string AnyLoopbackPort = "--urls=http://127.0.0.1:0";
    // The web's telemetry hears the whole process.
    private static readonly string[] OneListener = [$"--{TelemetryServices.LogsOnlyKey}=true", $"--{SettingCatalog.Metrics.Name}=none"];
    private readonly WebApplication? _emulator;
    private readonly WebApplication _api;
    private readonly WebApplication _web;
    private readonly Engine _engine;

    private StandaloneApp(Engine engine, WebApplication? emulator, WebApplication api, WebApplication web)
    {
        _engine = engine;
        _emulator = emulator;
        _api = api;
        _web = web;
    }

    /// <summary>Where people open it.</summary>
    public string Url => PublicUrl(_web.Urls.First());

    /// <summary>Finds the engine, then starts emulator (if needed), api and web, in this order.</summary>
    /// <exception cref="StartupException">Something keeps one of them from starting; what was started is stopped again.</exception>
    public static async Task<StandaloneApp> StartAsync(string[] args, CancellationToken cancellationToken = default)
    {
        var engine = await EngineFinder.FindAsync(args, cancellationToken);
        var started = new Stack<WebApplication>();
        try
        {
            WebApplication? emulator = null;
            if (engine.Url is null)
            {
                emulator = EmulatorApp.Build([.. args, AnyLoopbackPort], Quietly);
                await StartAsync(emulator, started, cancellationToken);
                engine = engine with { Url = emulator.Urls.First() };
            }
            string[] engineArgs = [$"--{SettingCatalog.OllamaHost.Name}={engine.Url}", $"--{ApiConfiguration.IsEmulatorKey}={emulator is not null}"];
            var api = ApiServiceApp.Build([.. args, .. engineArgs, .. OneListener, AnyLoopbackPort], WithoutSignals);
            await StartAsync(api, started, cancellationToken);
            // The web alone hears Ctrl-C and SIGTERM; the others are stopped in order.
            var web = WebApp.Build([.. args, .. KeysArgs(api.Configuration), $"--services:api:http:0={api.Urls.First()}"]);
            await StartAsync(web, started, cancellationToken);
            return new StandaloneApp(engine, emulator, api, web);
        }
        catch
        {
            while (started.TryPop(out var app)) await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tells people where to go, and plainly when the model is only a demo.</summary>
    public async Task SayWhereAsync(TextWriter output)
    {
        await output.WriteLineAsync($"ChatOllama is ready: {Url}");
        await output.WriteLineAsync(_emulator is null
            ? $"Models come from Ollama at {SettingParsers.MaskCredentials(_engine.Url!)}."
            : $"{_engine.Reason} A demo model answers instead. For real models install Ollama (https://ollama.com/download), run `ollama pull llama3.2:1b`, and start ChatOllama again.");
        await output.WriteLineAsync("Press Ctrl+C to stop.");
    }

    /// <summary>Runs until Ctrl-C or SIGTERM, then drains: running answers are saved and their readers told before the port closes.</summary>
    public async Task WaitForStopAsync()
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _web.Lifetime.ApplicationStopping.Register(() => stopping.TrySetResult());
        await stopping.Task;
        await StopAsync();
        await _web.WaitForShutdownAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _web.DisposeAsync();
        await _api.DisposeAsync();
        if (_emulator is not null) await _emulator.DisposeAsync();
    }

    // The api first: its streams end, and with them what the web still forwards. The emulator last, so that answers end on our terms.
    private async Task StopAsync()
    {
        await _api.StopAsync();
        await _web.StopAsync();
        if (_emulator is not null) await _emulator.StopAsync();
    }

    /// <summary>The web's keys stand beside the database unless <c>KEYS_PATH</c> says otherwise.</summary>
    private static string[] KeysArgs(IConfiguration configuration)
    {
        if (SettingCatalog.KeysPath.IsSet(configuration)) return [];
        var folder = Path.GetDirectoryName(Path.GetFullPath(SettingCatalog.DbPath.Read(configuration)!))!;
        return [$"--{SettingCatalog.KeysPath.Name}={Path.Combine(folder, "keys")}"];
    }

    private static async Task StartAsync(WebApplication app, Stack<WebApplication> started, CancellationToken cancellationToken)
    {
        started.Push(app);
        await app.StartAsync(cancellationToken);
    }

    // What the emulator would say about itself, SayWhereAsync and the page say better.
    private static void Quietly(WebApplicationBuilder builder)
    {
        WithoutSignals(builder);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
    }

    private static void WithoutSignals(WebApplicationBuilder builder) => builder.Services.AddSingleton<IHostLifetime, NoSignals>();

    /// <summary>A bind-all address is no address to open.</summary>
    private static string PublicUrl(string url)
    {
        foreach (var any in new[] { "://0.0.0.0", "://[::]", "://*", "://+" })
            url = url.Replace(any, "://localhost", StringComparison.Ordinal);
        return url;
    }

    /// <summary>Leaves Ctrl-C and SIGTERM to the outer program.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
