using System.Globalization;
using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.ApiService.Models;

/// <summary>What is in Ollama's memory, and copies.</summary>
public static class RunningEndpoints
{
    /// <summary><c>keep_alive:-1</c> is a time in the year 2319: it stays.</summary>
    private const int YearOfForever = 2300;

    /// <summary>The routes about memory and the copy, in the group of the models.</summary>
    internal static void MapRunning(this RouteGroupBuilder models)
    {
        models.MapGet("/running", RunningAsync).WithName("ListRunningModels").WithSummary("What is in Ollama's memory, read now").Problems(502, 503, 504);
        models.MapPost("/{id}/load", LoadAsync).WithName("LoadModel")
            .WithSummary("Loads it into memory with its settings and answers when it is there, which may take minutes").Problems(400, 404, 413, 415, 502, 503, 504);
        models.MapPost("/{id}/unload", UnloadAsync).WithName("UnloadModel")
            .WithSummary("Frees its memory as soon as its running answers have ended").Problems(400, 404, 413, 415, 502, 503, 504);
        models.MapPost("/{id}/copy", CopyAsync).WithName("CopyModel").WithSummary("The same model under another name").Problems(400, 404, 409, 413, 415, 502, 503, 504);
    }

    private static Task<Ok<RunningModelList>> RunningAsync(ModelCatalog catalog, RunningModels running, CancellationToken cancellationToken) => OllamaCall(async () =>
    {
        var read = await running.ReadAsync(cancellationToken);
        var known = await catalog.GetAsync(cancellationToken);
        return TypedResults.Ok(new RunningModelList([.. read.Select(m => ToView(m, FindFor(m, known)))]));
    });

    private static async Task<Ok<RunningModel>> LoadAsync(
        string id, LoadModelRequest? request, HttpContext http, ModelCatalog catalog, RunningModels running, OllamaClient ollama, OllamaServers servers, CancellationToken cancellationToken)
    {
        var model = await ModelEndpoints.FindAsync(id, http, catalog);
        if (model.Row is not { Status: ModelStatuses.Available, IsEnabled: true })
            throw ModelRules.Unusable(model.Row, "model");
        if (!ModelRules.CanChat(model.Row))
            throw ProblemException.Validation("model", $"The model '{model.Row.Name}' makes embeddings: Ollama loads it by itself when something asks it for one.");
        var keepAlive = RequestFields.CheckKeepAlive(request?.KeepAlive);
        if (keepAlive is { } asked && IsZero(asked))
            throw ProblemException.Validation("keep_alive", "keep_alive 0 would unload the model at once. Leave it out, or use unload.");
        var on = HostFields.Check(request?.Host, model.Row.Name, servers);
        var config = model.Resolved.Config;
        keepAlive ??= config.KeepAlive is { } set && !IsZero(set) ? set : null;
        return await OllamaCall(async () =>
        {
            var before = (await running.ReadAsync(cancellationToken)).FirstOrDefault(m => IsThere(m, model, on));
            await ollama.LoadAsync(model.Row.Name, keepAlive, cancellationToken, LoadOptions(config, before?.ContextLength), on);
            var loaded = (await running.ReadAsync(cancellationToken)).FirstOrDefault(m => IsThere(m, model, on))
                ?? throw new OllamaException(OllamaFault.Failed, $"Ollama loaded '{model.Row.Name}' and has let go of it again. Look whether another model needs the memory, then try again.");
            return TypedResults.Ok(ToView(loaded, model));
        });
    }

    private static async Task<Ok<ModelView>> UnloadAsync(
        string id, UnloadModelRequest? request, HttpContext http, ModelCatalog catalog, RunningModels running, OllamaClient ollama, OllamaServers servers, CancellationToken cancellationToken)
    {
        var model = await ModelEndpoints.FindAsync(id, http, catalog);
        var on = HostFields.Check(request?.Host, model.Row.Name, servers);
        return await OllamaCall(async () =>
        {
            await ollama.UnloadAsync(model.Row.Name, cancellationToken, on);
            await running.ReadAsync(cancellationToken);
            return TypedResults.Ok(await ModelEndpoints.ViewAsync(model, catalog));
        });
    }

