using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Data;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// An import on its way into the database. Its rows belong to an owner of their own, whom nobody asks for, and are written in small pieces between the writes of
/// others; at the end they change hands. A fault or a crash before <see cref="MarkAsync"/> leaves nothing, one behind it is finished by <see cref="RecoverAsync"/>.
/// See docs/decisions/0015-imports-are-staged.md. One at a time.
/// </summary>
internal sealed class StagedImport(DbWriter writer, AttachmentStore files, string userId)
{
    private const string OwnerPrefix = "import:";
    private const string Staged = "staged:";
    private const string Ready = "ready:";

    /// <summary>A write of this many rows or characters is done in a few hundredths of a second, full-text index included, also on a busy machine.</summary>
    private const int MaxRows = 100;
    private const int MaxBytes = 96 * 1024;

    /// <summary>Moving a row between sessions or owners touches a few indexes and no text.</summary>
    private const int MaxMoves = 500;

    private readonly string _owner = OwnerPrefix + Guid.NewGuid().ToString("N");
    private readonly List<Action<WriteContext>> _steps = [];
    private int _bytes;

    public Task BeginAsync() => writer.WriteAsync(context =>
        context.Execute("INSERT INTO users (id, name, created_at) VALUES ($1, $2, $3)", _owner, Staged + userId, context.Now));

    /// <summary>Keeps a file. One that is here is as new again: the sweep removes what no message uses after a day, and the message that uses it is not written yet.</summary>
    public async Task AddFileAsync(IncomingFile file)
    {
        do
            await files.KeepBytesAsync(file.Hash, file.Bytes);
        // False: the sweep removed the bytes in between, as the last use of that content had gone.
        while (!await writer.WriteAsync(context => files.HasBytes(file.Hash) && Insert(context, file)));
    }

    private bool Insert(WriteContext context, IncomingFile file)
    {
        context.Execute("INSERT INTO attachments (id, user_id, hash, name, media_type, size, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at",
            file.Id, _owner, file.Hash, file.Name, file.MediaType, file.Bytes.Length, context.Now);
        return true;
    }

    /// <summary>Writes what a plan says is new in a session, together with others where they are small.</summary>
    public async Task AddSessionAsync(SessionPlan plan)
    {
        if (!plan.IsHere)
            await RemoveDeletedAsync(plan.Session.Id);
        // Each step runs on the writer's thread and finds here what the ones before it left.
        var seqs = plan.KnownSeqs.ToDictionary(StringComparer.Ordinal);
        var next = plan.FirstSeq;
        long key = 0;
        await AddAsync(0, context => key = InsertSession(context, plan));
        foreach (var message in plan.NewMessages)
        {
            await AddAsync(message.Content.Length + (message.Thinking?.Length ?? 0), context =>
            {
                var seq = next ?? context.NextSequence();
                next = next is null ? null : seq + 1;
                MessageRows.Insert(context, message, seq, key, message.ParentId is null ? null : seqs[message.ParentId]);
                seqs[message.Id] = seq;
            });
        }
        if (plan.ActiveId is { } active)
            await AddAsync(0, context => context.Execute("UPDATE sessions SET active_seq = $2 WHERE key = $1", key, seqs[active]));
    }

    /// <summary>A commit waits for the disk, so steps are gathered until they are worth one.</summary>
    private async Task AddAsync(int bytes, Action<WriteContext> step)
    {
        if (_steps.Count == MaxRows || _bytes + bytes > MaxBytes)
            await FlushAsync();
        _steps.Add(step);
        _bytes += bytes;
    }

    /// <summary>Writes what has gathered.</summary>
    internal async Task FlushAsync()
    {
        Action<WriteContext>[] steps = [.. _steps];
        _steps.Clear();
        _bytes = 0;
        await writer.WriteAsync(context =>
        {
            foreach (var step in steps)
                step(context);
        });
    }

    /// <summary>What was deleted a moment ago and waits to be removed makes room. Its time to be restored ends first, as half of a session must not come back.</summary>
    private async Task RemoveDeletedAsync(string id)
    {
        var key = await writer.WriteAsync(context =>
        {
            context.Execute("UPDATE sessions SET deleted_at = $3 WHERE user_id = $1 AND id = $2 AND deleted_at IS NOT NULL", userId, id, DateTime.UnixEpoch);
            return context.Scalar("SELECT key FROM sessions WHERE user_id = $1 AND id = $2 AND deleted_at IS NOT NULL", userId, id);
        });
        if (key is long gone)
            await DeleteAsync(writer, gone);
    }

    /// <summary>Piece by piece, as a session can have a hundred thousand messages and nobody should wait for all of them. The newest first: a parent goes after its children.</summary>
    private static async Task DeleteAsync(DbWriter writer, long key)
    {
        while (await writer.WriteAsync(context => context.Execute(
            "DELETE FROM messages WHERE seq IN (SELECT seq FROM messages WHERE session_key = $1 ORDER BY seq DESC LIMIT $2)", key, MaxRows)) > 0)
        {
        }
        await writer.WriteAsync(context => context.Execute("DELETE FROM sessions WHERE key = $1", key));
    }

