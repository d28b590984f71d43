using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Chat;

/// <summary>Exchanges in the database. Statements are prepared once: this is the path of every message.</summary>
public sealed class DatabaseExchanges(DbWriter writer, CheckpointLog checkpoints, PreparedReads reads, IDbContextFactory<ChatDbContext> readers, TimeProvider time) : IExchangeStore
{
    private const int MaxTitle = 80;
    private static readonly TimeSpan IdempotencyAge = TimeSpan.FromHours(24);

    public Task<CommittedExchange> CommitAsync(NewExchange exchange) => writer.WriteAsync(context => Commit(context, exchange));

    public async Task<string?> FindKeyAsync(string userId, string key, string bodyHash, CancellationToken cancellationToken)
    {
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        var since = time.GetUtcNow().UtcDateTime - IdempotencyAge;
        var record = await db.IdempotencyRecords.FirstOrDefaultAsync(r => r.UserId == userId && r.Key == key && r.CreatedAt >= since, cancellationToken);
        if (record is null) return null;
        return record.BodyHash == bodyHash ? record.MessageId : throw KeyTaken();
    }

    public Task<long> CommitSiblingAsync(string userId, StoredAnswer original, Answer sibling, RequestExtras extras) => writer.WriteAsync(context =>
    {
        var session = context.QueryFirst(
            "SELECT s.key FROM sessions s JOIN messages m ON m.session_key = s.key WHERE m.seq = $1 AND s.user_id = $2 AND s.deleted_at IS NULL",
            r => (long?)r.GetInt64(0), original.Seq, userId) ?? throw SessionGone();
        var seq = InsertAnswer(context, session, original.ParentSeq, sibling.Id, sibling.Model, extras, sibling.TraceId);
        Touch(context, session, seq, added: 1);
        return seq;
    });

    public Task ReopenAsync(StoredAnswer original) => writer.WriteAsync(context =>
    {
        if (context.Scalar("SELECT 1 FROM messages m JOIN sessions s ON s.key = m.session_key WHERE m.seq = $1 AND s.deleted_at IS NULL", original.Seq) is null)
            throw SessionGone();
        var changed = context.Execute("UPDATE messages SET status = 'queued', updated_at = $2 WHERE seq = $1 AND status = $3 AND content = $4",
            original.Seq, context.Now, original.Answer.Status, original.Answer.Content);
        if (changed == 0) throw Continued();
    });

    public async Task<StoredAnswer?> FindAnswerAsync(string userId, string messageId, CancellationToken cancellationToken)
    {
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        var found = await db.Messages
            .Where(m => m.Id == messageId && m.Session!.UserId == userId && m.Session.DeletedAt == null && m.Role == "assistant")
            .Select(m => new { Message = m, ParentId = m.Parent!.Id, SessionId = m.Session!.Id })
            .FirstOrDefaultAsync(cancellationToken);
        if (found is null) return null;
        var m = found.Message;
        return new StoredAnswer(ToAnswer(m, found.ParentId, found.SessionId), m.Seq, m.ParentSeq!.Value, RequestExtras.FromJson(m.RequestJson));
    }

    public Task<IReadOnlyList<BranchMessage>> LoadBranchAsync(long answerSeq, CancellationToken cancellationToken)
    {
        var rows = reads.Query("""
            WITH RECURSIVE branch(seq) AS (
                SELECT parent_seq FROM messages WHERE seq = $1
                UNION ALL SELECT m.parent_seq FROM messages m JOIN branch b ON m.seq = b.seq WHERE m.parent_seq IS NOT NULL)
            SELECT m.id, m.role, m.content, a.hash, a.name, a.media_type
            FROM branch b JOIN messages m ON m.seq = b.seq
            LEFT JOIN message_attachments ma ON ma.message_seq = m.seq LEFT JOIN attachments a ON a.key = ma.attachment_key
            ORDER BY m.seq, ma.position
            """,
            row => new BranchMessage(row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? [] : [new BranchAttachment(row.GetString(3), row.GetString(4), row.GetString(5))]),
            answerSeq);
        return Task.FromResult<IReadOnlyList<BranchMessage>>(Merge(rows));
    }

