using ChatOllama.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var publishes = builder.ExecutionContext.IsPublishMode;

// Endpoints are named here and not in launch profiles: so that every way to start has the same ones.
// The resource makes its file on this machine at once, so what is published gets the path in the container as a plain connection string.
IResourceBuilder<IResourceWithConnectionString> database = publishes
    ? builder.AddConnectionString("appdb", ReferenceExpression.Create($"Data Source=/data/chat.db"))
    : builder.AddSqlite("appdb", Path.GetFullPath(builder.Configuration["Database:Folder"] ?? "data", builder.AppHostDirectory), "chat.db");
int? port = publishes ? 8080 : null;

var api = builder.AddProject<Projects.ChatOllama_ApiService>("api", launchProfileName: null)
    .WithHttpEndpoint(targetPort: port)
    .WithReference(database)
    .WithHttpHealthCheck("/ready")
    .WithHttpCommand("/v1/models/sync", "Sync models", commandOptions: new HttpCommandOptions
    {
        Method = HttpMethod.Post,
        Description = "Reads Ollama's list of models again.",
        IconName = "ArrowSync",
        IsHighlighted = true,
    })
    .WithUrlForEndpoint("http", url =>
    {
        url.DisplayText = "REST API";
        url.Url += "/openapi/ui/";
    });

// What a developer's shell exports for other programs (OLLAMA_HOST for Ollama itself) must not go before what is composed here; blank is not set.
if (!publishes) foreach (var name in new[] { "PORT", "HOST", "DB_PATH", "OLLAMA_HOST", "OLLAMA_HOSTS" }) api.WithEnvironment(name, "");

var ollama = OllamaEngine.AddTo(builder, api);

var web = builder.AddProject<Projects.ChatOllama_Web>("web", launchProfileName: null)
    .WithHttpEndpoint(targetPort: port)
    .WithExternalHttpEndpoints()
    .WithReference(api)
    .WaitFor(api)
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => url.DisplayText = "Chat");
if (!publishes) web.WithEnvironment("PORT", "").WithEnvironment("HOST", "");

ComposeOutput.AddTo(builder, api, web, ollama);

builder.Build().Run();
