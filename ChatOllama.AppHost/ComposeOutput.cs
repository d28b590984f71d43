using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;

namespace ChatOllama.AppHost;

/// <summary>
/// What <c>--operation publish</c> writes: the same services, volumes, ports and health checks as <c>docker-compose.yml</c> at the
/// root, which is for those who have no .NET. ChatOllama.AppHost.Tests holds the two against each other.
/// </summary>
internal static class ComposeOutput
{
    /// <summary>
    /// Images that the .NET SDK makes have no folder at a volume's path, so Docker gives it to root, and no other user could write there.
    /// The images of the Dockerfile bring the folders along and need no root.
    /// </summary>
    private const string VolumeOwner = "0";

    /// <summary>What an operator may set in a file <c>.env</c>, with the defaults of docs/configuration.md.</summary>
    private static readonly (string Name, string Default)[] ApiSettings =
    [
        ("OLLAMA_HOSTS", ""), ("OLLAMA_TIMEOUT", "30s"), ("MAX_CONCURRENT_CHATS", "100"), ("MAX_QUEUED_CHATS", "1000"), ("QUEUE_TIMEOUT", "10m"), ("RATE_LIMIT", ""), ("CORS_ORIGINS", ""),
        ("DISCONNECT_GRACE", "2s"), ("FIRST_TOKEN_TIMEOUT", "10m"), ("TOKEN_TIMEOUT", "2m"), ("SHUTDOWN_GRACE", "5s"), ("MAX_PULLS", "1"), ("PULL_STALL_TIMEOUT", "10m"),
        ("ALLOW_INSECURE_PULLS", "false"), ("MODEL_REGISTRY", "https://registry.ollama.ai"), ("HF_REGISTRY", "https://hf.co"), ("TELEMETRY_CONTENT", "false"),
    ];

    private static readonly (string Name, string Default)[] WebSettings = [("TRUSTED_PROXIES", "")];
    private static readonly (string Name, string Default)[] BothSettings = [("ENV", "production"), ("LOG_LEVEL", "info"), ("LOG_FORMAT", "json"), ("ALLOWED_HOSTS", ""), ("METRICS", "none"), ("MAX_IMPORT_SIZE", "500MB"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "")];

    public static void AddTo(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> api, IResourceBuilder<ProjectResource> web, IResourceBuilder<OllamaResource>? ollama)
    {
        builder.AddDockerComposeEnvironment("compose").WithDashboard(enabled: false).ConfigureComposeFile(file =>
        {
            file.Name = "chatollama";
            // Without these at the top level the file is invalid.
            file.AddVolume(new Volume { Name = "chat-data", Driver = "local" });
            file.AddVolume(new Volume { Name = "web-keys", Driver = "local" });
        });
        ollama?.PublishAsDockerComposeService((_, service) =>
        {
            service.Restart = "unless-stopped";
            service.Healthcheck = Check("30s", 3, "30s", "CMD", "ollama", "list");
        });
        api.PublishAsDockerComposeService((_, service) => Api(service, ollama is not null));
        web.PublishAsDockerComposeService((_, service) => Web(service));
    }

    private static void Api(Service service, bool hasOllama)
    {
        Common(service, ApiSettings);
        service.AddVolume(new Volume { Name = "chat-data", Type = "volume", Source = "chat-data", Target = "/data" });
        service.Healthcheck = Check("30s", 3, "20s", "CMD", "dotnet", "/app/ChatOllama.ApiService.dll", "--health");
        // The web stands before the api, in a network that nobody else reaches: its word about who calls is believed.
        service.Environment["TRUSTED_PROXIES"] = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16";
        if (hasOllama) service.DependsOn["ollama"] = new ServiceDependency { Condition = "service_healthy" };
    }

    private static void Web(Service service)
    {
        Common(service, WebSettings);
        service.Ports = ["${PORT:-8080}:8080"];
        service.AddVolume(new Volume { Name = "web-keys", Type = "volume", Source = "web-keys", Target = "/keys" });
        service.Environment["KEYS_PATH"] = "/keys";
        service.Healthcheck = Check("30s", 3, "20s", "CMD", "dotnet", "/app/ChatOllama.Web.dll", "--health");
        service.DependsOn["api"] = new ServiceDependency { Condition = "service_healthy" };
    }

    private static void Common(Service service, (string Name, string Default)[] settings)
    {
        service.Restart = "unless-stopped";
        service.User = VolumeOwner;
        foreach (var (name, fallback) in BothSettings.Concat(settings)) service.Environment[name] = $"${{{name}:-{fallback}}}";
    }

    private static Healthcheck Check(string interval, int retries, string startPeriod, params string[] test) =>
        new() { Test = [.. test], Interval = interval, Timeout = "5s", Retries = retries, StartPeriod = startPeriod };
}
