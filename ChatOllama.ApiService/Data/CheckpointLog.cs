using System.Buffers.Binary;
using System.Text;
using ChatOllama.ApiService.Chat;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Data;

/// <summary>
/// The table of what is safe of answers that still run. One row holds what one write saved of all of them, so that a write costs what is new and not
/// how many answers there are; rows go when no running answer needs them. The methods with a <see cref="WriteContext"/> run on the writer's thread.
/// </summary>
public sealed class CheckpointLog
{
    private readonly Dictionary<long, long> _firstRows = [];
    private readonly Lock _gate = new();
    private long _lastRow;
    private long _trimmed;

    /// <summary>Saves pieces of several answers.</summary>
    public void Append(WriteContext context, IReadOnlyList<CheckpointPart> parts)
    {
        context.Execute("INSERT INTO checkpoint_log (id, pieces) VALUES ($1, $2)", ++_lastRow, CheckpointPieces.Write(parts));
        lock (_gate)
            foreach (var part in parts) _firstRows.TryAdd(part.AnswerSeq, _lastRow);
    }

    /// <summary>The text of an answer stands in its message now. Call <see cref="Restore"/> should that not come to be durable.</summary>
    /// <returns>What <see cref="Restore"/> wants to know.</returns>
    public long? Release(WriteContext context, long answerSeq)
    {
        long? first;
        long oldest;
        lock (_gate)
        {
            first = _firstRows.Remove(answerSeq, out var row) ? row : null;
            oldest = _firstRows.Count == 0 ? _lastRow + 1 : _firstRows.Values.Min();
        }
        if (oldest <= _trimmed) return first;
        context.Execute("DELETE FROM checkpoint_log WHERE id < $1", oldest);
        _trimmed = oldest;
        return first;
    }

    /// <summary>The rows are needed again: the message could not be written.</summary>
    public void Restore(long answerSeq, long? first)
    {
        if (first is not { } row) return;
        lock (_gate) _firstRows.TryAdd(answerSeq, row);
    }

    /// <summary>
    /// After a crash: gives answers that were cut off what was saved of them and the status <c>interrupted</c>, and empties the table.
    /// A piece counts only where it continues what is there: what an earlier run of a continued answer saved stands in its message already.
    /// </summary>
    /// <returns>How many answers that were.</returns>
    internal static int Fold(SqliteConnection connection, SqliteTransaction transaction, DateTime now)
    {
        var answers = ReadCutOff(connection, transaction);
        if (answers.Count > 0) AddPieces(connection, transaction, answers);
        foreach (var (seq, answer) in answers)
        {
            Execute(connection, transaction, "UPDATE messages SET content = $1, thinking = $2, status = 'interrupted', updated_at = $3 WHERE seq = $4",
                Text(answer.Content), answer.Thinking.Length == 0 ? DBNull.Value : Text(answer.Thinking), now, seq);
        }
        Execute(connection, transaction, "DELETE FROM checkpoint_log");
        return answers.Count;
    }

    private static Dictionary<long, CutOff> ReadCutOff(SqliteConnection connection, SqliteTransaction transaction)
    {
        var answers = new Dictionary<long, CutOff>();
        using var command = Command(connection, transaction, "SELECT seq, coalesce(thinking, ''), content FROM messages WHERE status IN ('queued', 'generating')");
        using var reader = command.ExecuteReader();
        while (reader.Read()) answers.Add(reader.GetInt64(0), new CutOff(Bytes(reader.GetString(1)), Bytes(reader.GetString(2))));
        return answers;
    }

    private static void AddPieces(SqliteConnection connection, SqliteTransaction transaction, Dictionary<long, CutOff> answers)
    {
        using var command = Command(connection, transaction, "SELECT pieces FROM checkpoint_log ORDER BY id");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            foreach (var part in CheckpointPieces.Read(reader.GetFieldValue<byte[]>(0)))
            {
                if (!answers.TryGetValue(part.AnswerSeq, out var answer) || part.ThinkingAt != answer.Thinking.Length || part.ContentAt != answer.Content.Length) continue;
                answer.Thinking.Write(part.Thinking.Span);
                answer.Content.Write(part.Content.Span);
            }
        }
    }

    private static MemoryStream Bytes(string text)
    {
        var bytes = new MemoryStream();
        bytes.Write(Encoding.UTF8.GetBytes(text));
        return bytes;
    }

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);

    private static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, transaction, sql);
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        return command;
    }

    private sealed record CutOff(MemoryStream Thinking, MemoryStream Content);
}

/// <summary>
/// How pieces of answers lie in one value, one after the other, numbers little-endian: the answer's row (8 bytes), where the piece begins in thinking and in
/// content (4 each, bytes), how long its thinking and its content are (4 each), then the two texts as UTF-8.
/// </summary>
internal static class CheckpointPieces
{
    private const int Head = 24;

    public static byte[] Write(IReadOnlyList<CheckpointPart> parts)
    {
        var bytes = new byte[parts.Sum(part => Head + part.Thinking.Length + part.Content.Length)];
        var rest = bytes.AsSpan();
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, part.AnswerSeq);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], part.ThinkingAt);
            BinaryPrimitives.WriteInt32LittleEndian(rest[12..], part.ContentAt);
            BinaryPrimitives.WriteInt32LittleEndian(rest[16..], part.Thinking.Length);
            BinaryPrimitives.WriteInt32LittleEndian(rest[20..], part.Content.Length);
            part.Thinking.Span.CopyTo(rest[Head..]);
            part.Content.Span.CopyTo(rest[(Head + part.Thinking.Length)..]);
            rest = rest[(Head + part.Thinking.Length + part.Content.Length)..];
        }
        return bytes;
    }

    public static IEnumerable<CheckpointPart> Read(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length >= Head)
        {
            var part = ReadOne(bytes);
            yield return part;
            bytes = bytes[(Head + part.Thinking.Length + part.Content.Length)..];
        }
    }

    private static CheckpointPart ReadOne(ReadOnlyMemory<byte> bytes)
    {
        var head = bytes.Span;
        var thinking = bytes.Slice(Head, BinaryPrimitives.ReadInt32LittleEndian(head[16..]));
        return new CheckpointPart(BinaryPrimitives.ReadInt64LittleEndian(head), BinaryPrimitives.ReadInt32LittleEndian(head[8..]), BinaryPrimitives.ReadInt32LittleEndian(head[12..]),
            thinking, bytes.Slice(Head + thinking.Length, BinaryPrimitives.ReadInt32LittleEndian(head[20..])));
    }
}
