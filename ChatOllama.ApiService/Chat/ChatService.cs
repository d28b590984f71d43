using System.Text.Json;
using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Chat;

/// <summary>Who asks, and how.</summary>
/// <param name="TraceId">The request id; stored with the answer.</param>
/// <param name="IdempotencyKey">With <paramref name="BodyHash"/>: the same key and body again is the same exchange.</param>
public sealed record Caller(string UserId, string? TraceId, string? IdempotencyKey = null, string? BodyHash = null);

/// <summary>An answer to follow: one that runs, or one that has ended.</summary>
public sealed record Following(Generation? Running, Answer Answer);

/// <summary>
/// Accepts what starts an answer: a message, regenerate, continue. Checks everything first, commits, and only then
/// hands the generation over; a refused request leaves no trace.
/// </summary>
public sealed class ChatService(
    DatabaseExchanges database,
    TemporaryExchanges temporary,
    SessionDefaults sessions,
    IModelCatalog models,
    ChatAttachments images,
    GenerationService generations,
    ChangeFeed changes,
    ApiOptions options,
    TimeProvider time)
{
    /// <summary>Accepts a message.</summary>
    /// <exception cref="ProblemException">The request cannot be accepted; nothing was stored.</exception>
    public async Task<Following> AcceptAsync(ChatRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var extras = Check(request);
        var sessionId = request.SessionId ?? NewId();
        var store = await StoreForAsync(request, sessionId, caller.UserId, cancellationToken);
        // Before every check that may have another outcome by now: a retry must find its answer even when its model has gone.
        if (caller.IdempotencyKey is { } key && await store.FindKeyAsync(caller.UserId, key, caller.BodyHash!, cancellationToken) is { } earlier)
            return await FindAsync(earlier, caller.UserId, cancellationToken);
        var start = CheckStart(request.Session);
        var session = sessions.Find(store, caller.UserId, sessionId) ?? start;
        var model = await models.ResolveAsync(request.Model ?? session?.Model, cancellationToken);
        var effective = Layer(model, session, extras);
        var attachments = await images.TakeAsync(caller.UserId, request.Images, model, keep: store == database, cancellationToken);

        var answer = NewAnswer(sessionId, NewId(), model.Name, caller);
        var generation = NewGeneration(answer, caller, effective, store, request.Background == true || caller.IdempotencyKey is not null);
        generations.Register(generation);
        CommittedExchange committed;
        try
        {
            committed = await store.CommitAsync(new NewExchange
            {
                UserId = caller.UserId,
                SessionId = sessionId,
                UserMessageId = answer.UserMessageId,
                AnswerId = answer.Id,
                Text = request.Message!,
                Model = model.Name,
                ModelWasNamed = request.Model is not null,
                ParentId = request.ParentId,
                NeedsSession = request.ExistingSession == true,
                Extras = extras,
                SystemPrompt = start?.SystemPrompt,
                SessionOptions = start?.Options,
                Attachments = attachments,
                TraceId = caller.TraceId,
                IdempotencyKey = caller.IdempotencyKey,
                BodyHash = caller.BodyHash,
            });
        }
        catch
        {
            generations.Forget(generation);
            throw;
        }
        if (committed.KnownAnswerId is { } known)
        {
            generations.Forget(generation);
            return await FindAsync(known, caller.UserId, cancellationToken);
        }
        if (store == temporary) await images.DropUploadsAsync(caller.UserId, request.Images);
        generation.Seq = committed.AnswerSeq;
        // A first question is all that there is to read.
        if (committed.AboveId is null && attachments.Count == 0) generation.Branch = [new BranchMessage(answer.UserMessageId, "user", request.Message!, [])];
        // Without an explicit parent the question went below the active answer and waits until that one has ended.
        if (request.ParentId is null && committed.AboveId is { } above) generation.After = generations.Find(above);
        if (committed.IsNewSession) changes.Publish(caller.UserId, ChangeTypes.SessionCreated, sessionId);
        changes.Publish(caller.UserId, ChangeTypes.MessageAdded, sessionId, answer.UserMessageId);
        Start(generation);
        return new Following(generation, answer);
    }

    /// <summary>A sibling answer to the same question.</summary>
    public async Task<Following> RegenerateAsync(string messageId, RegenerateRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var (store, original) = await FindStoredAsync(messageId, caller.UserId, cancellationToken);
        if (generations.Find(messageId) is not null) throw ProblemException.Conflict("This answer is still being written. Stop it first, then ask for another one.");
        var extras = original.Extras with
        {
            Options = OptionCatalog.Merge(original.Extras.Options, OptionCatalog.Normalize(request.Options)),
            Think = RequestFields.CheckThink(request.Think) ?? original.Extras.Think,
        };
        var session = sessions.Find(store, caller.UserId, original.Answer.SessionId);
        var model = await models.ResolveAsync(request.Model ?? original.Answer.Model, cancellationToken);
        var answer = NewAnswer(original.Answer.SessionId, original.Answer.UserMessageId, model.Name, caller);
        var generation = NewGeneration(answer, caller, Layer(model, session, extras), store, request.Background == true);
        await StartAsync(generation, async () => generation.Seq = await store.CommitSiblingAsync(caller.UserId, original, answer, extras));
        return new Following(generation, answer);
    }

    /// <summary>Goes on in the same message.</summary>
    public async Task<Following> ContinueAsync(string messageId, ContinueRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var (store, original) = await FindStoredAsync(messageId, caller.UserId, cancellationToken);
        if (generations.Find(messageId) is not null) throw ProblemException.Conflict("This answer is still being written. Attach to it instead.");
        if (!CanContinue(original.Answer)) throw ProblemException.Conflict($"This answer is {original.Answer.Status} and has nothing to continue. Answers that were stopped, interrupted or cut off by a length limit can be continued.");
        var session = sessions.Find(store, caller.UserId, original.Answer.SessionId);
        var model = await models.ResolveAsync(original.Answer.Model, cancellationToken);
        var generation = NewGeneration(original.Answer, caller, Layer(model, session, original.Extras), store, request.Background == true);
        generation.Seq = original.Seq;
        await StartAsync(generation, () => store.ReopenAsync(original));
        return new Following(generation, original.Answer);
    }

    /// <summary>Ends a running answer; of one that has ended nothing changes.</summary>
    public async Task<Answer> StopAsync(string messageId, string userId, CancellationToken cancellationToken)
    {
        var following = await FindAsync(messageId, userId, cancellationToken);
        if (following.Running is not { } generation) return following.Answer;
        generation.End(EndCause.Stopped);
        return await generation.Completion.WaitAsync(cancellationToken);
    }

    /// <summary>An answer of this user, running or ended.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public async Task<Following> FindAsync(string messageId, string userId, CancellationToken cancellationToken)
    {
        Answer? stored = null;
        // It may begin or end between a look into memory and one into the store. Whoever ends leaves memory only when the store has all of it.
        for (var look = 0; look < 3; look++)
        {
            if (generations.Find(messageId) is { } running && running.UserId == userId) return new Following(running, running.Answer);
            if (stored is not null && MessageStatuses.IsTerminal(stored.Status)) break;
            stored = (await FindStoredAsync(messageId, userId, cancellationToken)).Stored.Answer;
        }
        // Nobody writes it, and its end was never stored (the disk was full when the service stopped): it is cut off.
        return new Following(null, MessageStatuses.IsTerminal(stored!.Status) ? stored : stored with { Status = MessageStatuses.Interrupted });
    }

    /// <summary>True for an answer that was cut off with its text kept.</summary>
    public static bool CanContinue(Answer answer) => answer.Status switch
    {
        MessageStatuses.Stopped or MessageStatuses.Interrupted => true,
        MessageStatuses.Complete => answer.FinishReason == "length",
        MessageStatuses.Failed => answer.Content.Length > 0,
        _ => false,
    };

    private static RequestExtras Check(ChatRequest request)
    {
        RequestFields.CheckMessage(request.Message);
        RequestFields.CheckSessionId(request.SessionId);
        RequestFields.CheckSystemPrompt(request.SystemPrompt);
        return new RequestExtras
        {
            Options = OptionCatalog.Normalize(request.Options),
            Think = RequestFields.CheckThink(request.Think),
            Format = RequestFields.CheckFormat(request.Format),
            KeepAlive = RequestFields.CheckKeepAlive(request.KeepAlive),
            SystemPrompt = request.SystemPrompt,
        };
    }

    /// <summary>What a session begins with; null where the request says nothing of it.</summary>
    private static SessionSettings? CheckStart(SessionStart? start)
    {
        if (start is null) return null;
        RequestFields.CheckSystemPrompt(start.SystemPrompt, "session.system_prompt");
        var options = OptionCatalog.Normalize(start.Options, "session.options");
        return new SessionSettings(null, NotBlank(start.SystemPrompt), options is { Count: > 0 } ? options : null);
    }

    /// <summary>Request over session over model config; what none of them sets is not sent.</summary>
    private static EffectiveRequest Layer(ResolvedModel model, SessionSettings? session, RequestExtras extras)
    {
        var config = model.Config;
        return new EffectiveRequest(
            model,
            OptionCatalog.Merge(ConfigOptions(config), session?.Options, extras.Options),
            extras.Think ?? config.Think,
            extras.Format,
            extras.KeepAlive ?? config.KeepAlive,
            NotBlank(extras.SystemPrompt) ?? NotBlank(session?.SystemPrompt) ?? NotBlank(config.SystemPrompt));
    }

    private static Dictionary<string, JsonElement> ConfigOptions(ModelConfigView config)
    {
        var layer = OptionCatalog.Merge(config.CustomOptions);
        Set("temperature", config.Temperature);
        Set("top_p", config.TopP);
        Set("top_k", config.TopK);
        Set("repeat_penalty", config.RepeatPenalty);
        Set("num_ctx", config.ContextLength);
        Set("num_predict", config.MaxTokens);
        return layer;

        void Set(string name, double? value)
        {
            if (value is not { } number) return;
            layer[name] = number == Math.Floor(number) && Math.Abs(number) < long.MaxValue
                ? JsonSerializer.SerializeToElement((long)number)
                : JsonSerializer.SerializeToElement(number);
        }
    }

    private static string? NotBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private async ValueTask<IExchangeStore> StoreForAsync(ChatRequest request, string sessionId, string userId, CancellationToken cancellationToken)
    {
        if (temporary.Knows(userId, sessionId)) return temporary;
        if (request.Temporary != true) return database;
        // In memory it would hide the stored one until it is closed.
        if (request.SessionId is not null && await sessions.IsKeptAsync(userId, sessionId, cancellationToken))
            throw ProblemException.Conflict("A stored session has this id. Use another session_id for a temporary chat, or leave it out.");
        return temporary;
    }

    private async Task<(IExchangeStore Store, StoredAnswer Stored)> FindStoredAsync(string messageId, string userId, CancellationToken cancellationToken)
    {
        if (await temporary.FindAnswerAsync(userId, messageId, cancellationToken) is { } inMemory) return (temporary, inMemory);
        if (await database.FindAnswerAsync(userId, messageId, cancellationToken) is { } inDatabase) return (database, inDatabase);
        throw ProblemException.NotFound("There is no answer with this id.");
    }

    private async Task StartAsync(Generation generation, Func<Task> commit)
    {
        generations.Register(generation);
        try
        {
            await commit();
        }
        catch
        {
            generations.Forget(generation);
            throw;
        }
        Start(generation);
    }

    /// <summary>Announced first: its end, which comes from elsewhere, must not overtake it.</summary>
    private void Start(Generation generation)
    {
        changes.Publish(generation.UserId, ChangeTypes.AnswerStarted, generation.Answer.SessionId, generation.Id);
        generations.Start(generation);
    }

    private Generation NewGeneration(Answer answer, Caller caller, EffectiveRequest request, IExchangeStore store, bool background) =>
        new(answer, caller.UserId, request, store, background, options.DisconnectGrace, time);

    private Answer NewAnswer(string sessionId, string userMessageId, string model, Caller caller) => new()
    {
        Id = NewId(),
        UserMessageId = userMessageId,
        SessionId = sessionId,
        Model = model,
        CreatedAt = time.GetUtcNow().UtcDateTime,
        Status = MessageStatuses.Queued,
        TraceId = caller.TraceId,
    };

    private string NewId() => Guid.CreateVersion7(time.GetUtcNow()).ToString();
}
