using ChatOllama.Benchmarks.Reporting;
using Microsoft.Data.Sqlite;

namespace ChatOllama.Benchmarks.Systems;

/// <summary>
/// A database with years of use in it: 100,000 sessions and a million messages of made-up words, the same in every run. Its schema is the api's own;
/// the rows are inserted with the triggers on, so the full-text index is what the api would have made.
/// </summary>
internal static class SeededDatabase
{
    public const int Sessions = 100_000;
    public const int MessagesEach = 10;
    public const int LongMessages = 2_000;
    public const string LongSession = "the-long-one";

    /// <summary>In 20 messages of the million.</summary>
    public const string Rare = "quetzal";

    /// <summary>In every fourth message.</summary>
    public const string Common = "river";

    private static readonly DateTime Begin = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>A quick run makes do with a tenth.</summary>
    public static int CountIn(BenchContext context) => context.Options.Quick ? Sessions / 10 : Sessions;

    /// <summary>Made once per run, then the same file.</summary>
    public static async Task<string> GetAsync(BenchContext context)
    {
        var path = context.Scratch.PathOf("seed", "chat.db");
        if (File.Exists(path)) return path;
        await using (var lineup = new Lineup(context))
        {
            await lineup.EmulatorAsync();
            await lineup.ApiAsync(path);
        }
        Report.Progress($"writing {CountIn(context):#,0} sessions and {CountIn(context) * MessagesEach:#,0} messages");
        Fill(path, CountIn(context));
        return path;
    }

    private static void Fill(string path, int sessions)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; PRAGMA wal_autocheckpoint=20000;");
        using (var transaction = connection.BeginTransaction())
        {
            var rows = new Rows(connection, transaction);
            for (var i = 0; i < sessions; i++) rows.AddSession($"seed-{i:000000}", MessagesEach);
            rows.AddSession(LongSession, LongMessages);
            transaction.Commit();
        }
        Execute(connection, "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);");
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class Rows(SqliteConnection connection, SqliteTransaction transaction)
    {
        private readonly SqliteCommand _session = Command(connection, transaction,
            "INSERT INTO sessions (key, id, user_id, title, model, pinned, archived, tags, created_at, updated_at, activity, active_seq, message_count) VALUES ($1, $2, 'local', $3, 'clock0:latest', 0, 0, '[]', $4, $4, $5, $6, $7)", 7);
        private readonly SqliteCommand _message = Command(connection, transaction,
            "INSERT INTO messages (seq, id, session_key, parent_seq, role, content, model, status, created_at, updated_at, dropped_messages, prompt_tokens, completion_tokens) VALUES ($1, $2, $3, $4, $5, $6, $7, 'complete', $8, $8, 0, 30, 30)", 8);
        private readonly Words _words = new();
        private long _sequence = 1;
        private long _key;

        public void AddSession(string id, int messages)
        {
            var time = Begin.AddMinutes(_key * 10);
            var first = _sequence;
            Run(_session, ++_key, id, _words.Title(), time, first + messages, first + messages - 1, messages);
            for (var i = 0; i < messages; i++)
            {
                var isAnswer = i % 2 == 1;
                Run(_message, _sequence, $"seed-{_sequence:00000000}", _key, i == 0 ? DBNull.Value : _sequence - 1,
                    isAnswer ? "assistant" : "user", _words.Text(isAnswer ? 32 : 12, _sequence), isAnswer ? "clock0:latest" : DBNull.Value, time.AddSeconds(i * 20));
                _sequence++;
            }
            // The number of the session's activity.
            _sequence++;
        }

        private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction transaction, string sql, int parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Transaction = transaction;
            for (var i = 1; i <= parameters; i++) command.Parameters.Add(new SqliteParameter($"${i}", null));
            return command;
        }

        private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Twenty thousand words, the early ones far more often than the late ones, as in any language.</summary>
    private sealed class Words
    {
        private static readonly string[] Syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo", "zu"];
        private readonly Random _dice = new(20261123);
        private readonly string[] _all = [.. Enumerable.Range(0, 20_000).Select(Make)];

        public string Title() => string.Join(' ', Enumerable.Range(0, 5).Select(_ => Any()));

        public string Text(int length, long sequence)
        {
            var words = Enumerable.Range(0, length).Select(_ => Any());
            if (sequence % 4 == 0) words = words.Append(Common);
            if (sequence % 50_000 == 17) words = words.Append(Rare);
            return string.Join(' ', words);
        }

        private string Any() => _all[(int)(_all.Length * Math.Pow(_dice.NextDouble(), 4))];

        private static string Make(int number)
        {
            var word = "";
            for (var n = number + 20; n > 0; n /= Syllables.Length) word += Syllables[n % Syllables.Length];
            return word;
        }
    }
}
