using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Telemetry;

namespace ChatOllama.ApiService.Generations;

public static class GenerationServices
{
    /// <summary>
    /// Running answers. Register after the database and before nothing that must outlive them: they drain first when the service stops.
    /// </summary>
    public static IHostApplicationBuilder AddGenerations(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => new FairQueue(provider.GetRequiredService<ApiOptions>().MaxConcurrentChats));
        services.AddSingleton<ChatMetrics>();
        services.AddSingleton<Checkpoints>();
        services.AddSingleton<TokenEstimator>();
        services.AddSingleton<PromptBuilder>();
        services.AddSingleton<GenerationRunner>();
        services.AddSingleton<GenerationService>();
        services.AddHostedService(provider => provider.GetRequiredService<GenerationService>());
        return builder;
    }
}
