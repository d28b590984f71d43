using System.Text.Json;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests;

public class ContractsTests
{
    [Fact]
    public void An_absent_field_is_unchanged_and_null_is_the_default_again()
    {
        var update = JsonSerializer.Deserialize("""{"title":null,"pinned":true}""", ContractsJson.Default.UpdateSessionRequest)!;
        Assert.True(update.Title.IsSet);
        Assert.Null(update.Title.Value);
        Assert.True(update.Pinned.Value);
        Assert.False(update.Folder.IsSet);
        Assert.Equal("""{"title":null,"pinned":true}""", JsonSerializer.Serialize(update, ContractsJson.Default.UpdateSessionRequest));
    }

    [Fact]
    public void Times_are_written_as_utc_with_z()
    {
        var report = new HealthReport { Status = "healthy", Timestamp = new DateTime(2026, 11, 22, 1, 2, 3), Services = [], Metadata = [] };
        Assert.Contains("\"timestamp\":\"2026-11-22T01:02:03Z\"", JsonSerializer.Serialize(report, ContractsJson.Default.HealthReport));
    }
}
