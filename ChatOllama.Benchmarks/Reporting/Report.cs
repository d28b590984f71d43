using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatOllama.Benchmarks.Reporting;

/// <summary>Collects the tables of a run: prints each as soon as it is complete, and saves all as Markdown and JSON.</summary>
internal sealed class Report(BenchOptions options)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly Machine _machine = Machine.Describe();
    private readonly List<Table> _tables = [];
    private readonly List<string> _failures = [];

    /// <summary>What must not have happened: lost tokens, errors.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public void Begin()
    {
        Console.WriteLine(_machine);
        if (options.Quick) Console.WriteLine("A quick run: the figures are rough.");
        Console.WriteLine();
    }

    /// <summary>Says on standard error what is going on.</summary>
    public static void Progress(string what) => Console.Error.WriteLine($"· {what}");

    public void Add(Table table)
    {
        _tables.Add(table);
        Console.WriteLine(table.ToMarkdown());
    }

    public void Fail(string what)
    {
        _failures.Add(what);
        Console.WriteLine($"**{what}**");
        Console.WriteLine();
    }

    public async Task SaveAsync()
    {
        Directory.CreateDirectory(options.Out);
        await File.WriteAllTextAsync(Path.Combine(options.Out, "results.md"), ToMarkdown());
        await File.WriteAllTextAsync(Path.Combine(options.Out, "results.json"), ToJson());
    }

    private string ToMarkdown()
    {
        var text = new StringBuilder().AppendLine(_machine.ToString()).AppendLine();
        foreach (var table in WithSummary()) text.AppendLine(table.ToMarkdown());
        foreach (var failure in _failures) text.AppendLine($"**{failure}**").AppendLine();
        return text.ToString();
    }

    /// <summary>What the README shows comes first.</summary>
    private List<Table> WithSummary() => new Summary(_tables).ToTable() is { } summary ? [summary, .. _tables] : _tables;

    private string ToJson() => new JsonObject
    {
        ["machine"] = JsonSerializer.SerializeToNode(_machine),
        ["quick"] = options.Quick,
        ["failures"] = new JsonArray([.. _failures.Select(failure => JsonValue.Create(failure))]),
        ["tables"] = new JsonArray([.. WithSummary().Select(ToJson)]),
    }.ToJsonString(Indented);

    private static JsonObject ToJson(Table table) => new()
    {
        ["title"] = table.Title,
        ["settings"] = table.Settings,
        ["rows"] = new JsonArray([.. table.Rows.Select(row => new JsonObject(
            table.Columns.Zip(row).Select(cell => KeyValuePair.Create(cell.First, cell.Second is null ? null : JsonSerializer.SerializeToNode(cell.Second)))))]),
    };
}
