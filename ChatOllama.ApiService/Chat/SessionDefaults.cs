using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Chat;

/// <summary>What a session says where a message says nothing.</summary>
public sealed record SessionSettings(string? Model, string? SystemPrompt, Dictionary<string, JsonElement>? Options);

/// <summary>Reads the settings of a session on the way of every message: one indexed row.</summary>
public sealed class SessionDefaults(PreparedReads reads, IDbContextFactory<ChatDbContext> readers, TemporaryExchanges temporary)
{
    /// <returns>Null for a session that does not exist yet.</returns>
    public SessionSettings? Find(IExchangeStore store, string userId, string sessionId) => store == temporary
        ? temporary.FindSettings(userId, sessionId)
        : reads.Query("SELECT model, system_prompt, options_json FROM sessions WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL", Read, userId, sessionId).FirstOrDefault();

    /// <summary>True for a session in the database, also one that was just deleted and can be restored: a temporary one of the same id would hide it.</summary>
    public async Task<bool> IsKeptAsync(string userId, string sessionId, CancellationToken cancellationToken)
    {
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        return await db.Sessions.AnyAsync(s => s.UserId == userId && s.Id == sessionId, cancellationToken);
    }

    private static SessionSettings Read(SqliteDataReader row) => new(
        row.IsDBNull(0) ? null : row.GetString(0),
        row.IsDBNull(1) ? null : row.GetString(1),
        row.IsDBNull(2) ? null : JsonSerializer.Deserialize(row.GetString(2), ContractsJson.Default.DictionaryStringJsonElement));
}
