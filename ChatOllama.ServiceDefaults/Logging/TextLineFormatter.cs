using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ChatOllama.ServiceDefaults.Logging;

/// <summary><c>LOG_FORMAT=console</c>: <c>19:00:00.123Z info  Category: message request_id=…</c>, exceptions on lines of their own. Thread-safe.</summary>
internal sealed class TextLineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "chatollama-console";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (LogFields.IsToldByRunner(entry))
            return;
        var line = new StringBuilder(256);
        line.Append(time.GetUtcNow().ToString("HH:mm:ss.fffZ ", CultureInfo.InvariantCulture))
            .Append(LogFields.Level(entry.LogLevel).PadRight(6))
            .Append(entry.Category[(entry.Category.LastIndexOf('.') + 1)..]).Append(": ");
        AppendOnOneLine(line, entry.Formatter(entry.State, entry.Exception));
        // The event's own fields stand in its message already.
        LogFields.ForEach<object?, StringBuilder>(null, scopeProvider, line, static (text, name, value) =>
        {
            text.Append(' ').Append(name).Append('=');
            AppendOnOneLine(text, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        });
        textWriter.WriteLine(line.ToString());
        if (entry.Exception is { } exception)
            textWriter.WriteLine(exception.ToString());
    }

    /// <summary>Nobody who writes a control character into a request may write a log line.</summary>
    private static void AppendOnOneLine(StringBuilder line, string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c))
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                line.Append(c);
        }
    }
}
