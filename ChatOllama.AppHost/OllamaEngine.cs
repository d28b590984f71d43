using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace ChatOllama.AppHost;

/// <summary>
/// Where the models run, chosen by <c>Ollama:Mode</c>: <c>container</c> (the default), <c>external</c> (an Ollama that exists
/// already, at <c>Ollama:Endpoint</c>) or <c>emulator</c> (no model and no container runtime needed).
/// </summary>
internal static class OllamaEngine
{
    /// <summary>Small enough for a laptop, and good enough to see that everything works.</summary>
    private const string SmallModel = "llama3.2:1b";

    /// <summary>Adds the engine and tells the api where it is.</summary>
    /// <returns>The container, where there is one.</returns>
    public static IResourceBuilder<OllamaResource>? AddTo(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> api)
    {
        var settings = builder.Configuration.GetSection("Ollama");
        var model = settings["Model"] is { Length: > 0 } chosen ? chosen : SmallModel;
        switch (settings["Mode"] ?? "container")
        {
            case "container":
                return AddContainer(builder, api, model, settings.GetValue<bool>("Gpu"));
            case "external":
                AddExternal(builder, api, model, settings["Endpoint"]);
                return null;
            case "emulator":
                AddEmulator(builder, api);
                return null;
            case var unknown:
                throw new DistributedApplicationException($"Ollama:Mode is '{unknown}', but must be container, external or emulator.");
        }
    }

    private static IResourceBuilder<OllamaResource> AddContainer(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> api, string model, bool gpu)
    {
        // Not Ollama's own port: one that runs on this machine keeps it.
        var ollama = builder.AddOllama("ollama", port: 11435).WithDataVolume("ollama-models").WithLifetime(ContainerLifetime.Persistent);
        if (gpu) ollama.WithGPUSupport();
        var chat = ollama.AddModel("chat", model);
        // In run mode this waits for the download of the model, and the dashboard shows how far it is.
        api.WithReference(chat).WaitFor(chat);
        return ollama;
    }

    private static void AddExternal(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> api, string model, string? address)
    {
        // Started from here the api runs on this machine; published it runs in a container.
        var ownMachine = builder.ExecutionContext.IsPublishMode ? "http://host.docker.internal:11434" : "http://localhost:11434";
        var endpoint = builder.AddParameter("ollama-endpoint", address is { Length: > 0 } ? address : ownMachine, publishValueAsDefault: true)
            .WithDescription("Where the existing Ollama answers, as a URL such as http://192.168.1.20:11434.");
        var chat = builder.AddConnectionString("chat", ReferenceExpression.Create($"Endpoint={endpoint};Model={model}"));
        var engine = builder.AddExternalService("ollama", endpoint).WithHttpHealthCheck("/api/version");
        api.WithReference(chat).WaitFor(engine);
    }

    private static void AddEmulator(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> api)
    {
        var emulator = builder.AddProject<Projects.ChatOllama_Emulator>("ollama", launchProfileName: null).WithHttpEndpoint().WithHttpHealthCheck("/api/version");
        api.WithEnvironment("OLLAMA_HOST", emulator.GetEndpoint("http")).WaitFor(emulator);
    }
}
