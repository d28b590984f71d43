using System.Text.Json;
using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Sessions;

/// <summary>Makes and changes sessions. Everything is checked before anything is written.</summary>
internal sealed class SessionWriter(DbWriter writer, IModelCatalog models, TemporaryExchanges temporary, ChangeFeed changes, TimeProvider time)
{
    /// <returns>The id of the new session.</returns>
    /// <exception cref="ProblemException">A field is not valid, or the id is taken.</exception>
    public async Task<string> CreateAsync(string userId, CreateSessionRequest body, CancellationToken cancellation)
    {
        RequestFields.CheckSessionId(body.Id, "id");
        RequestFields.CheckSystemPrompt(body.SystemPrompt);
        if (body.Id is not null && temporary.Knows(userId, body.Id))
            throw ProblemException.Conflict("A temporary session has this id. Choose another id, or close that one first.");
        var id = body.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString();
        var title = body.Title is null ? "" : SessionRules.Title(body.Title);
        var folder = SessionRules.Folder(body.Folder);
        var tags = SessionRules.Tags(body.Tags);
        var options = OptionsJson(body.Options);
        var model = await ModelAsync(body.Model, cancellation);
        await writer.WriteAsync(context =>
        {
            if (Find(context, userId, id) is { } taken)
                throw ProblemException.Conflict(taken.DeletedAt is null
                    ? "A session with this id exists already. Choose another id, or leave it out."
                    : "A session with this id was just deleted. Restore it, or choose another id.");
            context.Db.Sessions.Add(new Session
            {
                Id = id,
                UserId = userId,
                Title = title,
                Model = model,
                SystemPrompt = NullIfBlank(body.SystemPrompt),
                OptionsJson = options,
                Pinned = body.Pinned ?? false,
                Folder = folder,
                Tags = tags,
                CreatedAt = context.Now,
                UpdatedAt = context.Now,
                Activity = context.NextSequence(),
            });
            context.Db.SaveChanges();
        });
        changes.Publish(userId, ChangeTypes.SessionCreated, id);
        return id;
    }

    /// <summary>Changes the fields that were sent. The last activity stays: renaming a chat does not move it.</summary>
    /// <exception cref="ProblemException">A field is not valid, or there is no such session.</exception>
    public async Task UpdateAsync(string userId, string id, UpdateSessionRequest body, CancellationToken cancellation)
    {
        RequestFields.CheckSystemPrompt(body.SystemPrompt.Value);
        var title = body.Title.Value is null ? null : SessionRules.Title(body.Title.Value);
        var folder = SessionRules.Folder(body.Folder.Value);
        var tags = SessionRules.Tags(body.Tags.Value);
        var options = OptionsJson(body.Options.Value);
        var model = await ModelAsync(body.Model.Value, cancellation);
        if (temporary.Knows(userId, id))
        {
            UpdateTemporary(userId, id, body, title, model);
            changes.Publish(userId, ChangeTypes.SessionChanged, id);
            return;
        }
        await writer.WriteAsync(context =>
        {
            var session = Find(context, userId, id) is { DeletedAt: null } found ? found : throw SessionEndpoints.Missing();
            if (body.Title.IsSet) session.Title = title ?? FirstWords(context, session);
            if (body.Model.IsSet) session.Model = model;
            if (body.SystemPrompt.IsSet) session.SystemPrompt = NullIfBlank(body.SystemPrompt.Value);
            if (body.Options.IsSet) session.OptionsJson = options;
            if (body.Pinned.IsSet) session.Pinned = body.Pinned.Value ?? false;
            if (body.Archived.IsSet) session.Archived = body.Archived.Value ?? false;
            if (body.Folder.IsSet) session.Folder = folder;
            if (body.Tags.IsSet) session.Tags = tags;
            if (body.ActiveMessageId.IsSet) session.ActiveSeq = LeafBelow(context, session, body.ActiveMessageId.Value);
            context.Db.SaveChanges();
        });
        changes.Publish(userId, ChangeTypes.SessionChanged, id);
    }

    /// <summary>It is in no list, so what only orders lists cannot be set on it.</summary>
    private void UpdateTemporary(string userId, string id, UpdateSessionRequest body, string? title, string? model)
    {
        if (body.Pinned.IsSet || body.Archived.IsSet || body.Folder.IsSet || body.Tags.IsSet)
            throw ProblemException.Conflict("A temporary session is in no list: it cannot be pinned, archived, tagged or put into a folder.");
        temporary.Update(userId, id, settings => new SessionSettings(
            body.Model.IsSet ? model : settings.Model,
            body.SystemPrompt.IsSet ? NullIfBlank(body.SystemPrompt.Value) : settings.SystemPrompt,
            body.Options.IsSet ? OptionCatalog.Normalize(body.Options.Value) : settings.Options), title, body.ActiveMessageId.Value);
    }

    private static Session? Find(WriteContext context, string userId, string id) =>
        context.Db.Sessions.FirstOrDefault(s => s.UserId == userId && s.Id == id);

    /// <summary>From a message always to its newest child; without a message, to the newest of all.</summary>
    private static long? LeafBelow(WriteContext context, Session session, string? messageId)
    {
        if (messageId is null)
            return context.Scalar("SELECT max(seq) FROM messages WHERE session_key = $1", session.Key) as long?;
        var start = context.Scalar("SELECT seq FROM messages WHERE session_key = $1 AND id = $2", session.Key, messageId)
            ?? throw ProblemException.Validation("active_message_id", "active_message_id must be the id of a message of this session.");
        return context.Scalar("""
            WITH RECURSIVE down(seq) AS (
                SELECT $2
                UNION ALL
                SELECT (SELECT max(m.seq) FROM messages m WHERE m.session_key = $1 AND m.parent_seq = down.seq) FROM down WHERE down.seq IS NOT NULL)
            SELECT max(seq) FROM down
            """, session.Key, start) as long?;
    }

    /// <summary>The title that a session has by itself: the first words of its first question.</summary>
    private static string FirstWords(WriteContext context, Session session) =>
        context.Scalar("SELECT content FROM messages WHERE session_key = $1 AND role = 'user' ORDER BY seq LIMIT 1", session.Key) is string text
            ? Titles.FromText(text, SessionRules.MaxOwnTitle)
            : "";

    private async ValueTask<string?> ModelAsync(string? nameOrId, CancellationToken cancellation) =>
        nameOrId is null ? null : (await models.ResolveAsync(nameOrId, cancellation)).Name;

    private static string? OptionsJson(Dictionary<string, JsonElement>? options) =>
        OptionCatalog.Normalize(options) is { Count: > 0 } normal ? JsonSerializer.Serialize(normal, ContractsJson.Default.DictionaryStringJsonElement) : null;

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