    /// <summary>A message with several attachments comes in several rows.</summary>
    private static List<BranchMessage> Merge(List<BranchMessage> rows)
    {
        var branch = new List<BranchMessage>(rows.Count);
        foreach (var row in rows)
        {
            if (branch.Count > 0 && branch[^1].Id == row.Id) branch[^1] = row with { Attachments = [.. branch[^1].Attachments, .. row.Attachments] };
            else branch.Add(row);
        }
        return branch;
    }

    public Task CheckpointAsync(IReadOnlyList<CheckpointPart> parts) => writer.WriteAsync(context => checkpoints.Append(context, parts));

    public async Task FinishAsync(FinishedAnswer finished)
    {
        long? checkpoint = null;
        try
        {
            await writer.WriteAsync(context =>
            {
                Finish(context, finished);
                checkpoint = checkpoints.Release(context, finished.AnswerSeq);
            });
        }
        catch
        {
            checkpoints.Restore(finished.AnswerSeq, checkpoint);
            throw;
        }
    }

    private static void Finish(WriteContext context, FinishedAnswer finished)
    {
        var answer = finished.Answer;
        var (usage, timings) = (answer.Usage, answer.Timings);
        context.Execute("""
            UPDATE messages SET content = $2, thinking = $3, status = $4, finish_reason = $5, updated_at = $6,
                prompt_tokens = $7, completion_tokens = $8, context_length = $9, dropped_messages = $10,
                queue_ms = $11, load_ms = $12, prompt_ms = $13, first_token_ms = $14, thinking_ms = $15, total_ms = $16, tokens_per_second = $17,
                problem_code = $18, problem_detail = $19
            WHERE seq = $1
            """,
            finished.AnswerSeq, answer.Content, answer.Thinking, answer.Status, answer.FinishReason, context.Now,
            usage?.PromptTokens, usage?.CompletionTokens, usage?.ContextLength, usage?.DroppedMessages ?? 0,
            timings?.QueueMs, timings?.LoadMs, timings?.PromptMs, timings?.FirstTokenMs, timings?.ThinkingMs, timings?.TotalMs, timings?.TokensPerSecond,
            answer.ProblemCode, answer.ProblemDetail);
        context.Execute("UPDATE sessions SET updated_at = $2, activity = $3 WHERE key = (SELECT session_key FROM messages WHERE seq = $1)",
            finished.AnswerSeq, context.Now, context.NextSequence());
        CountUsage(context, finished);
    }

    private static void CountUsage(WriteContext context, FinishedAnswer finished)
    {
        var answer = finished.Answer;
        var measured = finished is { WritingSeconds: > 0, WrittenTokens: > 0 };
        context.Execute("""
            UPDATE models SET total_messages = total_messages + 1, total_tokens = total_tokens + $2, last_used_at = $3,
                speed_tokens = speed_tokens + $4, speed_seconds = speed_seconds + $5,
                first_token_ms_sum = first_token_ms_sum + $6, first_token_count = first_token_count + $7,
                prompt_chars = prompt_chars + $8, prompt_tokens = prompt_tokens + $9
            WHERE name = $1
            """,
            answer.Model, answer.TokensUsed, context.Now,
            measured ? finished.WrittenTokens : 0, measured ? finished.WritingSeconds : 0.0,
            answer.Timings?.FirstTokenMs ?? 0.0, answer.Timings?.FirstTokenMs is null ? 0 : 1,
            finished.PromptChars, finished.PromptChars > 0 ? answer.Usage?.PromptTokens ?? 0 : 0);
    }

