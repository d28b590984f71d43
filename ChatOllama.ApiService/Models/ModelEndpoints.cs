using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace ChatOllama.ApiService.Models;

/// <summary>The models as they are known here: <c>/v1/models</c>.</summary>
public static class ModelEndpoints
{
    private const int MaxDisplayName = 200;
    private const int MaxDescription = 4000;
    private const char CursorKind = 'm';
    private const string Prefix = "/v1/models/";

    /// <summary>How old the news of what is loaded may be in a list, and how long a list waits for newer ones.</summary>
    private static readonly TimeSpan LoadedAge = TimeSpan.FromSeconds(3), LoadedPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>The catalog and its background sync. Needs the database and Ollama to be added before.</summary>
    public static IHostApplicationBuilder AddModels(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RunningModels>();
        builder.Services.AddSingleton<ActivePulls>();
        builder.Services.AddSingleton<SourceDigests>();
        builder.Services.AddSingleton<ModelRegistry>();
        builder.Services.AddSingleton<UpdateChecks>();
        builder.Services.AddSingleton<ModelLists>();
        builder.Services.AddSingleton<ModelCatalog>();
        builder.Services.AddSingleton<NewModels>();
        builder.Services.AddSingleton<IModelCatalog>(services => services.GetRequiredService<ModelCatalog>());
        builder.Services.AddHostedService<ModelSyncService>();
        builder.Services.AddSingleton<PullStore>();
        builder.Services.AddSingleton<PullService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PullService>());
        return builder;
    }

    /// <summary>The routes of <c>/v1/models</c>, and <c>/v1/stats</c>.</summary>
    public static void MapModels(this IEndpointRouteBuilder app)
    {
        var models = app.MapGroup("/v1/models").WithTags("Models").Problems(429);
        models.MapGet("", ListAsync).WithName("ListModels").WithSummary("All models known here, from memory; stats=true adds what each has done").Produces<ModelList>().Produces(304).Problems(400);
        models.MapPost("/sync", SyncAsync).WithName("SyncModels")
            .WithSummary("Reads Ollama's list: adds, updates, marks what has gone as removed and what came back as available, unless keep_removed=true also what people removed").Problems(400, 502, 503, 504);
        models.MapGet("/{id}", GetAsync).WithName("GetModel").WithSummary("One model with its config and statistics").Problems(404);
        models.MapPut("/{id}", UpdateAsync).WithName("UpdateModel").WithSummary("Changes name, description, enabled, default").Problems(400, 404, 413, 415);
        models.MapGet("/{id}/config", GetConfigAsync).WithName("GetModelConfig").WithSummary("Its settings; null is the model's own default").Problems(404);
        models.MapPut("/{id}/config", UpdateConfigAsync).WithName("UpdateModelConfig").WithSummary("Changes its settings").Problems(400, 404, 413, 415);
        models.MapPost("/{id}/default", SetDefaultAsync).WithName("SetDefaultModel").WithSummary("Makes it the default").Problems(400, 404);
        models.MapGet("/{id}/stats", GetStatsAsync).WithName("GetModelStats").WithSummary("What it has done here").Problems(404);
        models.MapRemoval();
        models.MapDetails();
        models.MapUpdates();
        models.MapRunning();
        models.MapCreate();
        models.MapPulls();
        app.MapStats();
    }

    private static async Task<IResult> ListAsync(
        bool? available, bool? stats, string? limit, string? cursor,
        ModelCatalog catalog, ModelLists lists, RunningModels running, IDbContextFactory<ChatDbContext> readers, TimeProvider time, CancellationToken cancellationToken)
    {
        if (catalog.OllamaReachable)
            await FreshenAsync(running, time, cancellationToken);
        var (snapshot, onlyAvailable) = (await catalog.GetAsync(cancellationToken), available ?? false);
        if (stats != true && limit is null && cursor is null)
        {
            var (json, tag) = lists.Get(snapshot, onlyAvailable);
            return TypedResults.Bytes(json, "application/json; charset=utf-8", entityTag: new EntityTagHeaderValue(tag));
        }
        var list = Page(lists.List(snapshot, onlyAvailable), snapshot, limit, cursor);
        return TypedResults.Ok(stats == true ? await WithStatsAsync(list, readers, cancellationToken) : list);
    }

    /// <summary>The list is in the order of names and rows come and go, so a page begins behind a row and not at a number.</summary>
    private static ModelList Page(ModelList list, ModelSnapshot snapshot, string? limit, string? cursor)
    {
        var (most, after) = (PageCursor.ReadLimit(limit, int.MaxValue), PageCursor.Read(cursor, CursorKind.ToString())?.Position);
        var last = after is null ? null : snapshot.All.FirstOrDefault(m => m.Row.Key == after)
            ?? throw ProblemException.Validation("cursor", "The model at the end of the page before has gone. Begin again without cursor.");
        var rest = last is null ? list.Models : [.. list.Models.Where(m => StringComparer.OrdinalIgnoreCase.Compare(m.Name, last.Row.Name) > 0)];
        if (rest.Count <= most)
            return list with { Models = rest };
        var page = rest.Take(most).ToList();
        return list with { Models = page, NextCursor = new PageCursor(CursorKind, snapshot.Find(page[^1].Id)!.Row.Key).ToString() };
    }

    private static async Task<Ok<ModelList>> SyncAsync(bool? keep_removed, ModelCatalog catalog, ModelLists lists, CancellationToken cancellationToken)
    {
        try
        {
            await catalog.SyncAsync(cancellationToken, bringBackRemoved: keep_removed != true);
        }
        catch (OllamaException e)
        {
            throw e.ToProblem();
        }
        return TypedResults.Ok(lists.List(await catalog.GetAsync(cancellationToken), onlyAvailable: false));
    }

    private static async Task<Ok<ModelDetail>> GetAsync(string id, HttpContext http, ModelCatalog catalog, RunningModels running, IDbContextFactory<ChatDbContext> readers, CancellationToken cancellationToken)
    {
        var model = await FindAsync(id, http, catalog);
        return TypedResults.Ok(new ModelDetail(catalog.ToView(model), model.Resolved.Config, await StatsAsync(model, readers, cancellationToken)) { Loaded = RunningEndpoints.LoadedOf(model, running) });
    }

    private static async Task<Ok<ModelView>> UpdateAsync(string id, UpdateModelRequest request, HttpContext http, ModelCatalog catalog)
    {
        var model = await FindAsync(id, http, catalog);
        CheckText("display_name", request.DisplayName, MaxDisplayName);
        CheckText("description", request.Description, MaxDescription);
        await catalog.ChangeAsync(context => Update(context, model.Row.Key, request));
        return TypedResults.Ok(await ViewAsync(model, catalog));
    }

    private static async Task<Ok<ModelConfigView>> GetConfigAsync(string id, HttpContext http, ModelCatalog catalog) =>
        TypedResults.Ok((await FindAsync(id, http, catalog)).Resolved.Config);

    private static async Task<Ok<ModelConfigView>> UpdateConfigAsync(string id, UpdateModelConfigRequest request, HttpContext http, ModelCatalog catalog)
    {
        var model = await FindAsync(id, http, catalog);
        ModelConfigRules.Check(request);
        await catalog.ChangeAsync(context =>
        {
            var row = context.Db.Models.Include(m => m.Config).SingleOrDefault(m => m.Key == model.Row.Key) ?? throw Gone();
            ModelConfigRules.Apply(request, row.Config ??= new ModelConfig(), context.Now);
        });
        return TypedResults.Ok((await catalog.GetAsync(CancellationToken.None)).Find(model.Row.Id)?.Resolved.Config ?? throw Gone());
    }

    private static async Task<Ok<ModelView>> SetDefaultAsync(string id, HttpContext http, ModelCatalog catalog)
    {
        var model = await FindAsync(id, http, catalog);
        await catalog.ChangeAsync(context => MakeDefault(context, Row(context, model.Row.Key), "model"));
        return TypedResults.Ok(await ViewAsync(model, catalog));
    }

    private static async Task<Ok<ModelStats>> GetStatsAsync(string id, HttpContext http, ModelCatalog catalog, IDbContextFactory<ChatDbContext> readers, CancellationToken cancellationToken) =>
        TypedResults.Ok(await StatsAsync(await FindAsync(id, http, catalog), readers, cancellationToken));

    private static void Update(WriteContext context, long key, UpdateModelRequest request)
    {
        var row = Row(context, key);
        row.DisplayName = request.DisplayName.Or(row.DisplayName)?.Trim();
        row.Description = request.Description.Or(row.Description)?.Trim();
        if (request.IsEnabled.IsSet)
            row.IsEnabled = request.IsEnabled.Value ?? true;
        row.UpdatedAt = context.Now;
        if (request.IsDefault is { IsSet: true, Value: true })
            MakeDefault(context, row, "is_default");
        else if (request.IsDefault.IsSet && row is { IsDefault: true, IsEnabled: true })
            throw ProblemException.Validation("is_default", "There must be a default model. Make another one the default instead.");
    }

    private static void MakeDefault(WriteContext context, Model row, string field)
    {
        if (!ModelRules.IsUsable(row))
            throw ModelRules.Unusable(row, field);
        row.UpdatedAt = context.Now;
        ModelRules.SetDefault(context.Db, row);
    }

    private static async Task<ModelStats> StatsAsync(KnownModel model, IDbContextFactory<ChatDbContext> readers, CancellationToken cancellationToken)
    {
        // The totals change with every answer, so this is the one thing that memory does not know.
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        return ToStats(await db.Models.SingleOrDefaultAsync(m => m.Key == model.Row.Key, cancellationToken) ?? throw Gone());
    }

    private static async Task<ModelList> WithStatsAsync(ModelList list, IDbContextFactory<ChatDbContext> readers, CancellationToken cancellationToken)
    {
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        var stats = (await db.Models.ToListAsync(cancellationToken)).ToDictionary(m => m.Id, ToStats);
        return list with { Models = [.. list.Models.Select(model => model with { Stats = stats.GetValueOrDefault(model.Id) })] };
    }

    private static ModelStats ToStats(Model row) => new()
    {
        ModelId = row.Id,
        TotalMessages = row.TotalMessages,
        TotalTokens = row.TotalTokens,
        LastUsedAt = row.LastUsedAt,
        AverageTokensPerSecond = row.SpeedSeconds > 0 ? Math.Round(row.SpeedTokens / row.SpeedSeconds, 2) : null,
        AverageFirstTokenMs = row.FirstTokenCount > 0 ? Math.Round(row.FirstTokenMsSum / row.FirstTokenCount, 2) : null,
    };

    private static async Task FreshenAsync(RunningModels running, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await running.GetAsync(LoadedAge, cancellationToken).AsTask().WaitAsync(LoadedPatience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Then the list says what was loaded a while ago.
        }
    }

    internal static async Task<ModelView> ViewAsync(KnownModel model, ModelCatalog catalog) =>
        catalog.ToView((await catalog.GetAsync(CancellationToken.None)).Find(model.Row.Id) ?? throw Gone());

    internal static async Task<KnownModel> FindAsync(string id, HttpContext http, ModelCatalog catalog)
    {
        var name = NameIn(http.Features.Get<IHttpRequestFeature>()?.RawTarget) ?? id;
        return (await catalog.GetAsync(http.RequestAborted)).Find(name)
            ?? throw ProblemException.NotFound($"There is no model '{(name.Length <= 200 ? name : name[..200] + "…")}' here. GET /v1/models lists what there is; POST /v1/models/sync asks Ollama for more.");
    }

    /// <summary>
    /// The name as the client encoded it, decoded exactly once: of <c>hf.co%2Fa%2Fb%3AQ4</c> the server decodes the colon and leaves the slashes,
    /// so neither the path nor the route value can be trusted.
    /// </summary>
    internal static string? NameIn(string? rawTarget)
    {
        var start = rawTarget?.IndexOf(Prefix, StringComparison.OrdinalIgnoreCase) ?? -1;
        if (start < 0)
            return null;
        var name = rawTarget.AsSpan(start + Prefix.Length);
        return name.IndexOfAny('/', '?', '#') is >= 0 and var end ? Uri.UnescapeDataString(name[..end]) : Uri.UnescapeDataString(name);
    }

    internal static Model Row(WriteContext context, long key) => context.Db.Models.SingleOrDefault(m => m.Key == key) ?? throw Gone();

    /// <summary>It was there when the request began.</summary>
    private static ProblemException Gone() => ProblemException.NotFound("The model has just been removed. GET /v1/models lists what there is.");

    private static void CheckText(string field, Optional<string> value, int max)
    {
        if (value.Value is { } text && (string.IsNullOrWhiteSpace(text) || text.Length > max))
            throw ProblemException.Validation(field, $"{field} must have 1 to {max} characters; null takes it back.");
    }
}
