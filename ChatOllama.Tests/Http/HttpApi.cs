using System.Net;
using System.Net.Http.Json;
using System.Text;
using ChatOllama.ApiService;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Http;

/// <summary>The real api on a free port, with its log in memory, for what all routes have in common.</summary>
internal sealed class HttpApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private HttpApi(WebApplication app, DirectoryInfo folder, LogLines log, FakeTimeProvider time)
    {
        _app = app;
        _folder = folder;
        Log = log;
        Time = time;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }
    public IServiceProvider Services => _app.Services;
    public string Folder => _folder.FullName;
    public FakeRunningAnswers Running => (FakeRunningAnswers)Services.GetRequiredService<IRunningAnswers>();
    public LogLines Log { get; }
    public FakeTimeProvider Time { get; }

    /// <param name="settings">Command-line settings such as <c>--RATE_LIMIT 5</c>.</param>
    /// <param name="routes">More routes, to see how the common parts treat them.</param>
    public static async Task<HttpApi> StartAsync(string[]? settings = null, Action<WebApplication>? routes = null)
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-http-");
        var log = new LogLines();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 1, 2, 3, TimeSpan.Zero));
        var app = ApiServiceApp.Build(
            ["--DB_PATH", Path.Combine(folder.FullName, "chat.db"), "--OLLAMA_HOST", "http://127.0.0.1:9", "--urls", "http://127.0.0.1:0", .. settings ?? []],
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(time);
                builder.Services.AddSingleton<IModelCatalog, FakeModels>();
                builder.Services.AddSingleton<IRunningAnswers, FakeRunningAnswers>();
                builder.Logging.ClearProviders();
                builder.Logging.AddProvider(log);
            });
        routes?.Invoke(app);
        await app.StartAsync();
        return new HttpApi(app, folder, log, time);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string mediaType = "application/json") =>
        Client.PostAsync(path, new StringContent(body, Encoding.UTF8, mediaType));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>Reads problem answers, and holds each against the promises that all of them make.</summary>
internal static class ProblemAssertions
{
    public static async Task<Problem> ReadProblemAsync(this HttpResponseMessage response, string code)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.Problem))!;
        Assert.Equal(code, problem.Code);
        Assert.Equal("urn:chatollama:problem:" + code, problem.Type);
        Assert.Equal((HttpStatusCode)problem.Status, response.StatusCode);
        Assert.Equal(ProblemCodes.StatusOf(code), problem.Status);
        Assert.Equal(response.Headers.GetValues("X-Request-Id").Single(), problem.TraceId);
        Assert.Equal(Uri.UnescapeDataString(response.RequestMessage!.RequestUri!.AbsolutePath), Uri.UnescapeDataString(problem.Instance!));
        Assert.NotEqual(default, problem.Timestamp ?? default);
        Assert.False(string.IsNullOrWhiteSpace(problem.Title));
        Assert.False(string.IsNullOrWhiteSpace(problem.Detail));
        return problem;
    }
}
