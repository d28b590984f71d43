using System.Net.Http.Json;
using System.Text;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Models;

public class StatsTests
{
    [Fact]
    public async Task Answers_are_counted_by_day_and_by_model()
    {
        await using var api = await ModelApi.StartAsync();
        Assert.Empty((await StatsAsync(api)).Items);
        await ChatAsync(api, "demo");
        await ChatAsync(api, "demo");
        await ChatAsync(api, "demo-think");
        api.Time.Advance(TimeSpan.FromDays(1));
        var late = await ChatAsync(api, "demo-think");

        // The default range ends now and excludes now, so the clock must go on.
        api.Time.Advance(TimeSpan.FromSeconds(1));
        var days = await StatsAsync(api);
        Assert.Equal([("2026-11-22", 3L), ("2026-11-23", 1L)], days.Items.Select(i => (i.Name, i.Messages)));
        Assert.Equal(late.TokensUsed, days.Items[1].Tokens);
        Assert.True(days.Items[1].Tokens > 0);
        Assert.All(days.Items, i => Assert.Equal(0, i.Errors));

        Assert.Equal(late.TokensUsed, days.Items[1].PromptTokens + days.Items[1].CompletionTokens);
        Assert.All(days.Items, i => Assert.Equal((0L, null), (i.Loads, i.AverageLoadMs)));
        Assert.Equal([("2026-11-22", 2L)], (await StatsAsync(api, "?model=demo")).Items.Select(i => (i.Name, i.Messages)));
        var models = await StatsAsync(api, "?by=model");
        Assert.Equal([("demo-think:latest", 2L), ("demo:latest", 2L)], models.Items.Select(i => (i.Name, i.Messages)));
        var second = await StatsAsync(api, "?by=model&from=2026-11-23&to=2026-11-24T00:00:00%2B00:00");
        Assert.Equal(("demo-think:latest", 1L), second.Items.Select(i => (i.Name, i.Messages)).Single());
    }

    [Fact]
    public async Task The_list_of_models_carries_their_totals_when_asked()
    {
        await using var api = await ModelApi.StartAsync();
        await ChatAsync(api, "demo");
        await ChatAsync(api, "demo");
        var models = (await api.Client.GetFromJsonAsync("/v1/models?stats=true", ContractsJson.Default.ModelList))!.Models;
        Assert.All(models, m => Assert.Equal(m.Name == "demo:latest" ? 2 : 0, m.Stats!.TotalMessages));
        Assert.True(models.Single(m => m.Name == "demo:latest").Stats!.TotalTokens > 0);
        Assert.DoesNotContain("\"stats\"", await api.Client.GetStringAsync("/v1/models"));
    }

    [Fact]
    public async Task Loads_are_the_answers_that_waited_for_their_model()
    {
        await using var api = await ModelApi.StartAsync();
        foreach (var _ in Enumerable.Range(0, 3))
            await ChatAsync(api, "demo");
        var writer = api.Services.GetRequiredService<DbWriter>();
        await writer.WriteAsync(context => context.Execute("UPDATE messages SET load_ms = 12 WHERE role = 'assistant'"));
        await writer.WriteAsync(context => context.Execute("UPDATE messages SET load_ms = 3000, status = 'failed' WHERE seq = (SELECT max(seq) FROM messages WHERE role = 'assistant')"));
        api.Time.Advance(TimeSpan.FromSeconds(1));
        var item = Assert.Single((await StatsAsync(api, "?by=model")).Items);
        Assert.Equal((3L, 1L, 3000.0, 1L), (item.Messages, item.Loads, item.AverageLoadMs, item.Errors));
    }

    [Fact]
    public async Task Averages_come_with_what_they_were_made_of_so_that_days_can_be_summed()
    {
        await using var api = await ModelApi.StartAsync();
        foreach (var _ in Enumerable.Range(0, 3))
            await ChatAsync(api, "demo");
        var writer = api.Services.GetRequiredService<DbWriter>();
        const string answers = "(SELECT seq FROM messages WHERE role = 'assistant' ORDER BY seq LIMIT 1 OFFSET ";
        await writer.WriteAsync(context =>
        {
            context.Execute($"UPDATE messages SET completion_tokens = 100, tokens_per_second = 50, first_token_ms = 300 WHERE seq = {answers} 0)");
            context.Execute($"UPDATE messages SET completion_tokens = 300, tokens_per_second = 50, first_token_ms = 100 WHERE seq = {answers} 1)");
            // One that failed before it began has no share in either.
            context.Execute($"UPDATE messages SET completion_tokens = NULL, tokens_per_second = NULL, first_token_ms = NULL, status = 'failed' WHERE seq = {answers} 2)");
        });
        api.Time.Advance(TimeSpan.FromSeconds(1));
        foreach (var by in new[] { "day", "model" })
        {
            var item = Assert.Single((await StatsAsync(api, "?by=" + by)).Items);
            Assert.Equal((3L, 2L, 200.0), (item.Messages, item.FirstTokenCount, item.AverageFirstTokenMs));
            Assert.Equal((400L, 8.0, 50.0), (item.SpeedTokens, item.SpeedSeconds, item.AverageTokensPerSecond));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_year_is_read_from_the_index_alone(bool byDay)
    {
        await using var api = await ModelApi.StartAsync();
        await using var db = await api.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        var (from, to) = (new DateTime(2026, 1, 1), new DateTime(2027, 1, 1));
        await using var connection = new SqliteConnection($"Data Source={api.DatabasePath};Pooling=False;Mode=ReadOnly");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var explain = (byDay ? StatsEndpoints.ByDay(db, "local", null, from, to) : StatsEndpoints.ByModel(db, "local", null, from, to)).CreateDbCommand();
        await using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + explain.CommandText;
        foreach (SqliteParameter parameter in explain.Parameters)
            command.Parameters.AddWithValue(parameter.ParameterName, parameter.Value);
        var plan = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            plan.Add(reader.GetString(3));
        Assert.Contains(plan, step => step.Contains("COVERING INDEX IX_messages_statistics", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("?by=hour", "by")]
    [InlineData("?from=yesterday", "from")]
    [InlineData("?to=2026-11-22T10:00", "to")]
    [InlineData("?from=2026-11-22&to=2026-11-22", "from")]
    [InlineData("?from=2020-01-01&to=2026-01-01", "from")]
    public async Task A_parameter_that_cannot_be_used_is_named(string query, string field)
    {
        await using var api = await ModelApi.StartAsync();
        Assert.Contains(field, (await api.ProblemAsync(HttpMethod.Get, "/v1/stats" + query, ProblemCodes.Validation)).Errors!.Keys);
    }

    private static async Task<StatsView> StatsAsync(ModelApi api, string query = "") => (await api.Client.GetFromJsonAsync("/v1/stats" + query, ContractsJson.Default.StatsView))!;

    private static async Task<ChatResponse> ChatAsync(ModelApi api, string model)
    {
        using var response = await api.Client.PostAsync("/v1/chat", new StringContent($$"""{"message":"Hello","model":"{{model}}"}""", Encoding.UTF8, "application/json"));
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse))!;
    }
}
