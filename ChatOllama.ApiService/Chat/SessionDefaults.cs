using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Chat;

/// <summary>What a session says where a message says nothing.</summary>
public sealed record SessionSettings(string? Model, string? SystemPrompt, Dictionary<string, JsonElement>? Options);

/// <summary>Reads the settings of a session on the way of every message: one indexed row.</summary>
public sealed class SessionDefaults(IDbContextFactory<ChatDbContext> readers, TemporaryExchanges temporary)
{
    private static readonly Func<ChatDbContext, string, string, Task<Row?>> Query = EF.CompileAsyncQuery((ChatDbContext db, string userId, string id) =>
        db.Sessions.Where(s => s.UserId == userId && s.Id == id && s.DeletedAt == null)
            .Select(s => new Row(s.Model, s.SystemPrompt, s.OptionsJson)).FirstOrDefault());

    /// <returns>Null for a session that does not exist yet.</returns>
    public async Task<SessionSettings?> FindAsync(IExchangeStore store, string userId, string sessionId, CancellationToken cancellationToken)
    {
        if (store == temporary) return temporary.FindSettings(userId, sessionId);
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        var row = await Query(db, userId, sessionId);
        return row is null
            ? null
            : new SessionSettings(row.Model, row.SystemPrompt, row.OptionsJson is null ? null : JsonSerializer.Deserialize(row.OptionsJson, ContractsJson.Default.DictionaryStringJsonElement));
    }

    /// <summary>True for a session in the database, also one that was just deleted and can be restored: a temporary one of the same id would hide it.</summary>
    public async Task<bool> IsKeptAsync(string userId, string sessionId, CancellationToken cancellationToken)
    {
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        return await db.Sessions.AnyAsync(s => s.UserId == userId && s.Id == sessionId, cancellationToken);
    }

    private sealed record Row(string? Model, string? SystemPrompt, string? OptionsJson);
}
