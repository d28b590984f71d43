using ChatOllama.ApiService.Configuration;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChatOllama.ApiService.Ollama;

public static class OllamaServices
{
    /// <summary>
    /// Adds <see cref="OllamaClient"/> and <see cref="IChatClient"/> as singletons on one set of connections. Needs <see cref="ApiOptions"/> as a service.
    /// Another <see cref="IChatClient"/> or <see cref="TimeProvider"/> that is registered before stays.
    /// </summary>
    public static IHostApplicationBuilder AddOllama(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<OllamaTransport>();
        builder.Services.AddSingleton<OllamaClient>();
        builder.Services.TryAddSingleton<IChatClient, OllamaChatClient>();
        return builder;
    }
}
