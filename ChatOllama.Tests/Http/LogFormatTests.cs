using System.Text.Json;
using ChatOllama.ServiceDefaults.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Http;

public class LogFormatTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 11, 22, 1, 4, 5, 678, TimeSpan.Zero));

    [Fact]
    public void A_json_line_is_one_object_with_utc_time_scopes_and_fields()
    {
        var text = Write(new JsonLineFormatter(Time), "a\nb \"c\" é", new InvalidOperationException("broken"));
        Assert.EndsWith("}\n", text);
        Assert.Single(text.TrimEnd().Split('\n'));
        var line = JsonDocument.Parse(text).RootElement;
        Assert.Equal("2026-11-22T01:04:05.678Z", line.GetProperty("time").GetString());
        Assert.Equal("warn", line.GetProperty("level").GetString());
        Assert.Equal("ChatOllama.Some.Thing", line.GetProperty("category").GetString());
        Assert.Equal("a\nb \"c\" é", line.GetProperty("message").GetString());
        Assert.Equal("r-1", line.GetProperty("request_id").GetString());
        Assert.Equal(7, line.GetProperty("total_count").GetInt32());
        Assert.Contains("broken", line.GetProperty("exception").GetString());
        Assert.False(line.TryGetProperty("connection_id", out _));
    }

    [Fact]
    public void A_readable_line_stays_one_line_whatever_is_in_it()
    {
        var text = Write(new TextLineFormatter(Time), "a\r\ninfo forged\u001b[31m", null);
        Assert.Equal("01:04:05.678Z warn  Thing: a\\u000d\\u000ainfo forged\\u001b[31m request_id=r-1", text.TrimEnd('\n'));
    }

    [Fact]
    public void A_failed_start_that_is_told_in_one_line_is_not_told_again()
    {
        var writer = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Error, "Microsoft.Extensions.Hosting.Internal.Host", 11, "Hosting failed to start",
            new ServiceDefaults.Configuration.StartupException("The database is in use."), (s, _) => s);
        new JsonLineFormatter(Time).Write(entry, null, writer);
        Assert.Equal("", writer.ToString());
    }

    private static string Write(ConsoleFormatter formatter, string message, Exception? exception)
    {
        var scopes = new LoggerExternalScopeProvider();
        var writer = new StringWriter { NewLine = "\n" };
        using (scopes.Push(new Dictionary<string, object?> { ["ConnectionId"] = "c" }))
        using (scopes.Push(new Dictionary<string, object?> { ["request_id"] = "r-1" }))
        {
            var state = new Dictionary<string, object?> { ["TotalCount"] = 7, ["{OriginalFormat}"] = "…" };
            formatter.Write(new LogEntry<Dictionary<string, object?>>(LogLevel.Warning, "ChatOllama.Some.Thing", 1, state, exception, (_, _) => message), scopes, writer);
        }
        return writer.ToString();
    }
}
