using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using ChatOllama.ApiService;
using ChatOllama.Contracts;
using ChatOllama.Emulator;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Emulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ChatOllama.Tests.Hosting;

/// <summary>How an <see cref="ApiHost"/> differs from the usual one.</summary>
public sealed class ApiSetup
{
    /// <summary>Folder of the database; a fresh one unless a test starts on what another host left.</summary>
    public string Folder { get; set; } = Directory.CreateTempSubdirectory("chatollama-").FullName;

    /// <summary>Environment variables by name.</summary>
    public Dictionary<string, string> Settings { get; } = new()
    {
        ["SHUTDOWN_GRACE"] = "0s",
        ["LOG_LEVEL"] = "error",
    };

    /// <summary>Time of the api; the real one unless set.</summary>
    public TimeProvider? Time { get; set; }

    public Action<EmulatorOptions>? Emulator { get; set; }

    /// <summary>Another Ollama than an emulator of its own, e.g. an address where nobody listens.</summary>
    public string? OllamaUrl { get; set; }

    /// <summary>An emulator that the test made and disposes; several hosts may share it.</summary>
    public EmulatorHost? SharedEmulator { get; set; }

    public Action<IServiceCollection>? Services { get; set; }
}

/// <summary>The real api on a free port with its own database file and its own emulator as Ollama.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly EmulatorHost? _emulator;
    private readonly bool _ownsEmulator;

    private ApiHost(WebApplication app, EmulatorHost? emulator, bool ownsEmulator, string folder)
    {
        _app = app;
        _emulator = emulator;
        _ownsEmulator = ownsEmulator;
        Folder = folder;
        Url = app.Urls.Single();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Url), Timeout = TimeSpan.FromMinutes(1) };
    }

    public string Url { get; }
    public string Folder { get; }
    public HttpClient Client { get; }
    public EmulatorControl Ollama => _emulator?.Control ?? throw new InvalidOperationException("This host talks to no emulator.");
    public bool HasEmulator => _emulator is not null;
    public IServiceProvider Services => _app.Services;

    public static async Task<ApiHost> StartAsync(Action<ApiSetup>? configure = null)
    {
        var setup = new ApiSetup();
        configure?.Invoke(setup);
        var emulator = setup.SharedEmulator ?? (setup.OllamaUrl is null ? await EmulatorHost.StartAsync(setup.Emulator) : null);
        var arguments = setup.Settings
            .Append(new("urls", "http://127.0.0.1:0"))
            .Append(new("DB_PATH", Path.Combine(setup.Folder, "chat.db")))
            .Append(new("OLLAMA_HOST", setup.OllamaUrl ?? emulator!.Url));
        var app = ApiServiceApp.Build([.. arguments.Select(a => $"--{a.Key}={a.Value}")], builder =>
        {
            builder.Logging.ClearProviders();
            if (setup.Time is not null) builder.Services.AddSingleton(setup.Time);
            setup.Services?.Invoke(builder.Services);
        });
        await app.StartAsync();
        return new ApiHost(app, emulator, setup.SharedEmulator is null, setup.Folder);
    }

    /// <summary>What <c>kill -9</c> would leave on the disk right now, in a folder of its own.</summary>
    public string CopyAsAfterCrash()
    {
        var copy = Directory.CreateTempSubdirectory("chatollama-crash-").FullName;
        foreach (var name in new[] { "chat.db", "chat.db-wal" })
            if (File.Exists(Path.Combine(Folder, name))) File.Copy(Path.Combine(Folder, name), Path.Combine(copy, name));
        return copy;
    }

    /// <summary>Stops the service as an operator would.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownsEmulator && _emulator is not null) await _emulator.DisposeAsync();
    }

    public Task<HttpResponseMessage> PostAsync(string path, string json, string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>A whole answer.</summary>
    public async Task<ChatResponse> ChatAsync(string json)
    {
        using var response = await PostAsync("/v1/chat", json);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken))!;
    }

    /// <summary>Opens a stream of events; dispose it to hang up.</summary>
    public async Task<EventReader> StreamAsync(string json, string path = "/v1/chat", string? idempotencyKey = null)
    {
        var response = await PostAsync(path, json, idempotencyKey);
        return await EventReader.OpenAsync(response);
    }

    /// <summary>Attaches to an answer.</summary>
    public async Task<EventReader> FollowAsync(string messageId, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/messages/{messageId}/events");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        return await EventReader.OpenAsync(await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
    }

    /// <summary>The problem of a refused request, its shape checked.</summary>
    public static async Task<Problem> ProblemAsync(HttpResponseMessage response, int status, string code)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == status, $"expected {status}, got {(int)response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = System.Text.Json.JsonSerializer.Deserialize(body, ContractsJson.Default.Problem)!;
        Assert.Equal(code, problem.Code);
        Assert.Equal("urn:chatollama:problem:" + code, problem.Type);
        Assert.Equal(status, problem.Status);
        Assert.False(string.IsNullOrWhiteSpace(problem.Detail));
        Assert.False(string.IsNullOrWhiteSpace(problem.TraceId));
        Assert.NotNull(problem.Timestamp);
        return problem;
    }
}
