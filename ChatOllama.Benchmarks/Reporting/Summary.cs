namespace ChatOllama.Benchmarks.Reporting;

/// <summary>The figures that the README shows, out of the tables of a run: the first section of results.md, ready to be pasted.</summary>
internal sealed class Summary(IReadOnlyList<Table> tables)
{
    private const string FirstToken = "Time to first token, ms";
    private const string PerToken = "CPU per token";
    private const string Saturated = "Saturated";
    private const string Many = "Many streams at once";
    private const string Start = "Start and rest";
    private const string History = "History";

    /// <summary>Null where nothing of it was measured.</summary>
    public Table? ToTable()
    {
        var table = new Table("Summary", "Beside nginx as a plain streaming proxy in the same run; everything on: persistence with `synchronous=FULL`, checkpoints, metrics, log level info.", "figure", "goal", "reached");
        Add(FirstToken, "time to first token added by the api, user message durable", "p50 0.5 ms, p99 3 ms",
            $"p50 {At(FirstToken, "api", "p50 added")} ms, p99 {At(FirstToken, "api", "p99 added")} ms (nginx: {At(FirstToken, "nginx", "p50 added")}, {At(FirstToken, "nginx", "p99 added")})");
        Add(PerToken, "CPU per token, api, 200 × 50 tokens/s", "1.4 × nginx", $"{At(PerToken, "api", "× nginx")} × ({At(PerToken, "api", "CPU µs, 200 streams")} µs)");
        Add(PerToken, "the same through web + api", "2.7 × nginx", $"{At(PerToken, "web + api", "× nginx")} × ({At(PerToken, "web + api", "CPU µs, 200 streams")} µs)");
        Add(Saturated, "saturated, api", "0.6 µs per token, 2 × nginx", $"{At(Saturated, "api", "CPU µs per token")} µs, {At(Saturated, "api", "× nginx")} ×");
        Add(Many, "1,000 × 10 tokens/s", "0 errors, 0 lost, p99 30 ms, 200 MiB", $"{At(Many, "1,000", "errors")} errors, {At(Many, "1,000", "lost tokens")} lost, p99 {At(Many, "1,000", "latency p99 ms")} ms, {At(Many, "1,000", "memory MiB")} MiB");
        Add(Many, "a live stream", "30 KiB", $"{At(Many, "1,000", "KiB per stream")} KiB");
        Add(Start, "start to /ready, 100,000 sessions", "p95 500 ms", $"p95 {At(Start, "api, 100,000", "/ready p95 ms")} ms");
        Add(Start, "memory at rest, resident (anonymous)", "api 90 MiB, standalone 130 MiB",
            $"api {At(Start, "api, 100,000", "idle MiB")} ({At(Start, "api, 100,000", "anonymous MiB")}) MiB, standalone {At(Start, "standalone", "idle MiB")} ({At(Start, "standalone", "anonymous MiB")}) MiB");
        Add(History, "list of 100,000 sessions, any depth", "p99 2 ms", $"p99 {Most(History, "sessions, ", "p99 ms")} ms");
        Add(History, "search of 1,000,000 messages, the slowest kind", "p50 2 ms, p99 10 ms", $"p50 {Most(History, "search, ", "p50 ms")} ms, p99 {Most(History, "search, ", "p99 ms")} ms");
        Add("Durable writes", "durable messages, 64 writers", "10,000/s", $"{At("Durable writes", "64", "messages/s")}/s");
        Add("What a streamed answer writes", "log written for a streamed answer of 1,000 tokens", "4 × writing it once", $"{At("What a streamed answer writes", "50", "× writing it once")} ×");
        return table.Rows.Count == 0 ? null : table;

        void Add(string source, string figure, string goal, string reached)
        {
            // What no part of this run has measured is left out.
            if (tables.Any(measured => measured.Title == source)) table.Add(figure, goal, reached);
        }
    }

    private string At(string title, string row, string column) => Cells(title, row, column) is [var first, ..] ? Table.Format(first) : "–";

    private string Most(string title, string row, string column) => Cells(title, row, column) is { Count: > 0 } all ? Table.Format(all.OfType<double>().DefaultIfEmpty().Max()) : "–";

    /// <summary>Of the row with this name, or of all whose names begin so.</summary>
    private List<object?> Cells(string title, string row, string column)
    {
        if (tables.FirstOrDefault(table => table.Title == title) is not { } found) return [];
        var at = found.Columns.ToList().IndexOf(column);
        if (at < 0) return [];
        var rows = found.Rows.Where(cells => cells[0]?.ToString() == row).ToList();
        if (rows.Count == 0) rows = [.. found.Rows.Where(cells => cells[0]?.ToString()?.StartsWith(row, StringComparison.Ordinal) == true)];
        return rows.ConvertAll(cells => cells[at]);
    }
}
