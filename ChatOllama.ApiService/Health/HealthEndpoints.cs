using System.Reflection;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.ApiService.Health;

/// <summary>How the service is: for load balancers, for people and for the page that shows what it runs on. The same in every environment.</summary>
public static class HealthEndpoints
{
    /// <summary>Needs the database and Ollama to be added before.</summary>
    public static IHostApplicationBuilder AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<HealthProbes>();
        return builder;
    }

    /// <summary><c>/health</c>, <c>/ready</c>, <c>/live</c>, <c>/ping</c>, for GET and HEAD, outside the rate limit.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("").WithTags("Health").DisableRateLimiting().AddEndpointFilter(NeverCached);
        Map(health, "/health", GetHealthAsync).WithName("GetHealth").Produces<HealthReport>(200).Produces<HealthReport>(503)
            .WithSummary("Database and Ollama; answers within 2 s whatever they do. Without Ollama, or one of several, it is degraded, without the database unhealthy (503)");
        Map(health, "/ready", GetReadyAsync).WithName("GetReady").Produces<ReadyReport>(200).Produces<ReadyReport>(503)
            .WithSummary("Whether requests can be served: the database is reachable and migrated");
        Map(health, "/live", () => TypedResults.Ok(new LiveReport("alive"))).WithName("GetLive").WithSummary("Whether the process answers at all");
        Map(health, "/ping", () => TypedResults.Text(".")).WithName("Ping").Produces<string>(200, "text/plain").WithSummary("One dot");
    }

    private static RouteHandlerBuilder Map(RouteGroupBuilder group, string path, Delegate handler)
    {
        // By itself, or the document would have two operations of one name.
        group.MapMethods(path, [HttpMethods.Head], handler).ExcludeFromDescription();
        return group.MapGet(path, handler);
    }

    private static async Task<JsonHttpResult<HealthReport>> GetHealthAsync(HealthProbes probes, TimeProvider time, CancellationToken cancellationToken)
    {
        var database = probes.DatabaseAsync(cancellationToken);
        var ollama = probes.OllamaAsync(cancellationToken);
        var sqlite = await database;
        var version = await ollama;
        var report = new HealthReport
        {
            Status = sqlite is null ? "unhealthy" : version is null || probes.OllamasDown.Length > 0 ? "degraded" : "healthy",
            Timestamp = time.GetUtcNow().UtcDateTime,
            Services = new() { ["database"] = Word(sqlite is not null), ["ollama"] = Word(version is not null) },
            Metadata = probes.Describe(sqlite, version),
        };
        return TypedResults.Json(report, ContractsJson.Default.HealthReport, statusCode: sqlite is null ? 503 : 200);
    }

    private static async Task<JsonHttpResult<ReadyReport>> GetReadyAsync(HealthProbes probes, CancellationToken cancellationToken)
    {
        var reason = await probes.WhyNotReadyAsync(cancellationToken);
        return reason is null
            ? TypedResults.Json(new ReadyReport("ready"), ContractsJson.Default.ReadyReport)
            : TypedResults.Json(new ReadyReport("not ready", reason), ContractsJson.Default.ReadyReport, statusCode: 503);
    }

    private static string Word(bool good) => good ? "healthy" : "unhealthy";

    private static ValueTask<object?> NeverCached(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        return next(context);
    }
}

/// <summary>Asks the database and Ollama how they are, and waits for neither longer than <see cref="Limit"/>.</summary>
public sealed class HealthProbes(DatabaseFile file, DatabaseStartup startup, OllamaClient ollama, OllamaServers servers, ApiOptions options, TimeProvider time)
{
    /// <summary>Leaves room for the answer within the promised 2 s.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    private static readonly string Version = (typeof(HealthProbes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    /// <summary>SQLite's version; null when the database cannot be read.</summary>
    public async Task<string?> DatabaseAsync(CancellationToken cancellationToken)
    {
        // A file that was deleted under the service still answers, and what is written to it is lost.
        if (!startup.IsReady || !File.Exists(file.FullPath))
            return null;
        try
        {
            // SQLite waits for locks and disks without giving the thread back.
            return await Task.Run(() => file.ProbeAsync(cancellationToken), cancellationToken).WaitAsync(Limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Null when Ollama does not answer in time, or what answers is not Ollama.</summary>
    public async Task<OllamaVersion?> OllamaAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ollama.GetVersionAsync(cancellationToken, Limit);
        }
        catch (OllamaException)
        {
            return null;
        }
    }

    /// <summary>Those of several Ollamas that are left out until they answer again.</summary>
    public string[] OllamasDown => servers.Only is not null ? [] : [.. servers.All.Where(s => !s.IsUp).Select(s => s.Name)];

    /// <summary>A sentence, or null when requests can be served.</summary>
    public async Task<string?> WhyNotReadyAsync(CancellationToken cancellationToken) =>
        !startup.IsReady ? "The database is not ready: it is still being brought up, or the service is stopping."
        : await DatabaseAsync(cancellationToken) is null ? "The database cannot be read. Look into the log of the service."
        : null;

    /// <summary>What runs here, for <c>metadata</c>.</summary>
    public Dictionary<string, string?> Describe(string? sqlite, OllamaVersion? version)
    {
        var metadata = new Dictionary<string, string?> { ["sqlite_version"] = sqlite, ["ollama_version"] = version?.Version, ["version"] = Version };
        if (OllamasDown is { Length: > 0 } down)
            metadata["ollama_down"] = string.Join(", ", down);
        if (options.OllamaIsEmulator || version is { IsEmulator: true })
        {
            metadata["ollama_mode"] = "emulator";
            metadata["notice"] = "A built-in demo model answers here, not a real one. For a real one install Ollama (https://ollama.com/download), "
                + "run `ollama pull llama3.2`, and start ChatOllama again.";
        }
        return metadata;
    }
}
