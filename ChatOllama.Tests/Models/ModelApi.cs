using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Threading.Channels;
using ChatOllama.ApiService;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Tests.Emulator;
using ChatOllama.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Models;

/// <summary>A clock that stands still, and tells who has started to wait for it.</summary>
internal sealed class WatchedTime() : FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 1, 2, 3, TimeSpan.Zero))
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Completes when somebody has started to wait about this long, jitter allowed.</summary>
    public async Task WaitedForAsync(TimeSpan about)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var due in _timers.Reader.ReadAllAsync(limit.Token))
        {
            if (due > about * 0.89 && due < about * 1.11)
                return;
        }
    }
}

/// <summary>The api with an emulator of its own and two clocks that stand still: <see cref="Loop"/> for the background sync, <see cref="Time"/> for all else.</summary>
internal sealed class ModelApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;
    private readonly bool _ownsFolder, _ownsEmulator;

    private ModelApi(WebApplication app, EmulatorHost emulator, WatchedTime time, WatchedTime loop, DirectoryInfo folder, bool ownsFolder, bool ownsEmulator)
    {
        (_app, Emulator, Time, Loop, _folder, _ownsFolder, _ownsEmulator) = (app, emulator, time, loop, folder, ownsFolder, ownsEmulator);
        Client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public EmulatorHost Emulator { get; }
    public WatchedTime Time { get; }
    public WatchedTime Loop { get; }
    public HttpClient Client { get; }
    public IServiceProvider Services => _app.Services;
    public ModelCatalog Catalog => Services.GetRequiredService<ModelCatalog>();
    public string DatabasePath => Path.Combine(_folder.FullName, "chat.db");

    /// <summary>Started, and with the emulator's models known.</summary>
    public static async Task<ModelApi> StartAsync(Action<EmulatorHost>? prepare = null, DirectoryInfo? folder = null, EmulatorHost? emulator = null, params string[] settings)
    {
        var api = await StartUnsyncedAsync(prepare, folder, null, emulator, settings);
        await api.SyncedAsync();
        return api;
    }

    /// <summary>Started, whatever Ollama does.</summary>
    /// <param name="emulator">One that the test made and disposes of.</param>
    /// <param name="settings">Such as <c>--MAX_PULLS=2</c>.</param>
    public static async Task<ModelApi> StartUnsyncedAsync(
        Action<EmulatorHost>? prepare = null, DirectoryInfo? folder = null, TimeProvider? clock = null, EmulatorHost? emulator = null, params string[] settings)
    {
        var ownsEmulator = emulator is null;
        emulator ??= await EmulatorHost.StartAsync();
        prepare?.Invoke(emulator);
        var owns = folder is null;
        folder ??= Directory.CreateTempSubdirectory("chatollama-models-");
        var (time, loop) = (new WatchedTime(), new WatchedTime());
        var app = ApiServiceApp.Build(["--DB_PATH", Path.Combine(folder.FullName, "chat.db"), "--OLLAMA_HOST", emulator.Url, "--MODEL_REGISTRY", emulator.Url, "--HF_REGISTRY", emulator.Url, "--urls", "http://127.0.0.1:0", .. settings], builder =>
        {
            builder.Services.AddSingleton(clock ?? time);
            // A clock of its own, so that a test knows for certain when the sync pauses.
            builder.Services.Remove(builder.Services.Single(s => s.ImplementationType == typeof(ModelSyncService)));
            builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<ModelSyncService>(services, (TimeProvider)loop));
            builder.Logging.ClearProviders();
        });
        await app.StartAsync();
        return new ModelApi(app, emulator, time, loop, folder, owns, ownsEmulator);
    }

    /// <summary>Completes when the background sync has succeeded and pauses.</summary>
    public Task SyncedAsync() => Loop.WaitedForAsync(ModelSyncService.Watch);

    /// <summary>Completes when the background sync has failed for the first time and pauses.</summary>
    public Task MissedAsync() => Loop.WaitedForAsync(ModelSyncService.FirstRetry);

    /// <summary>Waits for a call that runs into a time limit, moving the clock whenever somebody waits for that long.</summary>
    public async Task<T> AfterAsync<T>(TimeSpan limit, Task<T> call)
    {
        while (!call.IsCompleted)
        {
            await Task.WhenAny(call, Time.WaitedForAsync(limit));
            Time.Advance(limit);
        }
        return await call;
    }

    public async Task<ModelList> ListAsync(string query = "") => (await Client.GetFromJsonAsync("/v1/models" + query, ContractsJson.Default.ModelList))!;

    public async Task<ModelView> ModelAsync(string name) => (await ListAsync()).Models.Single(m => m.Name == name);

    public async Task<ModelList> SyncAsync()
    {
        using var response = await Client.PostAsync("/v1/models/sync", null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ModelList))!;
    }

    /// <summary>Starts a download.</summary>
    public async Task<PullView> PullAsync(string name, string path = "/v1/models/pull")
    {
        using var response = await PostAsync(path, System.Text.Json.JsonSerializer.Serialize(new { name }));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.PullView))!;
    }

    /// <summary>The event that ends a download, waited for.</summary>
    public async Task<PullEvent> PullEndAsync(string id)
    {
        using var watcher = await WatchAsync(id);
        PullEvent? last = null;
        while (await watcher.NextAsync() is { } news)
            last = news;
        return last!;
    }

    public async Task<PullWatcher> WatchAsync(string pullId) =>
        new(await Client.GetAsync($"/v1/models/pulls/{pullId}/events", HttpCompletionOption.ResponseHeadersRead));

    public async Task<IReadOnlyList<PullView>> PullsAsync(string query = "") => (await Client.GetFromJsonAsync("/v1/models/pulls" + query, ContractsJson.Default.PullList))!.Pulls;

    public Task<HttpResponseMessage> PostAsync(string path, string? json = null) => Client.PostAsync(path, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<HttpResponseMessage> PutAsync(string path, string json) => Client.PutAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public async Task<Problem> ProblemAsync(HttpMethod method, string path, string code, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        using var response = await Client.SendAsync(request);
        return await response.ReadProblemAsync(code);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownsEmulator)
            await Emulator.DisposeAsync();
        if (_ownsFolder)
            _folder.Delete(recursive: true);
    }
}
