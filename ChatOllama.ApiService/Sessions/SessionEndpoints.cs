using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChatOllama.ApiService.Sessions;

/// <summary>Sessions and their messages.</summary>
public static class SessionEndpoints
{
    public static WebApplicationBuilder AddSessions(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<CurrentUser>();
        builder.Services.TryAddSingleton<IRunningAnswers>(services => services.GetRequiredService<GenerationService>());
        builder.Services.AddSingleton<MessageViews>();
        builder.Services.AddSingleton<BranchListing>();
        builder.Services.AddSingleton<SessionWriter>();
        builder.Services.AddSingleton<SessionDeletion>();
        builder.Services.AddHostedService<SessionSweeper>();
        return builder;
    }

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var sessions = app.MapGroup("/v1/sessions").WithTags("Sessions").Problems(400, 429, 500);
        sessions.MapGet("", ListAsync).WithName("ListSessions").WithSummary("Sessions by last activity, newest first");
        sessions.MapPost("", CreateAsync).WithName("CreateSession").WithSummary("Makes an empty session").Problems(409, 413, 415);
        sessions.MapGet("/{id}", FindAsync).WithName("GetSession").WithSummary("One session").Problems(404);
        sessions.MapPatch("/{id}", UpdateAsync).WithName("UpdateSession").WithSummary("Changes what was sent; null is the default again").Problems(404, 409, 413, 415);
        sessions.MapDelete("/{id}", DeleteAsync).WithName("DeleteSession").WithSummary("Deletes a session with its messages; for 30 seconds it can be restored").Problems(404);
        sessions.MapPost("/{id}/restore", RestoreAsync).WithName("RestoreSession").WithSummary("Takes a delete back").Problems(404);
        sessions.MapGet("/{id}/messages", ListMessagesAsync).WithName("ListMessages").WithSummary("The active branch, oldest first; with all=true the whole tree").Problems(404);
        app.MapGet("/v1/messages/{id}", FindMessageAsync).WithName("GetMessage").WithTags("Messages")
            .WithSummary("One message with its status, usage and timings").Problems(404, 429, 500);
    }

    /// <summary>The problem for a session that is not there.</summary>
    public static ProblemException Missing() => ProblemException.NotFound("There is no such session. It may have been deleted.");

    private static async Task<Ok<SessionList>> ListAsync(
        [AsParameters] SessionQuery query, IDbContextFactory<ChatDbContext> readers, ChangeFeed changes, CurrentUser user, CancellationToken cancellation)
    {
        var version = changes.Version;
        await using var db = await readers.CreateDbContextAsync(cancellation);
        return TypedResults.Ok(await SessionListing.ListAsync(db, user.Id, query, version, cancellation));
    }

    private static async Task<Created<SessionDetail>> CreateAsync(
        CreateSessionRequest body, SessionWriter writer, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        var id = await writer.CreateAsync(user.Id, body, cancellation);
        return TypedResults.Created("/v1/sessions/" + Uri.EscapeDataString(id), await ReadAsync(readers, user, id, cancellation));
    }

    private static async Task<Ok<SessionDetail>> FindAsync(
        string id, TemporaryExchanges temporary, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation) =>
        TypedResults.Ok(temporary.FindSession(user.Id, id) ?? await ReadAsync(readers, user, id, cancellation));

    private static async Task<Ok<SessionDetail>> UpdateAsync(
        string id, UpdateSessionRequest body, SessionWriter writer, TemporaryExchanges temporary, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        await writer.UpdateAsync(user.Id, id, body, cancellation);
        return TypedResults.Ok(temporary.FindSession(user.Id, id) ?? await ReadAsync(readers, user, id, cancellation));
    }

    private static async Task<NoContent> DeleteAsync(string id, SessionDeletion deletion, CurrentUser user)
    {
        await deletion.DeleteAsync(user.Id, id);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<SessionDetail>> RestoreAsync(
        string id, SessionDeletion deletion, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        await deletion.RestoreAsync(user.Id, id);
        return TypedResults.Ok(await ReadAsync(readers, user, id, cancellation));
    }

    private static async Task<Ok<MessageList>> ListMessagesAsync(
        string id, [AsParameters] MessageQuery query, BranchListing branches, MessageViews views, TemporaryExchanges temporary,
        IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        // A temporary session is short and in memory: it comes whole.
        if (temporary.FindMessages(user.Id, id, PageCursor.ReadFlag(query.All, "all") ?? false) is { } messages)
        {
            var descending = PageCursor.ReadDescending(query.Order, fallback: false);
            return TypedResults.Ok(new MessageList(id, [.. (descending ? messages.Reverse() : messages).Select(views.Overlay)], null));
        }
        await using var db = await readers.CreateDbContextAsync(cancellation);
        var session = await db.Sessions.FirstOrDefaultAsync(s => s.UserId == user.Id && s.Id == id && s.DeletedAt == null, cancellation) ?? throw Missing();
        return TypedResults.Ok(await branches.ListAsync(db, session, query, cancellation));
    }

    private static async Task<Ok<MessageView>> FindMessageAsync(
        string id, MessageViews views, TemporaryExchanges temporary, IDbContextFactory<ChatDbContext> readers, CurrentUser user, CancellationToken cancellation)
    {
        if (temporary.FindMessage(user.Id, id) is { } message)
            return TypedResults.Ok(views.Overlay(message));
        await using var db = await readers.CreateDbContextAsync(cancellation);
        return TypedResults.Ok(await views.FindAsync(db, user.Id, id, cancellation)
            ?? throw ProblemException.NotFound("There is no such message. Its session may have been deleted."));
    }

    private static async Task<SessionDetail> ReadAsync(IDbContextFactory<ChatDbContext> readers, CurrentUser user, string id, CancellationToken cancellation)
    {
        await using var db = await readers.CreateDbContextAsync(cancellation);
        return await SessionViews.FindAsync(db, user.Id, id, cancellation) ?? throw Missing();
    }
}