    private CommittedExchange Commit(WriteContext context, NewExchange exchange)
    {
        if (exchange.IdempotencyKey is not null && KnownAnswer(context, exchange) is { } earlier) return new CommittedExchange(0, null, KnownAnswerId: earlier);
        var known = FindSession(context, exchange);
        if (known is null && exchange.NeedsSession) throw NoSession();
        var session = known ?? InsertSession(context, exchange);
        var parent = FindParent(context, exchange, session);
        var question = InsertQuestion(context, exchange, session.Key, parent?.Seq);
        var answer = InsertAnswer(context, session.Key, question, exchange.AnswerId, exchange.Model, exchange.Extras, exchange.TraceId);
        if (known is not null)
        {
            // Only where it changes: naming the title in an update writes it to the full-text index again.
            context.Execute("UPDATE sessions SET title = $2 WHERE key = $1 AND title = ''", session.Key, Titles.FromText(exchange.Text, MaxTitle));
            context.Execute("UPDATE sessions SET model = $2 WHERE key = $1 AND (model IS NULL OR $3)", session.Key, exchange.Model, exchange.ModelWasNamed);
        }
        Touch(context, session.Key, answer, added: 2);
        return new CommittedExchange(answer, parent?.Id, known is null);
    }

    /// <summary>For a message whose sender still sees a session that has gone.</summary>
    internal static ProblemException NoSession() => ProblemException.NotFound("This session has been deleted. Start a new one.");

