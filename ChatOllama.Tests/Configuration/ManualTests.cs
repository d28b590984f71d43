using System.Runtime.CompilerServices;
using ChatOllama.ServiceDefaults.Configuration;
using Xunit;

namespace ChatOllama.Tests.Configuration;

public class ManualTests
{
    [Fact]
    public void The_table_of_the_manual_says_what_the_catalog_says()
    {
        var rows = File.ReadLines(Path.Combine(Repository(), "docs", "configuration.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(SettingCatalog.All.Select(Row), rows);
    }

    private static string Row(Setting setting) =>
        $"| `{setting.Name}` | {(setting.Default is null ? "(none)" : $"`{setting.Default}`")} | {setting.Description} |";

    private static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
