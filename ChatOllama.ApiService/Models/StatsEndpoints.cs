using System.Globalization;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Models;

/// <summary>What was answered over time: <c>/v1/stats</c>.</summary>
public static class StatsEndpoints
{
    /// <summary>A model that is in memory takes some ten milliseconds to begin; more was a load.</summary>
    private const double LoadMs = 100;

    private static readonly TimeSpan Usual = TimeSpan.FromDays(30), Longest = TimeSpan.FromDays(366);

    /// <summary>The statistics over all models.</summary>
    public static void MapStats(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/stats", GetAsync).WithName("GetStats").WithTags("Models")
            .WithSummary("Answers, tokens, speeds and errors by day or by model; model counts one only; from (inclusive) and to (exclusive) are days or times in UTC, the last 30 days unless given, 366 days at most")
            .Problems(400, 429);

    private static async Task<Ok<StatsView>> GetAsync(
        string? from, string? to, string? by, string? model, ModelCatalog catalog, IDbContextFactory<ChatDbContext> readers, CurrentUser user, TimeProvider time, CancellationToken cancellationToken)
    {
        var end = Time("to", to) ?? time.GetUtcNow().UtcDateTime;
        var start = Time("from", from) ?? (end - DateTime.MinValue > Usual ? end - Usual : DateTime.MinValue);
        if (start >= end)
            throw ProblemException.Validation("from", "from must be before to.");
        if (end - start > Longest)
            throw ProblemException.Validation("from", "from and to must be at most 366 days apart.");
        if (by is not (null or "day" or "model"))
            throw ProblemException.Validation("by", "by must be day or model.");
        var name = model is null ? null : (await catalog.GetAsync(cancellationToken)).Find(model)?.Row.Name ?? model;
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        var rows = await (by == "model" ? ByModel(db, user.Id, name, start, end) : ByDay(db, user.Id, name, start, end)).ToListAsync(cancellationToken);
        return TypedResults.Ok(new StatsView { From = start, To = end, By = by ?? "day", Items = [.. rows.Select(ToView)] });
    }

    // Times are stored as text that sorts, so the range is one walk along the index IX_messages_statistics, which has all that is added up (CROSS JOIN keeps SQLite from starting at the sessions). A day is its first ten characters.
    internal static IQueryable<Row> ByDay(ChatDbContext db, string user, string? model, DateTime from, DateTime to) => db.Database.SqlQuery<Row>($"""
        SELECT substr(m.created_at, 1, 10) AS Name, count(*) AS Messages,
            sum(coalesce(m.prompt_tokens, 0)) AS PromptTokens, sum(coalesce(m.completion_tokens, 0)) AS CompletionTokens,
            sum(coalesce(m.load_ms, 0) >= {LoadMs}) AS Loads, avg(CASE WHEN m.load_ms >= {LoadMs} THEN m.load_ms END) AS AverageLoadMs,
            sum(CASE WHEN m.tokens_per_second > 0 THEN m.completion_tokens END) AS SpeedTokens,
            sum(CASE WHEN m.tokens_per_second > 0 THEN m.completion_tokens / m.tokens_per_second END) AS SpeedSeconds,
            avg(m.first_token_ms) AS FirstTokenMs, count(m.first_token_ms) AS FirstTokenCount, sum(m.status = 'failed') AS Errors
        FROM messages m CROSS JOIN sessions s ON s.key = m.session_key
        WHERE m.role = 'assistant' AND m.created_at >= {from} AND m.created_at < {to} AND s.user_id = {user} AND ({model} IS NULL OR m.model = {model})
        GROUP BY 1 ORDER BY 1
        """);

    internal static IQueryable<Row> ByModel(ChatDbContext db, string user, string? model, DateTime from, DateTime to) => db.Database.SqlQuery<Row>($"""
        SELECT coalesce(m.model, '') AS Name, count(*) AS Messages,
            sum(coalesce(m.prompt_tokens, 0)) AS PromptTokens, sum(coalesce(m.completion_tokens, 0)) AS CompletionTokens,
            sum(coalesce(m.load_ms, 0) >= {LoadMs}) AS Loads, avg(CASE WHEN m.load_ms >= {LoadMs} THEN m.load_ms END) AS AverageLoadMs,
            sum(CASE WHEN m.tokens_per_second > 0 THEN m.completion_tokens END) AS SpeedTokens,
            sum(CASE WHEN m.tokens_per_second > 0 THEN m.completion_tokens / m.tokens_per_second END) AS SpeedSeconds,
            avg(m.first_token_ms) AS FirstTokenMs, count(m.first_token_ms) AS FirstTokenCount, sum(m.status = 'failed') AS Errors
        FROM messages m CROSS JOIN sessions s ON s.key = m.session_key
        WHERE m.role = 'assistant' AND m.created_at >= {from} AND m.created_at < {to} AND s.user_id = {user} AND ({model} IS NULL OR m.model = {model})
        GROUP BY 1 ORDER BY 2 DESC, 1
        """);

    private static StatsItem ToView(Row row) => new()
    {
        Name = row.Name,
        Messages = row.Messages,
        Tokens = row.PromptTokens + row.CompletionTokens,
        PromptTokens = row.PromptTokens,
        CompletionTokens = row.CompletionTokens,
        Loads = row.Loads,
        AverageLoadMs = row.AverageLoadMs is { } loading ? Math.Round(loading, 2) : null,
        AverageTokensPerSecond = row is { SpeedSeconds: > 0 and var seconds, SpeedTokens: { } tokens } ? Math.Round(tokens / seconds, 2) : null,
        AverageFirstTokenMs = row.FirstTokenMs is { } ms ? Math.Round(ms, 2) : null,
        FirstTokenCount = row.FirstTokenCount,
        SpeedTokens = row.SpeedTokens ?? 0,
        SpeedSeconds = Math.Round(row.SpeedSeconds ?? 0, 6),
        Errors = row.Errors,
    };

    private static DateTime? Time(string field, string? text)
    {
        if (text is null)
            return null;
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime
            : throw ProblemException.Validation(field, $"{field} must be a day such as 2026-11-22 or a time such as 2026-11-22T10:15:00Z.");
    }

    internal sealed record Row(
        string Name, long Messages, long PromptTokens, long CompletionTokens, long Loads, double? AverageLoadMs, long? SpeedTokens, double? SpeedSeconds, double? FirstTokenMs, long FirstTokenCount, long Errors);
}
