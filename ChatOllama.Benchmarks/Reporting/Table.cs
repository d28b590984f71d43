using System.Text;

namespace ChatOllama.Benchmarks.Reporting;

/// <summary>A table of results with the settings it was measured under. Cells are text in Markdown and values in JSON.</summary>
internal sealed class Table(string title, string settings, params string[] columns)
{
    private readonly List<object?[]> _rows = [];

    public string Title => title;
    public string Settings => settings;
    public IReadOnlyList<string> Columns => columns;
    public IReadOnlyList<object?[]> Rows => _rows;

    /// <summary>Adds a row; a null cell was not measured.</summary>
    public void Add(params object?[] cells)
    {
        if (cells.Length != columns.Length) throw new ArgumentException($"{title}: {cells.Length} cells for {columns.Length} columns.");
        _rows.Add(cells);
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine($"### {title}").AppendLine().AppendLine(settings).AppendLine();
        text.AppendLine($"| {string.Join(" | ", columns)} |");
        var number = _rows.Count > 0 && _rows[0][^1] is string ? " --- |" : " ---: |";
        text.AppendLine($"| --- |{string.Concat(Enumerable.Repeat(number, columns.Length - 1))}");
        foreach (var row in _rows) text.AppendLine($"| {string.Join(" | ", row.Select(Format))} |");
        return text.ToString();
    }

    /// <summary>Three significant digits are more than the machine is good for.</summary>
    public static string Format(object? cell) => cell switch
    {
        null => "–",
        double number when Math.Abs(number) >= 100 => number.ToString("#,0"),
        double number when Math.Abs(number) >= 10 => number.ToString("0.0"),
        double number => number.ToString("0.00"),
        long or int => string.Format(null, "{0:#,0}", cell),
        _ => cell.ToString()!,
    };
}