    private long InsertSession(WriteContext context, SessionPlan plan)
    {
        var session = plan.Session;
        context.Execute("""
            INSERT INTO sessions (id, user_id, title, model, system_prompt, options_json, pinned, archived, folder, tags, created_at, updated_at, activity, message_count)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            session.Id, _owner, session.Title, session.Model, session.SystemPrompt, session.OptionsJson, session.Pinned, session.Archived, session.Folder,
            ImportJson.Tags(session.Tags), session.CreatedAt, session.UpdatedAt, plan.Activity ?? context.NextSequence(), plan.NewMessages.Count);
        return (long)context.Scalar("SELECT last_insert_rowid()")!;
    }

    /// <summary>From here on the import will be whole, whatever happens.</summary>
    public async Task MarkAsync()
    {
        await FlushAsync();
        await writer.WriteAsync(context => context.Execute("UPDATE users SET name = $2 WHERE id = $1", _owner, Ready + userId));
    }

    /// <summary>Gives what is marked to its user.</summary>
    public Task HandOverAsync() => HandOverAsync(writer, _owner, userId);

    /// <summary>Takes everything back.</summary>
    public Task DropAsync() => DropAsync(writer, _owner);

    /// <summary>Finishes or takes back what a crash left. No import may be on its way.</summary>
    public static async Task RecoverAsync(DbWriter writer)
    {
        while (await writer.WriteAsync(FirstOwner) is var (owner, name))
        {
            if (name.StartsWith(Ready, StringComparison.Ordinal))
                await HandOverAsync(writer, owner, name[Ready.Length..]);
            else
                await DropAsync(writer, owner);
        }
    }

    private static (string Owner, string Name)? FirstOwner(WriteContext context) =>
        context.QueryFirst("SELECT id, name FROM users WHERE id LIKE 'import:%' LIMIT 1", r => ((string, string)?)(r.GetString(0), r.GetString(1)));

    private static async Task DropAsync(DbWriter writer, string owner)
    {
        while (await writer.WriteAsync(context => context.Scalar("SELECT key FROM sessions WHERE user_id = $1 LIMIT 1", owner)) is long key)
            await DeleteAsync(writer, key);
        // The sweep of attachments removes their bytes, a day later.
        await writer.WriteAsync(context => context.Execute("UPDATE attachments SET user_id = $2 WHERE user_id = $1", owner, User.LocalId));
        await writer.WriteAsync(context => context.Execute("DELETE FROM users WHERE id = $1", owner));
    }

    private static async Task HandOverAsync(DbWriter writer, string owner, string userId)
    {
        while (await writer.WriteAsync(context => context.Execute(
            "UPDATE attachments SET user_id = $2 WHERE key IN (SELECT key FROM attachments WHERE user_id = $1 LIMIT 500)", owner, userId)) > 0)
        {
        }
        while (await writer.WriteAsync(context => HandOverSome(context, owner, userId)))
        {
        }
        await writer.WriteAsync(context => context.Execute("DELETE FROM users WHERE id = $1", owner));
    }

    /// <returns>False when nothing is left.</returns>
    private static bool HandOverSome(WriteContext context, string owner, string userId)
    {
        for (var room = MaxMoves; room > 0;)
        {
            if (context.QueryFirst("SELECT key, id FROM sessions WHERE user_id = $1 LIMIT 1", r => ((long Key, string Id)?)(r.GetInt64(0), r.GetString(1)), owner) is not var (key, id))
                return false;
            room--;
            if (context.Scalar("SELECT key FROM sessions WHERE user_id = $1 AND id = $2", userId, id) is not long here)
                context.Execute("UPDATE sessions SET user_id = $2 WHERE key = $1", key, userId);
            else
                room -= Merge(context, key, here, room);
        }
        return true;
    }

    /// <summary>The session was here already: its new messages join it, and are shown unless something newer was said here. Where there are too many for one write, the next one goes on.</summary>
    private static int Merge(WriteContext context, long staged, long here, int room)
    {
        var moved = context.Execute("UPDATE messages SET session_key = $2 WHERE seq IN (SELECT seq FROM messages WHERE session_key = $1 LIMIT $3)", staged, here, room);
        if (context.Scalar("SELECT 1 FROM messages WHERE session_key = $1 LIMIT 1", staged) is not null)
            return Math.Max(moved, 1);
        context.Execute("""
            UPDATE sessions SET message_count = sessions.message_count + s.message_count, updated_at = max(sessions.updated_at, s.updated_at),
                active_seq = CASE WHEN sessions.active_seq IS NULL OR s.updated_at >= sessions.updated_at THEN coalesce(s.active_seq, sessions.active_seq) ELSE sessions.active_seq END
            FROM (SELECT message_count, active_seq, updated_at FROM sessions WHERE key = $1) s WHERE sessions.key = $2
            """, staged, here);
        context.Execute("DELETE FROM sessions WHERE key = $1", staged);
        return moved;
    }
}
