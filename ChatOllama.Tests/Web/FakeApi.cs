using System.Collections.Concurrent;
using System.Text.Json;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatOllama.Tests.Web;

/// <summary>An api of a few lines that answers what a test tells it to.</summary>
internal sealed class FakeApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    public ConcurrentDictionary<string, MessageView> Messages { get; } = new();
    public ConcurrentDictionary<string, SessionDetail> Sessions { get; } = new();
    public List<ModelView> Models { get; } = [Model("m1", "talker:latest") with { IsDefault = true }, Model("m2", "hf.co/a/b:Q4")];
    public HealthReport Health { get; set; } = new() { Status = "healthy", Timestamp = new DateTime(2026, 1, 1), Services = new() { ["database"] = "healthy", ["ollama"] = "healthy" }, Metadata = new() { ["ollama_version"] = "0.32.15", ["version"] = "0.1.0" } };

    /// <summary>Method, raw target and body of every call, in order.</summary>
    public ConcurrentQueue<(string Method, string Target, string Body)> Calls { get; } = new();

    /// <summary>What <c>POST /v1/chat</c> and its like do, instead of starting an answer.</summary>
    public Problem? Refuse { get; set; }

    /// <summary>What an import comes to.</summary>
    public ImportResult? Import { get; set; }

    /// <summary>What changes of models are answered with, instead of being done.</summary>
    public Problem? RefuseModels { get; set; }

    /// <summary>Several Ollamas; null is one.</summary>
    public IReadOnlyList<OllamaHostView>? OllamaHosts { get; set; }

    /// <summary>The downloads, newest first.</summary>
    public List<PullView> Pulls { get; } = [];

    /// <summary>What is in memory; null: Ollama never says.</summary>
    public List<RunningModel>? Running { get; set; } = [];

    /// <summary>What Ollama knows of every model; null: it never says.</summary>
    public ModelInfo? Info { get; set; } = new() { Id = "m1", Name = "talker:latest" };

    /// <summary>What the last look for updates has found.</summary>
    public ModelUpdateList Updates { get; set; } = new() { Registry = "https://registry.ollama.ai" };

    /// <summary>What was counted, by <c>day</c> and by <c>model</c>.</summary>
    public Dictionary<string, List<StatsItem>> Stats { get; } = new() { ["day"] = [], ["model"] = [] };

    /// <summary>What a download tells, one event after the other.</summary>
    public List<PullEvent> PullEvents { get; } = [];

    /// <summary>The config of every model.</summary>
    public ModelConfigView ModelConfig { get; set; } = new();

    /// <summary>The effective configuration.</summary>
    public List<SettingView> Settings { get; } = [new SettingView { Name = "DB_PATH", Value = "./data/chat.db", Source = "default" }];

    /// <summary>What the stream of a message does.</summary>
    public Func<HttpContext, string, string?, Task>? Events { get; set; }

    /// <summary>The page around a message; null when there is no such message.</summary>
    public Func<string, MessageList?>? Around { get; set; }

    /// <summary>Everything else, such as forwarded calls.</summary>
    public Func<HttpContext, Task>? Other { get; set; }

    public Uri Url => new(_app.Urls.First());

    private FakeApi(string urls)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        // Streams that a test left open are cut at once when it ends.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(50));
        _app = builder.Build();
        _app.Urls.Add(urls);
        _app.Run(AnswerAsync);
    }

    public static async Task<FakeApi> StartAsync(string urls = "http://127.0.0.1:0")
    {
        var api = new FakeApi(urls);
        await api._app.StartAsync();
        return api;
    }

    public MessageView Add(MessageView message)
    {
        Messages[message.Id] = message;
        Sessions.TryAdd(message.SessionId, new SessionDetail { Id = message.SessionId, Title = "Title of " + message.SessionId, CreatedAt = message.CreatedAt, UpdatedAt = message.CreatedAt, MessageCount = 1, Model = "talker:latest" });
        return message;
    }

    public static MessageView Question(string id, string text, string session = "s1") =>
        new() { Id = id, SessionId = session, Role = "user", Content = text, Status = MessageStatuses.Complete, CreatedAt = new DateTime(2026, 11, 1) };

    public static MessageView Answer(string id, string text, string status = MessageStatuses.Complete, string session = "s1") =>
        new() { Id = id, SessionId = session, Role = "assistant", Content = text, Status = status, Model = "talker:latest", CreatedAt = new DateTime(2026, 11, 1) };

    public static ModelView Model(string id, string name) => new()
    {
        Id = id,
        Name = name,
        DisplayName = name,
        Size = 1_300_000_000,
        Family = "llama",
        Parameters = "1.2B",
        Quantization = "Q8_0",
        Capabilities = ["completion", "tools"],
        ContextLength = 131072,
        Status = ModelStatuses.Available,
        IsEnabled = true,
        CreatedAt = new DateTime(2026, 1, 1),
        UpdatedAt = new DateTime(2026, 1, 1),
    };

    public static PullView Pull(string id, string name, string status, PullEvent? progress = null) => new()
    {
        Id = id,
        Name = name,
        Status = status,
        Progress = progress ?? new PullEvent { Type = PullEventTypes.Status, Status = "queued" },
        CreatedAt = new DateTime(2026, 11, 1),
        EndedAt = PullStatuses.IsUnfinished(status) ? null : TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-2),
    };

    private async Task TellPullAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var news in PullEvents)
        {
            await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(news, ContractsJson.Default.PullEvent)}\n\n");
            await context.Response.Body.FlushAsync();
        }
    }

    public static ChatEvent Token(string text) => new() { Type = ChatEventTypes.Token, Content = text };

    /// <summary>Writes one event with its cursor and flushes.</summary>
    public static async Task WriteAsync(HttpContext context, string cursor, params ChatEvent[] events)
    {
        if (!context.Response.HasStarted) context.Response.ContentType = "text/event-stream";
        foreach (var item in events)
            await context.Response.WriteAsync($": comment\nid: {cursor}\ndata: {JsonSerializer.Serialize(item, ContractsJson.Default.ChatEvent)}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var path = context.Request.Path.Value!;
        var body = context.Request.Method == "GET" || Other is not null ? "" : await reader.ReadToEndAsync();
        Calls.Enqueue((context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, body));
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        await ((context.Request.Method, parts) switch
        {
            ("GET", ["health"]) => JsonAsync(context, Health),
            ("GET", ["ready"]) => JsonAsync(context, new ReadyReport("ready")),
            _ when Other is not null => Other(context),
            ("GET", ["v1", "sessions"]) => JsonAsync(context, new SessionList([.. Sessions.Values.Where(s => Matches(s, context.Request.Query)).Select(Summary)], null, "run-1")),
            ("GET", ["v1", "folders"]) => JsonAsync(context, new FolderList([.. Sessions.Values.Where(s => s.Folder is not null).GroupBy(s => s.Folder!).Select(f => new Label(f.Key, f.Count()))])),
            ("GET", ["v1", "tags"]) => JsonAsync(context, new TagList([])),
            ("GET", ["v1", "sessions", var id]) when Sessions.TryGetValue(id, out var session) => JsonAsync(context, session),
            ("GET", ["v1", "sessions", _, "messages"]) when context.Request.Query["at"] is [{ Length: > 0 } at] && Around is not null => Around(at) is { } page
                ? JsonAsync(context, page) : JsonAsync(context, Problem(400, ProblemCodes.Validation, "at must be the id of a message of this session."), 400),
            ("GET", ["v1", "sessions", var id, "messages"]) when Sessions.ContainsKey(id) => JsonAsync(context, Branch(id, context.Request.Query)),
            ("GET", ["v1", "messages", var id]) when Messages.TryGetValue(id, out var message) => JsonAsync(context, message),
            ("GET", ["v1", "messages", var id, "events"]) when Events is not null => Events(context, id, context.Request.Query["after"]),
            ("GET", ["v1", "models"]) => JsonAsync(context, new ModelList { Models = Models, Total = Models.Count, OllamaReachable = true, OllamaHosts = OllamaHosts }),
            ("GET", ["v1", "models", "pulls"]) => JsonAsync(context, new PullList(Pulls)),
            ("GET", ["v1", "models", "pulls", _, "events"]) => TellPullAsync(context),
            ("GET", ["v1", "models", "running"]) => Running is null ? Task.Delay(Timeout.Infinite, context.RequestAborted) : JsonAsync(context, new RunningModelList(Running)),
            ("GET", ["v1", "models", "updates"]) => JsonAsync(context, Updates),
            ("GET", ["v1", "models", _, "details"]) => Info is null ? Task.Delay(Timeout.Infinite, context.RequestAborted) : JsonAsync(context, Info),
            ("GET", ["v1", "stats"]) => JsonAsync(context, new StatsView { From = default, To = default, By = "day", Items = Stats[context.Request.Query["by"].ToString()] }),
            ("GET", ["v1", "models", var id]) when Models.Find(model => model.Id == id || model.Name == id) is { } model =>
                JsonAsync(context, new ModelDetail(model, ModelConfig, model.Stats ?? new ModelStats { ModelId = id }) { Loaded = Running?.Find(running => running.Id == model.Id) }),
            ("POST" or "PUT" or "DELETE", ["v1", "models", ..]) when RefuseModels is { } problem => JsonAsync(context, problem, problem.Status),
            ("POST", ["v1", "models", "pull"] or ["v1", "models", "pulls", _, "retry"]) => JsonAsync(context, Pull("p-new", "new:latest", PullStatuses.Queued), 202),
            ("POST", ["v1", "models", "updates"]) => JsonAsync(context, Updates),
            ("POST", ["v1", "models", _, "load"]) => JsonAsync(context, new RunningModel { Name = "talker:latest" }),
            ("POST", ["v1", "models"]) when context.Request.Headers.Accept == "text/event-stream" => TellPullAsync(context),
            ("POST", ["v1", "models", _, "unload"] or ["v1", "models", _, "copy"] or ["v1", "models"]) => JsonAsync(context, Model("m-new", "new:latest")),
            ("GET", ["v1", "settings"]) => JsonAsync(context, new SettingsView(Settings)),
            ("GET", ["v1", "attachments"]) => JsonAsync(context, new AttachmentLimits { MaxImageBytes = 20_000_000, MaxTextBytes = 1_000_000, MaxPerMessage = 16, ImageTypes = ["image/png"] }),
            ("POST", ["v1", "attachments"]) => UploadAsync(context),
            ("PATCH", ["v1", "sessions", _]) when Refuse is { } refused => JsonAsync(context, refused, refused.Status),
            ("POST", ["v1", "import"]) => Import is { } result ? JsonAsync(context, result) : JsonAsync(context, Refuse!, Refuse!.Status),
            ("POST", ["v1", "chat"]) => StartAsync(context, body),
            ("POST", ["v1", "messages", _, "regenerate" or "continue"]) => StartAsync(context, "{}"),
            ("POST" or "PUT" or "PATCH" or "DELETE", _) => Task.CompletedTask,
            _ => JsonAsync(context, Problem(404, ProblemCodes.NotFound, "There is no such thing here."), 404),
        });
    }

    public static Problem Problem(int status, string code, string detail) =>
        new() { Type = "urn:chatollama:problem:" + code, Code = code, Title = "Title of " + code, Status = status, Detail = detail, TraceId = "the-request" };

    private async Task StartAsync(HttpContext context, string body)
    {
        if (Refuse is { } problem)
        {
            await JsonAsync(context, problem, problem.Status);
            return;
        }
        var chat = JsonSerializer.Deserialize(body, ContractsJson.Default.ChatRequest)!;
        var session = chat.SessionId ?? "new-session";
        if (chat.ExistingSession == true && !Sessions.ContainsKey(session))
        {
            await JsonAsync(context, Problem(404, ProblemCodes.NotFound, "This session has been deleted."), 404);
            return;
        }
        Add(Question("q-new", chat.Message ?? "?", session));
        Add(Answer("r-new", "", MessageStatuses.Queued, session));
        await WriteAsync(context, "1", new ChatEvent { Type = ChatEventTypes.Start, SessionId = session, UserMessageId = "q-new", MessageId = "r-new", Model = chat.Model ?? "talker:latest" });
    }

    private int _uploads;

    private Task UploadAsync(HttpContext context)
    {
        var name = context.Request.Query["name"].ToString();
        if (name.EndsWith(".exe", StringComparison.Ordinal)) return JsonAsync(context, Problem(415, ProblemCodes.UnsupportedMediaType, "The file is neither an image nor a text."), 415);
        var view = new AttachmentView { Id = "a" + ++_uploads, Name = name, MediaType = name.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "text/plain", Size = 2048, CreatedAt = new DateTime(2026, 11, 1) };
        return JsonAsync(context, view, 201);
    }

    private MessageList Branch(string session, IQueryCollection query)
    {
        var limit = int.Parse(query["limit"].ToString(), System.Globalization.CultureInfo.InvariantCulture);
        var before = query["before"].ToString();
        var newestFirst = Messages.Values.Where(m => m.SessionId == session && (before.Length == 0 || string.CompareOrdinal(m.Id, before) < 0)).OrderByDescending(m => m.Id, StringComparer.Ordinal).ToList();
        var page = newestFirst.Take(limit);
        return new MessageList(session, [.. query["order"] == "desc" ? page : page.Reverse()], newestFirst.Count > limit ? "more" : null);
    }

    private static bool Matches(SessionDetail session, IQueryCollection query) =>
        (query["pinned"] is not [var pinned] || pinned == (session.Pinned ? "true" : "false")) && (query["archived"] is not [var archived] || archived == (session.Archived ? "true" : "false"));

    private static SessionSummary Summary(SessionDetail session) => new()
    {
        Id = session.Id,
        Title = session.Title,
        CreatedAt = session.CreatedAt,
        UpdatedAt = session.UpdatedAt,
        MessageCount = session.MessageCount,
        IsRunning = session.IsRunning,
        Pinned = session.Pinned,
        Archived = session.Archived,
        Folder = session.Folder,
        Tags = session.Tags,
    };

    public static Task JsonAsync<T>(HttpContext context, T value, int status = 200)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, ContractsJson.Default.Options, status < 400 ? "application/json" : "application/problem+json");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