    private static async Task<Created<ModelView>> CopyAsync(
        string id, CopyModelRequest request, HttpContext http, ModelCatalog catalog, NewModels news, OllamaClient ollama, CancellationToken cancellationToken)
    {
        var model = await ModelEndpoints.FindAsync(id, http, catalog);
        var name = ModelNames.Check(request.Name);
        return await OllamaCall(async () =>
        {
            using var place = await news.ReserveAsync(name, cancellationToken);
            await ollama.CopyAsync(model.Row.Name, name, cancellationToken);
            return Created(await news.MadeAsync(name, cancellationToken), catalog);
        });
    }

    internal static Created<ModelView> Created(KnownModel model, ModelCatalog catalog) =>
        TypedResults.Created("/v1/models/" + Uri.EscapeDataString(model.Row.Id), catalog.ToView(model));

    /// <summary>Runs calls of Ollama; their faults become problems.</summary>
    internal static async Task<T> OllamaCall<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (OllamaException e)
        {
            throw e.ToProblem();
        }
    }

    /// <summary>Copies share a digest; then the name tells which one.</summary>
    private static KnownModel? FindFor(OllamaRunning running, ModelSnapshot known)
    {
        var named = running.Name is { } name ? known.FindName(ModelRules.FullName(name)) : null;
        return named is not null && IsOf(running, named) ? named : known.All.FirstOrDefault(m => IsOf(running, m)) ?? named;
    }

    private static bool IsOf(OllamaRunning running, KnownModel model) =>
        running.Digest is { Length: > 0 } digest && model.Row.Digest is { Length: > 0 } ours ? digest == ours : running.Name == model.Row.Name;

    private static bool IsThere(OllamaRunning running, KnownModel model, OllamaServer? on) => IsOf(running, model) && (on is null || running.Host is null || running.Host == on.Name);

    private static RunningModel ToView(OllamaRunning running, KnownModel? known) => new()
    {
        Id = known?.Row.Id,
        Name = known?.Row.Name ?? running.Name ?? "",
        Size = running.Size,
        SizeVram = running.SizeVram,
        VramShare = running.Size > 0 ? Math.Round(Math.Clamp((double)running.SizeVram / running.Size, 0, 1), 4) : 0,
        ContextLength = running.ContextLength,
        ExpiresAt = Expiry(running.ExpiresAt),
        Stays = Stays(running.ExpiresAt),
        Digest = running.Digest,
        Host = running.Host,
    };

    /// <summary>Ollama writes its local time with nanoseconds and an offset, e.g. <c>2026-11-22T10:15:00.123456789+01:00</c>.</summary>
    internal static DateTime? Expiry(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year <= YearOfForever ? time.UtcDateTime : null;

    /// <summary>Only a time beyond all times says that it stays: none at all says nothing.</summary>
    internal static bool Stays(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > YearOfForever;

    /// <summary>The model in memory, as last read; null when it is not loaded.</summary>
    internal static RunningModel? LoadedOf(KnownModel model, RunningModels running) =>
        running.Current.FirstOrDefault(m => IsOf(m, model)) is { } loaded ? ToView(loaded, model) : null;

    private static bool IsZero(JsonElement keepAlive) => keepAlive.ValueKind == JsonValueKind.Number
        ? keepAlive.GetDouble() == 0
        : !keepAlive.ToString().AsSpan().ContainsAnyInRange('1', '9');

    /// <summary>The same options as a chat that sets none of its own; of a model that is in memory its context, for with another one it would be loaded anew under the chats that use it.</summary>
    private static Dictionary<string, JsonElement>? LoadOptions(ModelConfigView config, int? loaded)
    {
        var options = OptionCatalog.Normalize(config.CustomOptions, "custom_options") ?? [];
        if ((loaded ?? config.ContextLength) is { } length)
            options["num_ctx"] = JsonSerializer.SerializeToElement(length, ContractsJson.Default.Int32);
        return options.Count > 0 ? options : null;
    }
}
