using ChatOllama.ApiService.Configuration;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChatOllama.ApiService.Ollama;

public static class OllamaServices
{
    /// <summary>
    /// Adds <see cref="OllamaClient"/> and <see cref="IChatClient"/> as singletons on one set of connections per server. Needs <see cref="ApiOptions"/> as a service.
    /// Another <see cref="IChatClient"/> or <see cref="TimeProvider"/> that is registered before stays.
    /// </summary>
    public static IHostApplicationBuilder AddOllama(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<OllamaServers>();
        builder.Services.AddSingleton<OllamaClient>();
        // One server has nobody to share its chats with, so nothing stands before it.
        builder.Services.TryAddSingleton<IChatClient>(services => services.GetRequiredService<OllamaServers>() is { Only: { } one }
            ? one.Chat
            : ActivatorUtilities.CreateInstance<OllamaRouter>(services));
        return builder;
    }
}
