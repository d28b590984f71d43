using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Deployment;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Web;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace ChatOllama.Tests.Telemetry;

/// <summary>
/// What an operator's collector gets, on real sockets. Alone: a collector listens to the whole process, and an instrument of another
/// host in it that ends takes the metrics of the same name along.
/// </summary>
[Collection(nameof(TelemetryTests))]
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
public partial class TelemetryTests
{
    [Fact(Timeout = 120_000)]
    public async Task One_trace_leads_from_the_web_through_the_api_to_Ollama_and_the_database()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var collector = await OtlpReceiver.StartAsync();
        await using var api = await ApiHost.StartAsync(setup => Export(setup.Settings, collector));
        api.Ollama.Script("demo", new ChatScript().Token("Secret answer.").Done());
        await using var web = await WebHost.StartAsync(new Uri(api.Url), builder => builder.Configuration.AddInMemoryCollection(Export([], collector)!));

        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat") { Content = JsonContent.Create(new { message = "Secret question", stream = false }) };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        request.RequestUri = new Uri(web.Url, request.RequestUri!);
        // A client that is traced itself, as every one in this process is now, would write a trace of its own into the header.
        using var untraced = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
        using var response = await untraced.SendAsync(request, stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(trace, response.Headers.GetValues("X-Request-Id").Single());

        using var search = new HttpRequestMessage(HttpMethod.Get, new Uri(web.Url, "/v1/search?q=Secret"));
        search.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        (await untraced.SendAsync(search, stop)).Dispose();

        List<OtlpSpan> Spans() => [.. collector.Spans.Where(span => span.TraceId == trace).DistinctBy(span => (span.Service, span.SpanId))];
        bool Has(string service, string name) => Spans().Exists(span => span.Service == service && span.Name.StartsWith(name, StringComparison.Ordinal));
        await collector.UntilAsync(() => Has("chatollama-web", "GET") && Has("chatollama-api", "GET") && Has("chatollama-web", "POST") && Has("chatollama-api", "POST") && Has("chatollama-api", "chat demo") && Has("chatollama-api", "database write"), stop);

        var spans = Spans().Where(span => span.Service == "chatollama-api").ToList();
        var answer = spans.First(span => span.Name == "chat demo:latest");
        Assert.Equal("ollama", answer.Attributes["gen_ai.provider.name"]);
        Assert.Equal("stop", answer.Attributes["gen_ai.response.finish_reasons"]);
        Assert.Equal("complete", answer.Attributes["chatollama.answer.status"]);
        Assert.True(int.Parse(answer.Attributes["gen_ai.usage.output_tokens"], System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Contains("gen_ai.server.time_to_first_token", answer.Attributes.Keys);
        Assert.Contains(spans, span => span.ParentId == answer.SpanId && span.Attributes.Values.Any(value => value.EndsWith("/api/chat", StringComparison.Ordinal)));
        Assert.All(collector.Raw, raw => Assert.DoesNotContain("Secret", raw));
    }

    [Fact(Timeout = 120_000)]
    public async Task The_numbers_of_answers_arrive_and_words_only_where_they_are_asked_for()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var collector = await OtlpReceiver.StartAsync();
        await using var api = await ApiHost.StartAsync(setup => Export(setup.Settings, collector)["TELEMETRY_CONTENT"] = "true");
        await AnswerAndFailAsync(api, () => collector.UntilAsync(() => collector.Metrics.ContainsKey("chatollama.checkpoint.lag"), stop));
        string[] expected = ["gen_ai.client.operation.duration", "gen_ai.server.time_to_first_token", "gen_ai.client.token.usage", "chatollama.answer.speed", "chatollama.answer.context_fill",
            "chatollama.answer.faults", "chatollama.ollama.faults", "chatollama.answers.running", "chatollama.answers.queued", "chatollama.checkpoint.lag",
            "chatollama.database.write_queue", "chatollama.pulls.unfinished", "http.server.request.duration"];
        await collector.UntilAsync(() => expected.All(collector.Metrics.ContainsKey)
            && collector.Spans.Any(span => span.Attributes.GetValueOrDefault("gen_ai.output.messages", "").Contains("Told answer.", StringComparison.Ordinal)
                && span.Attributes.GetValueOrDefault("gen_ai.input.messages", "").Contains("Told question", StringComparison.Ordinal)), stop);
    }

    [Fact(Timeout = 120_000)]
    public async Task Prometheus_reads_the_numbers_where_it_is_asked_for_and_nowhere_else()
    {
        await using var plain = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await plain.Client.GetAsync("/metrics", TestContext.Current.CancellationToken)).StatusCode);
        await using var api = await ApiHost.StartAsync(setup => setup.Settings["METRICS"] = "prometheus");
        await AnswerAndFailAsync(api, () => ScrapeAsync(api, "chatollama_checkpoint_lag"));
        var text = await ScrapeAsync(api, "error_type=\"incomplete\"");
        // Names change on the way to Prometheus: those that the dashboard and the alerts ask for are among them.
        var asked = MetricName().Matches(Repository.Read("docs/grafana/chatollama.json") + Repository.Read("docs/grafana/alerts.yml")).Select(name => name.Value).Distinct().ToList();
        Assert.True(asked.Count > 10);
        Assert.All(asked, name => Assert.Contains($"\n{name}{{", text));
    }

    [Fact]
    public async Task Without_a_caller_s_own_id_the_request_id_is_the_trace_s()
    {
        await using var api = await ApiHost.StartAsync();
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sessions/none");
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        using var response = await api.Client.SendAsync(request);
        Assert.Contains($"\"trace_id\":\"{trace}\"", await response.Content.ReadAsStringAsync());
    }

    [GeneratedRegex(@"\b(chatollama|gen_ai)_[a-z_]+_(total|sum|count|bucket|running|queued|queue|unfinished)\b")]
    private static partial Regex MetricName();

    /// <summary>What Prometheus gets, once that is in it: for a moment every reader gets the same.</summary>
    private static async Task<string> ScrapeAsync(ApiHost api, string until)
    {
        while (true)
        {
            var text = await api.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
            if (text.Contains(until, StringComparison.Ordinal)) return text;
            await Task.Yield();
        }
    }

    /// <summary>An answer that is saved while it runs, which <paramref name="saved"/> waits for, and one that breaks off.</summary>
    private static async Task AnswerAndFailAsync(ApiHost api, Func<Task> saved)
    {
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("Told answer.").Token(new string('.', 10_000)).WaitFor(gate.Task).Token(" The end.").Done(promptTokens: 20, tokens: 30));
        var answer = api.PostAsync("/v1/chat", """{"message":"Told question","options":{"context_length":4096}}""");
        await saved();
        gate.SetResult();
        (await answer).Dispose();
        api.Ollama.Script("demo", new ChatScript().Token("Half an").EndWithoutDone());
        (await api.PostAsync("/v1/chat", """{"message":"And then?"}""")).Dispose();
    }

    /// <summary>Sends at once what would otherwise wait for seconds.</summary>
    private static Dictionary<string, string> Export(Dictionary<string, string> settings, OtlpReceiver collector)
    {
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url;
        settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        // As development tools set it.
        settings["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true";
        settings["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true";
        settings["OTEL_BSP_SCHEDULE_DELAY"] = "50";
        settings["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        return settings;
    }
}
