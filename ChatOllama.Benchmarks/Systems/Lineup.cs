using ChatOllama.Benchmarks.Load;

namespace ChatOllama.Benchmarks.Systems;

/// <summary>Starts an emulator and the systems that stand in front of it.</summary>
internal sealed class Lineup(BenchContext context) : IAsyncDisposable
{
    /// <summary>What the api and the web are given beyond their defaults; stated with every table.</summary>
    public const string Settings = "MAX_CONCURRENT_CHATS=10000, METRICS=prometheus, RATE_LIMIT off, all else default: `synchronous=FULL`, checkpoints, log level info";

    /// <summary>A model that writes Markdown, fifty tokens a second.</summary>
    public const string Prose = "prose";

    private static readonly int[] Rates = [0, 4, 10, 50, 500];
    private readonly List<ServerProcess> _started = [];
    private ServerProcess? _emulator;

    /// <summary>A model that sends so many tokens per second; 0: as fast as it goes.</summary>
    public static string Model(int rate) => $"clock{rate}";

    public ServerProcess EmulatorProcess => _emulator ?? throw new InvalidOperationException("Start the emulator first.");

    public async Task<SystemUnderTest> EmulatorAsync()
    {
        var models = Rates.SelectMany(rate => new[] { $"--Emulator:Models:{Model(rate)}:Kind=Clock", $"--Emulator:Models:{Model(rate)}:TokensPerSecond={rate}" });
        _emulator = await StartAsync("emulator", "dotnet", url => [context.Published.Emulator, $"--urls={url}", "--Emulator:LoadTime=0", $"--Emulator:Models:{Prose}:TokensPerSecond=50", .. models], "/api/version");
        return new SystemUnderTest("emulator, direct", _emulator.Url, Dialect.Ollama, [_emulator]);
    }

    /// <summary>Null where nginx is not installed.</summary>
    public async Task<SystemUnderTest?> NginxAsync()
    {
        if (!Nginx.IsInstalled) return null;
        var folder = Path.GetDirectoryName(context.Scratch.PathOf("nginx", "nginx.conf"))!;
        var nginx = await StartAsync("nginx", Nginx.Command, url => Nginx.Arguments(folder, url, EmulatorProcess.Url), "/api/version");
        return new SystemUnderTest("nginx", nginx.Url, Dialect.Ollama, [nginx]);
    }

    public async Task<SystemUnderTest> YarpAsync()
    {
        var yarp = await BaselineAsync("yarp", "/api/version");
        return new SystemUnderTest("YARP", yarp.Url, Dialect.Ollama, [yarp]);
    }

    public async Task<SystemUnderTest> RelayAsync()
    {
        var relay = await BaselineAsync("relay", "/ready");
        return new SystemUnderTest("minimal relay, OllamaSharp", relay.Url, Dialect.Events, [relay]);
    }

    /// <param name="database">Null: a new one.</param>
    public async Task<SystemUnderTest> ApiAsync(string? database = null)
    {
        var file = database ?? context.Scratch.PathOf($"api{_started.Count}", "chat.db");
        var api = await StartAsync("api", "dotnet", url => [context.Published.Api, $"--urls={url}"], "/ready", new()
        {
            ["DB_PATH"] = file,
            ["OLLAMA_HOST"] = EmulatorProcess.Url.ToString(),
            ["MAX_CONCURRENT_CHATS"] = "10000",
            ["MAX_QUEUED_CHATS"] = "10000",
            ["METRICS"] = "prometheus",
        });
        await WaitForModelsAsync(api.Url);
        return new SystemUnderTest("api", api.Url, Dialect.Events, [api]);
    }

    /// <summary>The web in front of an api; the CPU of both counts.</summary>
    public async Task<SystemUnderTest> WebAsync(SystemUnderTest api)
    {
        var web = await StartAsync("web", "dotnet", url => [context.Published.Web, $"--urls={url}", $"--services:api:http:0={api.Url}"], "/ready", new()
        {
            ["KEYS_PATH"] = context.Scratch.PathOf("keys"),
            ["METRICS"] = "prometheus",
        });
        return new SystemUnderTest("web + api", web.Url, Dialect.Events, [web, .. api.Processes]);
    }

    /// <summary>Stops what a system runs on, all but the emulator.</summary>
    public async Task StopAsync(SystemUnderTest system)
    {
        foreach (var process in system.Processes.Where(process => process != _emulator && _started.Contains(process)))
        {
            _started.Remove(process);
            await process.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_started)) await process.DisposeAsync();
    }

    private Task<ServerProcess> BaselineAsync(string name, string readyPath) =>
        StartAsync(name, "dotnet", url => [typeof(Lineup).Assembly.Location, "serve", name, $"--urls={url}", $"--upstream={EmulatorProcess.Url}"], readyPath);

    private async Task<ServerProcess> StartAsync(
        string name, string command, Func<Uri, IEnumerable<string>> arguments, string readyPath, Dictionary<string, string>? environment = null)
    {
        var log = context.Scratch.PathOf("logs", $"{name}{_started.Count}.log");
        var process = await ServerProcess.StartAsync(name, command, arguments, readyPath, log, environment is null ? null : context.WithSettings(environment));
        _started.Add(process);
        return process;
    }

    /// <summary>The api reads Ollama's list on its own, shortly after it is ready.</summary>
    private static async Task WaitForModelsAsync(Uri api)
    {
        using var caller = await Caller.OpenAsync(api);
        for (var i = 0; i < 200; i++)
        {
            await caller.GetAsync("/v1/models");
            if (caller.Body.Contains(Model(50), StringComparison.Ordinal)) return;
            await Task.Delay(20);
        }
        throw new BenchException("The api does not know the emulator's models.");
    }
}
