using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.OpenApi;

namespace ChatOllama.ApiService.Chat;

public static class ChatEndpoints
{
    private const int MaxKeyLength = 200;

    /// <summary>Everything between a message and its answer: exchanges, generations and their queue.</summary>
    public static WebApplicationBuilder AddChat(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<DatabaseExchanges>();
        services.AddSingleton<TemporaryExchanges>();
        services.AddSingleton<SessionDefaults>();
        services.AddSingleton<ChatAttachments>();
        services.AddSingleton<IAttachmentBytes>(provider => provider.GetRequiredService<ChatAttachments>());
        services.TryAddSingleton<CurrentUser>();
        services.AddSingleton<ChatService>();
        return builder;
    }

    public static IEndpointRouteBuilder MapChat(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/chat", PostAsync)
            .WithTags("Chat").WithName("Chat").WithSummary("Send a message and get the answer, whole or as a stream of events")
            .Accepts<ChatRequest>("application/json").ProducesAnswer()
            .Takes(ParameterLocation.Header, "Idempotency-Key", "The same key and body again within 24 hours attaches to the same exchange; another body with it is a 409. Counts as background.")
            .Problems(400, 404, 409, 413, 415, 422, 429, 502, 503, 504);
        var messages = app.MapGroup("/v1/messages/{id}").WithTags("Messages");
        messages.MapGet("/events", EventsAsync)
            .WithName("FollowMessage").WithSummary("Attach to a running answer, or replay one that has ended; Last-Event-ID or ?after= resumes")
            .Takes(ParameterLocation.Header, "Last-Event-ID", "The id of the last event seen: the stream goes on exactly behind it. Wins over after.")
            .Takes(ParameterLocation.Query, "after", "The same for clients that cannot set the header; also the cursor of a message.")
            .Produces<ChatEvent>(200, "text/event-stream").Problems(400, 404);
        messages.MapPost("/stop", StopAsync)
            .WithName("StopMessage").WithSummary("Stop a running answer; the text so far is kept")
            .Produces<ChatResponse>().Problems(404);
        messages.MapPost("/regenerate", RegenerateAsync)
            .WithName("RegenerateMessage").WithSummary("Another answer to the same question, beside this one")
            .Accepts<RegenerateRequest>(isOptional: true, "application/json").ProducesAnswer()
            .Problems(400, 404, 409, 413, 415, 422, 502, 503, 504);
        messages.MapPost("/continue", ContinueAsync)
            .WithName("ContinueMessage").WithSummary("Go on in an answer that was stopped, interrupted or cut off")
            .Accepts<ContinueRequest>(isOptional: true, "application/json").ProducesAnswer()
            .Problems(400, 404, 409, 413, 415, 422, 502, 503, 504);
        return app;
    }

    private static async Task PostAsync(HttpContext context, ChatService chat, CurrentUser user)
    {
        var key = ReadKey(context.Request);
        var (request, hash) = await ReadAsync(context, ContractsJson.Default.ChatRequest);
        var caller = new Caller(user.Id, context.TraceIdentifier, key, key is null ? null : hash);
        var following = await chat.AcceptAsync(request, caller, context.RequestAborted);
        await RespondAsync(context, following, request.Stream == true);
    }

    private static async Task EventsAsync(HttpContext context, string id, ChatService chat, CurrentUser user)
    {
        var cursor = EventStream.ReadCursor(context.Request);
        var following = await chat.FindAsync(id, user.Id, context.RequestAborted);
        await StreamAsync(context, following, cursor);
    }

    private static async Task StopAsync(HttpContext context, string id, ChatService chat, CurrentUser user)
    {
        var answer = await chat.StopAsync(id, user.Id, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(ToStopResponse(answer), ContractsJson.Wire.ChatResponse, cancellationToken: context.RequestAborted);
    }

    private static async Task RegenerateAsync(HttpContext context, string id, ChatService chat, CurrentUser user)
    {
        var (request, _) = await ReadAsync(context, ContractsJson.Default.RegenerateRequest, bodyIsOptional: true);
        var following = await chat.RegenerateAsync(id, request, new Caller(user.Id, context.TraceIdentifier), context.RequestAborted);
        await RespondAsync(context, following, request.Stream == true);
    }

    private static async Task ContinueAsync(HttpContext context, string id, ChatService chat, CurrentUser user)
    {
        var (request, _) = await ReadAsync(context, ContractsJson.Default.ContinueRequest, bodyIsOptional: true);
        var following = await chat.ContinueAsync(id, request, new Caller(user.Id, context.TraceIdentifier), context.RequestAborted);
        await RespondAsync(context, following, request.Stream == true, ContinuedFrom(following));
    }

    /// <summary>The stream of a continued answer carries what is new; the text before is known.</summary>
    private static Cursor ContinuedFrom(Following following)
    {
        var log = new GenerationLog(following.Answer.SessionId, following.Answer.Thinking, following.Answer.Content);
        return log.End;
    }

    private static Task RespondAsync(HttpContext context, Following following, bool stream, Cursor from = default) =>
        stream ? StreamAsync(context, following, from) : WaitAsync(context, following);

    private static async Task StreamAsync(HttpContext context, Following following, Cursor from)
    {
        if (following.Running is not { } generation)
        {
            await EventStream.WriteAsync(context, following.Answer.ToLog(context.RequestServices.GetRequiredService<TimeProvider>()), from);
            return;
        }
        using var lease = generation.AddReader();
        await EventStream.WriteAsync(context, generation.Log, from);
    }

    private static async Task WaitAsync(HttpContext context, Following following)
    {
        var answer = following.Answer;
        if (following.Running is { } generation)
        {
            using var lease = generation.AddReader();
            answer = await generation.Completion.WaitAsync(context.RequestAborted);
        }
        await context.Response.WriteAsJsonAsync(answer.ToResponse(), ContractsJson.Wire.ChatResponse, cancellationToken: context.RequestAborted);
    }

    /// <summary>Stopping is not the answer's success: a failed one is shown with the text it has.</summary>
    private static ChatResponse ToStopResponse(Answer answer) =>
        (answer.Failure is null ? answer : answer with { Status = MessageStatuses.Stopped, FinishReason = answer.FinishReason ?? answer.Status }).ToResponse();

    private static string? ReadKey(HttpRequest request)
    {
        var key = request.Headers["Idempotency-Key"].ToString();
        if (key.Length == 0) return null;
        return key.Length <= MaxKeyLength ? key : throw ProblemException.Validation("Idempotency-Key", $"Idempotency-Key must have at most {MaxKeyLength} characters.");
    }

    /// <summary>Reads the body whole: its hash tells a repeated request from another one with the same key.</summary>
    private static async Task<(T Request, string Hash)> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, bool bodyIsOptional = false) where T : class, new()
    {
        var request = context.Request;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);
        var bytes = body.GetBuffer().AsSpan(0, (int)body.Length);
        // A byte order mark is no part of the JSON; editors on Windows leave one.
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (bytes.IsEmpty) return bodyIsOptional ? (new T(), "") : throw UnreadableRequest.NoBody();
        if (!request.HasJsonContentType()) throw Problems.NotJson();
        try
        {
            var value = JsonSerializer.Deserialize(bytes, type) ?? throw UnreadableRequest.NoBody();
            return (value, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (JsonException e)
        {
            throw UnreadableRequest.OfJson(e);
        }
    }
}
