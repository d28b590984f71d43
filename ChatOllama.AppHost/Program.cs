using ChatOllama.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var publishes = builder.ExecutionContext.IsPublishMode;

// Endpoints are named here and not in launch profiles: so that every way to start has the same ones.
// The path of the database goes unchanged into the api's connection string: a folder of this machine, or of the published container.
var folder = publishes ? "/data" : Path.GetFullPath(builder.Configuration["Database:Folder"] ?? "data", builder.AppHostDirectory);
var database = builder.AddSqlite("appdb", folder, "chat.db");

var api = builder.AddProject<Projects.ChatOllama_ApiService>("api", launchProfileName: null)
    .WithHttpEndpoint()
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

var ollama = OllamaEngine.AddTo(builder, api);

var web = builder.AddProject<Projects.ChatOllama_Web>("web", launchProfileName: null)
    .WithHttpEndpoint()
    .WithExternalHttpEndpoints()
    .WithReference(api)
    .WaitFor(api)
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => url.DisplayText = "Chat");

ComposeOutput.AddTo(builder, api, web, ollama);

builder.Build().Run();
