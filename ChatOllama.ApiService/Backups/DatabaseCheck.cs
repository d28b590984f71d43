using ChatOllama.ApiService.Data;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Backups;

/// <summary>Looks whether a database is whole. Meant for copies: the look into the full-text indexes needs a connection that may write.</summary>
internal static class DatabaseCheck
{
    private const int MaxFindings = 20;

    /// <summary>Each name says what is wrong when its query gives a row; the rows say where.</summary>
    private static readonly (string Finding, string Query)[] Rules =
    [
        ("The file is damaged", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
        ("A row points to one that is not there", "SELECT \"table\" || ' row ' || coalesce(rowid, '?') || ' names a row of ' || parent FROM pragma_foreign_key_check"),
        // What is being imported stands half in a hidden chat and half in its own until it is all here: see docs/decisions/0015-imports-are-staged.md.
        ("A message hangs below one of another chat", "SELECT 'message ' || m.id FROM messages m JOIN messages p ON p.seq = m.parent_seq WHERE p.session_key <> m.session_key AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id LIKE 'import:%' AND s.key IN (m.session_key, p.session_key))"),
        ("A message comes before the one it answers", "SELECT 'message ' || id FROM messages WHERE parent_seq >= seq"),
        ("A chat shows a message that it does not have", "SELECT 'chat ' || s.id FROM sessions s LEFT JOIN messages m ON m.seq = s.active_seq WHERE s.active_seq IS NOT NULL AND m.session_key IS NOT s.key AND NOT EXISTS (SELECT 1 FROM sessions h WHERE h.user_id LIKE 'import:%' AND h.key IN (s.key, m.session_key))"),
        ("The index of messages lacks some or has too many", "SELECT 'message row ' || m.seq FROM messages m LEFT JOIN messages_fts_docsize i ON i.id = m.seq WHERE (i.id IS NULL) = (m.status NOT IN ('queued', 'generating'))"),
        ("The index of messages has some that are gone", "SELECT 'row ' || i.id FROM messages_fts_docsize i LEFT JOIN messages m ON m.seq = i.id WHERE m.seq IS NULL"),
        ("The index of titles lacks some", "SELECT 'chat ' || s.id FROM sessions s LEFT JOIN sessions_fts_docsize i ON i.id = s.key WHERE i.id IS NULL"),
        ("The index of titles has some that are gone", "SELECT 'row ' || i.id FROM sessions_fts_docsize i LEFT JOIN sessions s ON s.key = i.id WHERE s.key IS NULL"),
    ];

    /// <summary>One line per finding; none is a database that is whole.</summary>
    /// <param name="deep">Compares every word of the full-text indexes with the rows. Changes the file, so only for a copy that is thrown away.</param>
    public static List<string> Run(string path, bool deep = false)
    {
        var findings = new List<string>();
        try
        {
            using var connection = DatabaseSnapshot.Open(path, SqliteOpenMode.ReadWrite);
            if (DatabaseStartup.ReadApplied(connection).Count == 0) return ["The file is no database of ChatOllama"];
            foreach (var (finding, query) in Rules) Ask(connection, finding, query, findings);
            if (deep) Execute(connection, "UPDATE messages SET status = 'interrupted' WHERE status IN ('queued', 'generating')");
            foreach (var index in new[] { "messages_fts", "sessions_fts" }) AskIndex(connection, index, deep, findings);
        }
        catch (SqliteException broken)
        {
            findings.Add($"The file cannot be read as a database: {broken.Message}");
        }
        return findings;
    }

    private static void Ask(SqliteConnection connection, string finding, string query, List<string> findings)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query + $" LIMIT {MaxFindings}";
        using var reader = command.ExecuteReader();
        while (reader.Read()) findings.Add($"{finding}: {reader.GetString(0)}");
    }

    /// <summary>Whether the index agrees with itself, and deeply with its rows: all of them, so none may be a running answer, which is not in it.</summary>
    private static void AskIndex(SqliteConnection connection, string index, bool deep, List<string> findings)
    {
        try
        {
            Execute(connection, $"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', {(deep ? 1 : 0)})");
        }
        catch (SqliteException broken) when (broken.SqliteErrorCode == SQLitePCL.raw.SQLITE_CORRUPT)
        {
            findings.Add(deep ? $"The index {index} does not agree with its rows" : $"The index {index} does not agree with itself");
        }
    }

    private static void Execute(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
