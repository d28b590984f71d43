using ChatOllama.Emulator.Chat;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Http;
using ChatOllama.Emulator.Manage;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Running;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChatOllama.Emulator;

/// <summary>An Ollama stand-in that speaks Ollama's protocol: the default where no Ollama is found, the double in tests, the source in benchmarks.</summary>
public static partial class EmulatorApp
{
    /// <summary>On every answer, value <c>1</c>: a real Ollama never sends it, so nobody can take one for the other.</summary>
    public const string MarkHeader = "X-ChatOllama-Emulator";

    /// <summary>
    /// Builds the emulator. It listens on <c>http://localhost:11434</c> unless the arguments, ASPNETCORE_URLS or <paramref name="configure"/> say otherwise.
    /// An <see cref="EmulatorControl"/>, <see cref="EmulatorOptions"/> or <see cref="TimeProvider"/> that <paramref name="configure"/> registers is used.
    /// </summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(EmulatorApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
            builder.WebHost.UseUrls("http://localhost:11434");
        configure?.Invoke(builder);
        AddEmulator(builder);
        return Map(builder.Build());
    }

    private static void AddEmulator(WebApplicationBuilder builder)
    {
        var options = new EmulatorOptions();
        builder.Configuration.GetSection("Emulator").Bind(options);
        builder.Services.TryAddSingleton(options);
        builder.Services.TryAddSingleton(TimeProvider.System);
        // Only a test that brings its own control wants to read the requests; anywhere else they would just fill the memory.
        builder.Services.TryAddSingleton(_ => new EmulatorControl { CapturesRequests = false });
        builder.Services.AddSingleton<ModelStore>();
        builder.Services.AddSingleton<LoadedModels>();
        builder.Services.AddSingleton<Pacer>();
        builder.Services.AddSingleton<Variants>();
        builder.Services.AddSingleton<AnswerWriter>();
        builder.Services.AddSingleton<ScriptRunner>();
        builder.Services.AddSingleton<GenerationHandler>();
        builder.Services.AddSingleton<Registry>();
        builder.Services.AddSingleton<PullHandler>();
        builder.Services.AddSingleton<CreateHandler>();
        builder.Services.AddSingleton<ModelHandlers>();
        builder.Services.AddSingleton<EmbedHandler>();
        builder.WebHost.ConfigureKestrel((context, kestrel) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            // A reader that pauses is a thing to test, not an attack on a stand-in.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            var control = kestrel.ApplicationServices.GetRequiredService<EmulatorControl>();
            kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection => control.Connections.RunAsync(connection, next)));
        });
    }

    private static WebApplication Map(WebApplication app)
    {
        var control = app.Services.GetRequiredService<EmulatorControl>();
        control.Attach(app.Services.GetRequiredService<ModelStore>());
        // Kestrel's stop waits for open streams; a server that goes away cuts them.
        app.Lifetime.ApplicationStopping.Register(control.Connections.AbortAll);
        app.Lifetime.ApplicationStarted.Register(() => LogStarted(app.Logger, app.Urls));

        app.Use(RequestPolicy.RunAsync);
        app.UseRouting();
        app.MapMethods("/", ["GET", "HEAD"], InfoEndpoints.Root);
        app.MapMethods("/api/version", ["GET", "HEAD"], InfoEndpoints.Version);
        app.MapMethods("/api/status", ["GET", "HEAD"], InfoEndpoints.Status);
        app.MapMethods("/api/tags", ["GET", "HEAD"], app.Services.GetRequiredService<ModelHandlers>().TagsAsync);
        app.MapGet("/api/ps", app.Services.GetRequiredService<ModelHandlers>().PsAsync);
        app.MapPost("/api/show", app.Services.GetRequiredService<ModelHandlers>().ShowAsync);
        app.MapPost("/api/copy", app.Services.GetRequiredService<ModelHandlers>().CopyAsync);
        app.MapDelete("/api/delete", app.Services.GetRequiredService<ModelHandlers>().DeleteAsync);
        app.MapPost("/api/chat", app.Services.GetRequiredService<GenerationHandler>().ChatAsync);
        app.MapPost("/api/generate", app.Services.GetRequiredService<GenerationHandler>().GenerateAsync);
        app.MapPost("/api/pull", app.Services.GetRequiredService<PullHandler>().PullAsync);
        app.MapMethods("/v2/{space}/{model}/manifests/{tag}", ["GET", "HEAD"], app.Services.GetRequiredService<Registry>().ManifestAsync);
        app.MapPost("/api/create", app.Services.GetRequiredService<CreateHandler>().CreateAsync);
        app.MapPost("/api/embed", app.Services.GetRequiredService<EmbedHandler>().EmbedAsync);
        app.MapPost("/api/embeddings", app.Services.GetRequiredService<EmbedHandler>().EmbeddingsAsync);
        return app;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ollama emulator at {Urls}: its models are built-in demos, no language model answers. Real ones: https://ollama.com/download")]
    private static partial void LogStarted(ILogger logger, IEnumerable<string> urls);
}
