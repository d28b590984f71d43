using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>Writes incoming messages as rows.</summary>
internal static class MessageRows
{
    public static void Insert(WriteContext context, IncomingMessage message, long seq, long session, long? parent)
    {
        var (usage, timings) = (message.Usage, message.Timings);
        context.Execute("""
            INSERT INTO messages (seq, id, session_key, parent_seq, role, content, thinking, model, status, finish_reason, created_at, updated_at, request_json,
                prompt_tokens, completion_tokens, context_length, dropped_messages,
                queue_ms, load_ms, prompt_ms, first_token_ms, thinking_ms, total_ms, tokens_per_second, problem_code, problem_detail, trace_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
            """,
            seq, message.Id, session, parent, message.Role, message.Content, message.Thinking, message.Model, message.Status, message.FinishReason,
            message.CreatedAt, message.UpdatedAt ?? message.CreatedAt, message.RequestJson,
            usage?.PromptTokens, usage?.CompletionTokens, usage?.ContextLength, usage?.DroppedMessages ?? 0,
            timings?.QueueMs, timings?.LoadMs, timings?.PromptMs, timings?.FirstTokenMs, timings?.ThinkingMs, timings?.TotalMs, timings?.TokensPerSecond,
            message.ProblemCode, message.ProblemDetail, message.TraceId);
        for (var i = 0; i < message.Attachments.Count; i++)
            if (context.Execute("INSERT INTO message_attachments (message_seq, position, attachment_key) SELECT $1, $2, key FROM attachments WHERE id = $3", seq, i, message.Attachments[i]) == 0)
                throw Http.ProblemException.Conflict("A file that a message of the import needs was removed meanwhile. Send the file again. Nothing was imported.");
    }
}

/// <summary>Small values as the database has them.</summary>
internal static class ImportJson
{
    public static string Tags(IReadOnlyList<string> tags) => JsonSerializer.Serialize([.. tags], ContractsJson.Wire.StringArray);
}
