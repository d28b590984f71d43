using System.Text.Json;
using ChatOllama.ServiceDefaults.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatOllama.ServiceDefaults.Logging;

/// <summary>What the two log formats have in common: which fields a line has besides its message.</summary>
internal static class LogFields
{
    private const string OriginalFormat = "{OriginalFormat}";

    /// <summary>Calls <paramref name="write"/> with each field of the scopes and then of the event itself, in snake_case.</summary>
    public static void ForEach<TState, TWriter>(TState state, IExternalScopeProvider? scopes, TWriter writer, Action<TWriter, string, object?> write)
    {
        scopes?.ForEachScope((scope, target) => WriteAll(scope, target.writer, target.write, fromScope: true), (writer, write));
        WriteAll(state, writer, write, fromScope: false);
    }

    /// <summary>True for the host's report of a failed start that <see cref="ServiceRunner"/> is about to tell in one line.</summary>
    public static bool IsToldByRunner<TState>(in LogEntry<TState> entry) =>
        entry.Category == "Microsoft.Extensions.Hosting.Internal.Host" && entry.Exception is { } e && ServiceRunner.Explain(e) is not null;

    public static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private static void WriteAll<TWriter>(object? fields, TWriter writer, Action<TWriter, string, object?> write, bool fromScope)
    {
        if (fields is not IEnumerable<KeyValuePair<string, object?>> pairs)
            return;
        foreach (var (key, value) in pairs)
        {
            // The host's own scope: its ids say nothing beside the request id of RequestIdMiddleware, the path stands in the request's own line.
            if (key == OriginalFormat || (fromScope && key is "ConnectionId" or "RequestPath" or "RequestId"))
                continue;
            write(writer, JsonNamingPolicy.SnakeCaseLower.ConvertName(key), value);
        }
    }
}
