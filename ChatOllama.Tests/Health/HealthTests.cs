using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatOllama.ApiService.Health;
using ChatOllama.Contracts;
using ChatOllama.Tests.Models;
using Xunit;

namespace ChatOllama.Tests.Health;

public class HealthTests
{
    private static async Task<HealthReport> ReportAsync(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync(ContractsJson.Default.HealthReport))!;

    [Fact]
    public async Task With_database_and_ollama_it_is_healthy_and_says_what_it_runs_on()
    {
        await using var api = await ModelApi.StartAsync();
        using var response = await api.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        var report = await ReportAsync(response);
        Assert.Equal(("healthy", "healthy", "healthy"), (report.Status, report.Services["database"], report.Services["ollama"]));
        Assert.Equal(api.Time.GetUtcNow().UtcDateTime, report.Timestamp);
        Assert.StartsWith("3.", report.Metadata["sqlite_version"]);
        Assert.False(string.IsNullOrEmpty(report.Metadata["ollama_version"]));
        Assert.Equal("0.1.0", report.Metadata["version"]);
    }

    [Fact]
    public async Task The_emulator_is_never_taken_for_a_real_model()
    {
        await using var api = await ModelApi.StartAsync();
        var report = await ReportAsync(await api.Client.GetAsync("/health"));
        Assert.Equal("emulator", report.Metadata["ollama_mode"]);
        Assert.Contains("demo", report.Metadata["notice"]);
        Assert.Contains("ollama pull", report.Metadata["notice"]);
    }

    [Fact]
    public async Task Without_ollama_it_is_degraded_and_still_ready()
    {
        await using var api = await ModelApi.StartUnsyncedAsync(e => e.Control.Online = false);
        using var response = await api.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var report = await ReportAsync(response);
        Assert.Equal(("degraded", "healthy", "unhealthy"), (report.Status, report.Services["database"], report.Services["ollama"]));
        Assert.Null(report.Metadata["ollama_version"]);
        Assert.False(report.Metadata.ContainsKey("ollama_mode"));
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/ready")).StatusCode);
    }

    [Fact]
    public async Task An_ollama_that_accepts_and_never_answers_costs_a_bounded_wait()
    {
        await using var api = await ModelApi.StartUnsyncedAsync(e => e.Control.Hang = true);
        using var response = await api.AfterAsync(HealthProbes.Limit, api.Client.GetAsync("/health"));
        Assert.Equal("unhealthy", (await ReportAsync(response)).Services["ollama"]);
    }

    [Fact]
    public async Task By_the_wall_clock_it_answers_within_two_seconds()
    {
        await using var api = await ModelApi.StartUnsyncedAsync(e => e.Control.Hang = true, clock: TimeProvider.System);
        using (await api.Client.GetAsync("/live"))
        {
        }
        var watch = Stopwatch.StartNew();
        using var response = await api.Client.GetAsync("/health");
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
        Assert.Equal("degraded", (await ReportAsync(response)).Status);
    }

    [Fact]
    public async Task Without_its_database_it_is_unhealthy_and_not_ready()
    {
        await using var api = await ModelApi.StartAsync();
        File.Move(api.DatabasePath, api.DatabasePath + ".away");
        using var response = await api.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var report = await ReportAsync(response);
        Assert.Equal(("unhealthy", "unhealthy"), (report.Status, report.Services["database"]));
        Assert.Null(report.Metadata["sqlite_version"]);

        using var ready = await api.Client.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        var body = await ready.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("not ready", body.GetProperty("status").GetString());
        Assert.False(string.IsNullOrEmpty(body.GetProperty("reason").GetString()));
        File.Move(api.DatabasePath + ".away", api.DatabasePath);
    }

    [Theory]
    [InlineData("/ready", """{"status":"ready"}""")]
    [InlineData("/live", """{"status":"alive"}""")]
    [InlineData("/ping", ".")]
    public async Task The_small_ones_answer_to_the_letter(string path, string body)
    {
        await using var api = await ModelApi.StartUnsyncedAsync();
        Assert.Equal(body, await api.Client.GetStringAsync(path));
        using var head = await api.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        using var post = await api.Client.PostAsync(path, null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task Head_tells_the_same_status_without_a_body()
    {
        await using var api = await ModelApi.StartAsync();
        using var head = await api.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health"));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_document_names_each_route_once_with_its_answers()
    {
        await using var api = await ModelApi.StartUnsyncedAsync();
        var paths = (await api.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths");
        var names = paths.EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value.GetProperty("operationId").GetString()).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.Superset(new HashSet<string?> { "GetHealth", "GetReady", "GetLive", "Ping", "ListModels", "GetModel", "UpdateModel", "DeleteModel", "SyncModels", "SetDefaultModel", "GetModelConfig", "UpdateModelConfig", "GetModelStats" }, names.ToHashSet());
        Assert.True(paths.GetProperty("/health").GetProperty("get").GetProperty("responses").TryGetProperty("503", out _));
        Assert.True(paths.GetProperty("/v1/models/{id}").GetProperty("get").GetProperty("responses").TryGetProperty("404", out _));
    }
}
