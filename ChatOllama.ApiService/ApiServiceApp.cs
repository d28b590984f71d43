using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Backups;
using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Commands;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Export;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Health;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Import;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Ollama;
using ChatOllama.ApiService.Search;
using ChatOllama.ApiService.Sessions;
using ChatOllama.ApiService.Settings;
using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.ServiceDefaults.Hosting;
using ChatOllama.ServiceDefaults.Telemetry;

namespace ChatOllama.ApiService;

/// <summary>Builds the api as an object, so that Standalone and the tests can run it in their own process.</summary>
public static class ApiServiceApp
{
    /// <param name="args">Command-line arguments; they override environment variables. <c>--urls</c> decides where it listens, whatever <c>PORT</c> says.</param>
    /// <param name="configure">Last word on the builder, e.g. to replace <c>IChatClient</c> or <c>TimeProvider</c> in a test.</param>
    /// <exception cref="StartupException">A setting cannot be used.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceBuilder.Create(typeof(ApiServiceApp).Assembly, args);
        builder.AddServiceDefaults(SettingUsers.Api);
        builder.AddApiOptions();

        builder.AddApiHttp();
        builder.AddCorsOrigins();
        builder.AddRateLimiting();
        builder.AddOpenApiDocument();

        // Hosted services stop in reverse order: the database last.
        builder.AddDatabase();
        builder.AddChanges();
        builder.AddOllama();
        builder.AddModels();
        builder.AddGenerations();
        builder.AddChat();
        builder.AddSessions();
        builder.AddExport();
        builder.AddImport();
        builder.Services.AddHostedService<ServerAddress>();
        builder.AddAttachments();
        builder.AddBackups();
        builder.AddHealth();

        configure?.Invoke(builder);
        builder.AddTelemetry("chatollama-api");
        // Alone the api is not the public front, so it does not take the public port unless PORT says so.
        builder.UseListenAddress("http://localhost:5080");

        var app = builder.Build();
        app.UseServiceDefaults();
        app.UseApiHttp();

        app.MapTelemetry();
        app.MapHealth();
        app.MapChat();
        app.MapSessions();
        app.MapLabels();
        app.MapExport();
        app.MapImport();
        app.MapSearch();
        app.MapChanges();
        app.MapAttachments();
        app.MapBackups();
        app.MapModels();
        app.MapSettings();
        app.MapOpenApiDocument();
        return app;
    }
}
