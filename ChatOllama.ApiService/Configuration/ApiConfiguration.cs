using ChatOllama.ServiceDefaults.Configuration;

namespace ChatOllama.ApiService.Configuration;

/// <summary>Makes <see cref="ApiOptions"/> of the configuration.</summary>
public static class ApiConfiguration
{
    /// <summary>Set by a program that started the emulator and points <c>OLLAMA_HOST</c> at it.</summary>
    public const string IsEmulatorKey = "Ollama:IsEmulator";

    /// <summary><see cref="ApiOptions"/> as a singleton, read when it is first asked for, so that configuration added later counts too.</summary>
    public static WebApplicationBuilder AddApiOptions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(_ => Read(builder.Configuration));
        return builder;
    }

    /// <exception cref="SettingException">A value cannot be used.</exception>
    public static ApiOptions Read(IConfiguration configuration) => Read(configuration, SettingCatalog.OllamaHosts.Read(configuration) ?? []);

    private static ApiOptions Read(IConfiguration configuration, Uri[] ollamas) => new()
    {
        DbPath = SettingCatalog.DbPath.Read(configuration)!,
        OllamaUrl = ollamas.Length > 0 ? ollamas[0] : SettingCatalog.OllamaHost.Read(configuration)!,
        OllamaUrls = ollamas.Length > 1 ? ollamas : [],
        OllamaIsEmulator = configuration.GetValue(IsEmulatorKey, false),
        OllamaTimeout = SettingCatalog.OllamaTimeout.Read(configuration),
        MaxConcurrentChats = SettingCatalog.MaxConcurrentChats.Read(configuration),
        MaxQueuedChats = SettingCatalog.MaxQueuedChats.Read(configuration),
        QueueTimeout = SettingCatalog.QueueTimeout.Read(configuration),
        DisconnectGrace = SettingCatalog.DisconnectGrace.Read(configuration),
        FirstTokenTimeout = SettingCatalog.FirstTokenTimeout.Read(configuration),
        TokenTimeout = SettingCatalog.TokenTimeout.Read(configuration),
        ShutdownGrace = SettingCatalog.ShutdownGrace.Read(configuration),
        MaxPulls = SettingCatalog.MaxPulls.Read(configuration),
        PullStallTimeout = SettingCatalog.PullStallTimeout.Read(configuration),
        AllowInsecurePulls = SettingCatalog.AllowInsecurePulls.Read(configuration),
        ModelRegistry = Registry(SettingCatalog.ModelRegistry, configuration),
        HfRegistry = Registry(SettingCatalog.HfRegistry, configuration),
        MaxImportSize = SettingCatalog.MaxImportSize.Read(configuration),
        RateLimit = SettingCatalog.RateLimit.Read(configuration),
        CorsOrigins = SettingCatalog.CorsOrigins.Read(configuration) ?? [],
        TelemetryContent = SettingCatalog.TelemetryContent.Read(configuration),
    };

    /// <summary>The emulator has its own: what it offers is in no other, and nobody outside needs to hear of a demonstration.</summary>
    private static Uri? Registry(Setting<Uri> setting, IConfiguration configuration)
    {
        var registry = setting.Read(configuration);
        return registry is not null && configuration.GetValue(IsEmulatorKey, false) ? SettingCatalog.OllamaHost.Read(configuration) : registry;
    }
}
