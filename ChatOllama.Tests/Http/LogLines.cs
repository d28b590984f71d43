using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ChatOllama.Tests.Http;

/// <summary>A log kept in memory, each line with its scopes.</summary>
internal sealed class LogLines : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<LogLine> _lines = new();
    private IExternalScopeProvider? _scopes;

    public IReadOnlyCollection<LogLine> All => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() { }

    private sealed class Logger(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => lines._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scopes = new List<string>();
            lines._scopes?.ForEachScope((scope, list) => list.Add(scope?.ToString() ?? ""), scopes);
            lines._lines.Enqueue(new LogLine(logLevel, category, formatter(state, exception), string.Join(' ', scopes), exception));
        }
    }
}

internal sealed record LogLine(LogLevel Level, string Category, string Message, string Scopes, Exception? Exception);