    private string? KnownAnswer(WriteContext context, NewExchange exchange)
    {
        context.Execute("DELETE FROM idempotency_keys WHERE created_at < $1", time.GetUtcNow().UtcDateTime - IdempotencyAge);
        var record = context.QueryFirst("SELECT body_hash, message_id FROM idempotency_keys WHERE user_id = $1 AND key = $2",
            r => new KnownKey(r.GetString(0), r.GetString(1)), exchange.UserId, exchange.IdempotencyKey);
        if (record is not null)
            return record.BodyHash == exchange.BodyHash ? record.MessageId : throw KeyTaken();
        context.Execute("INSERT INTO idempotency_keys (user_id, key, body_hash, message_id, user_message_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            exchange.UserId, exchange.IdempotencyKey, exchange.BodyHash, exchange.AnswerId, exchange.UserMessageId, context.Now);
        return null;
    }

    private static SessionRow? FindSession(WriteContext context, NewExchange exchange)
    {
        var row = context.QueryFirst("SELECT key, active_seq, deleted_at IS NOT NULL FROM sessions WHERE user_id = $1 AND id = $2",
            r => new SessionRow(r.GetInt64(0), r.IsDBNull(1) ? null : r.GetInt64(1), r.GetBoolean(2)), exchange.UserId, exchange.SessionId);
        return row is { IsDeleted: true } ? throw ProblemException.Conflict("This session was just deleted. Restore it, or send the message with another session id.") : row;
    }

    private static SessionRow InsertSession(WriteContext context, NewExchange exchange)
    {
        if (exchange.ParentId is not (null or NewExchange.RootParent)) throw UnknownParent();
        context.Execute("INSERT INTO sessions (id, user_id, title, pinned, archived, tags, created_at, updated_at, activity, message_count, system_prompt, options_json, model) VALUES ($1, $2, $7, 0, 0, '[]', $3, $3, $4, 0, $5, $6, $8)",
            exchange.SessionId, exchange.UserId, context.Now, context.NextSequence(), exchange.SystemPrompt,
            exchange.SessionOptions is null ? null : JsonSerializer.Serialize(exchange.SessionOptions, ContractsJson.Default.DictionaryStringJsonElement),
            Titles.FromText(exchange.Text, MaxTitle), exchange.Model);
        return new SessionRow((long)context.Scalar("SELECT last_insert_rowid()")!, null, false);
    }

    private static ParentRow? FindParent(WriteContext context, NewExchange exchange, SessionRow session)
    {
        if (exchange.ParentId == NewExchange.RootParent) return null;
        if (exchange.ParentId is not null)
            return context.QueryFirst("SELECT seq, id FROM messages WHERE id = $1 AND session_key = $2",
                r => new ParentRow(r.GetInt64(0), r.GetString(1)), exchange.ParentId, session.Key) ?? throw UnknownParent();
        return session.ActiveSeq is null
            ? null
            : context.QueryFirst("SELECT seq, id FROM messages WHERE seq = $1", r => new ParentRow(r.GetInt64(0), r.GetString(1)), session.ActiveSeq);
    }

    internal static ProblemException Continued() => ProblemException.Conflict("This answer was continued by somebody else in the meantime. Read it again.");

    private static ProblemException SessionGone() => ProblemException.NotFound("The session of this answer has been deleted.");

    internal static ProblemException KeyTaken() => ProblemException.Conflict("This Idempotency-Key was used for another request. Use a new key for a new message.");

    private static ProblemException UnknownParent() => new(ProblemCodes.NotFound, "parent_id names no message of this session.")
    {
        Errors = new() { ["parent_id"] = ["parent_id names no message of this session."] },
    };

    private static long InsertQuestion(WriteContext context, NewExchange exchange, long session, long? parent)
    {
        var seq = context.NextSequence();
        context.Execute("""
            INSERT INTO messages (seq, id, session_key, parent_seq, role, content, status, created_at, updated_at, dropped_messages)
            VALUES ($1, $2, $3, $4, 'user', $5, 'complete', $6, $6, 0)
            """, seq, exchange.UserMessageId, session, parent, exchange.Text, context.Now);
        for (var i = 0; i < exchange.Attachments.Count; i++)
            if (context.Execute("INSERT INTO message_attachments (message_seq, position, attachment_key) SELECT $1, $2, key FROM attachments WHERE key = $3", seq, i, exchange.Attachments[i].Key) == 0)
                throw ProblemException.Validation($"images[{i}]", "This attachment has been removed, because no message used it for a day. Upload it again.");
        return seq;
    }

    private static long InsertAnswer(WriteContext context, long session, long parent, string id, string model, RequestExtras extras, string? traceId)
    {
        var seq = context.NextSequence();
        context.Execute("""
            INSERT INTO messages (seq, id, session_key, parent_seq, role, content, model, status, created_at, updated_at, dropped_messages, request_json, trace_id)
            VALUES ($1, $2, $3, $4, 'assistant', '', $5, 'queued', $6, $6, 0, $7, $8)
            """, seq, id, session, parent, model, context.Now, extras.ToJson(), traceId);
        return seq;
    }

    private static void Touch(WriteContext context, long session, long active, int added) => context.Execute(
        "UPDATE sessions SET active_seq = $2, message_count = message_count + $3, updated_at = $4, activity = $5 WHERE key = $1",
        session, active, added, context.Now, context.NextSequence());

    private static Answer ToAnswer(Message m, string parentId, string sessionId) => new()
    {
        Id = m.Id,
        UserMessageId = parentId,
        SessionId = sessionId,
        Model = m.Model ?? "",
        CreatedAt = m.CreatedAt,
        Status = m.Status,
        Content = m.Content,
        Thinking = m.Thinking,
        FinishReason = m.FinishReason,
        Usage = new Usage { PromptTokens = m.PromptTokens, CompletionTokens = m.CompletionTokens, ContextLength = m.ContextLength, DroppedMessages = m.DroppedMessages },
        Timings = new Timings
        {
            QueueMs = m.QueueMs,
            LoadMs = m.LoadMs,
            PromptMs = m.PromptMs,
            FirstTokenMs = m.FirstTokenMs,
            ThinkingMs = m.ThinkingMs,
            TotalMs = m.TotalMs,
            TokensPerSecond = m.TokensPerSecond,
        },
        ProblemCode = m.ProblemCode,
        ProblemDetail = m.ProblemDetail,
        TraceId = m.TraceId,
    };

    private sealed record SessionRow(long Key, long? ActiveSeq, bool IsDeleted);

    private sealed record ParentRow(long Seq, string Id);

    private sealed record KnownKey(string BodyHash, string MessageId);
}
