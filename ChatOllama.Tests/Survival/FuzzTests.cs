using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using ChatOllama.ApiService.Backups;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Survival;

/// <summary>Every route of the OpenAPI document with values that nobody should send: each gets an answer in the shape of the contract, and none is a mistake of ours.</summary>
[Trait("Category", Rounds.Category)]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_sent_to_any_route_the_answer_has_the_shape_of_the_contract_and_the_server_lives()
    {
        await using var api = await ApiHost.StartAsync();
        var supply = new Supply(api);
        var random = new Random(Rounds.Seed);
        var hostile = new Hostile(random);
        var document = JsonNode.Parse(await api.Client.GetStringAsync("/openapi/v1.json", Stop))!.AsObject();
        var operations = Operations(document);
        var schemas = document["components"]!["schemas"]!.AsObject();
        var statuses = new SortedDictionary<int, int>();
        var known = await supply.FillAsync();
        for (var i = 0; i < Rounds.Of(300, 20_000); i++)
        {
            if (i % 200 == 199) known = await supply.FillAsync();
            var (method, path, operation) = hostile.Pick(operations);
            using var request = Make(method, path, operation, hostile, known, schemas);
            var status = await SendAsync(api, request, i);
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
        }
        output.WriteLine($"Seed {Rounds.Seed}, {operations.Count} operations: " + string.Join(", ", statuses.Select(s => $"{s.Value} × {s.Key}")));
        Assert.Equal("healthy", (await api.Client.GetFromJsonAsync("/health", ContractsJson.Default.HealthReport, Stop))!.Services["database"]);
        await api.StopAsync();
        Assert.Empty(DatabaseCheck.Run(Path.Combine(api.Folder, "chat.db"), deep: true));
    }

    private static async Task<int> SendAsync(ApiHost api, HttpRequestMessage request, int number)
    {
        var sent = request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(Stop));
        var where = $"Seed {Rounds.Seed}, request {number}: {request.Method} {request.RequestUri} {(sent.Length > 2000 ? sent[..2000] + "…" : sent)}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Patience);
        try
        {
            using var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var status = (int)response.StatusCode;
            if (status < 400) return status;
            Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{where}\n{status} without a problem");
            var problem = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.Problem, limit.Token))!;
            Assert.True(problem.Status == status && problem.Detail is { Length: > 0 } && problem.Code != ProblemCodes.Internal, $"{where}\n{status} {problem.Code}: {problem.Detail}");
            return status;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !Stop.IsCancellationRequested)
        {
            // Kestrel cuts a connection whose request it cannot make sense of; it answers those first.
            Assert.Fail($"{where}\n{failure.Message}");
            return 0;
        }
    }

    private static HttpRequestMessage Make(string method, string path, JsonObject operation, Hostile hostile, IReadOnlyList<string> known, JsonObject schemas)
    {
        var query = new List<string>();
        var headers = new List<string>();
        foreach (var parameter in (operation["parameters"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = parameter["name"]!.GetValue<string>();
            switch (parameter["in"]!.GetValue<string>())
            {
                case "path":
                    var value = hostile.Chance(0.6) ? hostile.Pick(known) : hostile.Text();
                    // Kestrel refuses a zero in the path by itself, before anything of ours, with a bare 400.
                    value = value.Replace("\0", "", StringComparison.Ordinal);
                    path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value.Length == 0 ? "-" : value), StringComparison.Ordinal);
                    break;
                case "query" when hostile.Chance(0.4):
                    query.Add($"{name}={Uri.EscapeDataString(hostile.Chance(0.2) ? hostile.Pick(known) : hostile.Text())}");
                    break;
                case "header" when hostile.Chance(0.3):
                    headers.Add(name);
                    break;
            }
        }
        var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), new Uri(path + (query.Count == 0 ? "" : "?" + string.Join('&', query)), UriKind.Relative));
        foreach (var header in headers) request.Headers.TryAddWithoutValidation(header, string.Concat(hostile.Text().Where(c => c is >= ' ' and <= '~')));
        var schema = operation["requestBody"]?["content"]?["application/json"]?["schema"] as JsonObject;
        if (method is "post" or "put" or "patch") request.Content = hostile.Body(schema, schemas);
        return request;
    }

    private static List<(string Method, string Path, JsonObject Operation)> Operations(JsonObject document) =>
        [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(o => o.Value is JsonObject).Select(o => (o.Key, path.Key, o.Value!.AsObject())))];

    /// <summary>Things that are there: the fuzz deletes what it finds.</summary>
    private sealed class Supply(ApiHost api)
    {
        private int _round;

        public async Task<IReadOnlyList<string>> FillAsync()
        {
            var known = new List<string>();
            var session = $"fuzz-{_round++}";
            using var sync = await api.PostAsync("/v1/models/sync", "");
            var models = await api.Client.GetFromJsonAsync("/v1/models?available=true", ContractsJson.Default.ModelList, Stop);
            known.AddRange(models!.Models.Take(5).SelectMany(model => new[] { model.Id, model.Name }));
            if (models.Models.Any(model => model.IsEnabled))
            {
                using var chat = await api.PostAsync("/v1/chat", $$"""{"message":"hello","session_id":"{{session}}"}""");
            }
            using var made = await api.PostAsync("/v1/sessions", $$"""{"id":"{{session}}-made"}""");
            known.Add(session);
            using var listed = await api.Client.GetAsync($"/v1/sessions/{session}/messages", Stop);
            if (listed.IsSuccessStatusCode)
                known.AddRange((await listed.Content.ReadFromJsonAsync(ContractsJson.Default.MessageList, Stop))!.Messages.Select(message => message.Id));
            return known;
        }
    }
}
