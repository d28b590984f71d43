using System.Text.Json;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Contract;

/// <summary>The document as a generator of clients reads it.</summary>
public class OpenApiContractTests
{
    /// <summary>What clients written against the older service call.</summary>
    private static readonly string[] Base =
    [
        "get /health", "get /ready", "get /live", "get /ping", "post /v1/chat", "get /v1/sessions", "get /v1/sessions/{id}/messages",
        "get /v1/models", "get /v1/models/{id}", "put /v1/models/{id}", "delete /v1/models/{id}", "post /v1/models/sync",
        "get /v1/models/{id}/config", "put /v1/models/{id}/config", "post /v1/models/{id}/default", "get /v1/models/{id}/stats",
    ];

    [Fact]
    public async Task Every_base_route_is_described()
    {
        using var document = await ReadAsync();
        var paths = document.RootElement.GetProperty("paths");
        var described = paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(o => $"{o.Name} {path.Name}"));
        Assert.Empty(Base.Except(described));
    }

    [Theory]
    [InlineData("/v1/chat")]
    [InlineData("/v1/messages/{id}/regenerate")]
    [InlineData("/v1/messages/{id}/continue")]
    public async Task An_answer_is_described_in_both_its_forms(string path)
    {
        using var document = await ReadAsync();
        var content = Operation(document, path, "post").GetProperty("responses").GetProperty("200").GetProperty("content");
        Assert.Equal("#/components/schemas/ChatResponse", Schema(content, "application/json"));
        Assert.Equal("#/components/schemas/ChatEvent", Schema(content, "text/event-stream"));
        Assert.All(document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("ChatResponse").GetProperty("properties").EnumerateObject(),
            p => Assert.Matches("^[a-z_]+$", p.Name));
    }

    [Fact]
    public async Task What_is_read_from_headers_is_described()
    {
        using var document = await ReadAsync();
        Assert.Equal(["Last-Event-ID in header", "after in query", "id in path"], Parameters(Operation(document, "/v1/messages/{id}/events", "get")));
        Assert.Equal(["Idempotency-Key in header"], Parameters(Operation(document, "/v1/chat", "post")));
    }

    [Fact]
    public async Task Bodies_are_required_where_they_are_and_every_reference_leads_somewhere()
    {
        using var document = await ReadAsync();
        Assert.True(Operation(document, "/v1/chat", "post").GetProperty("requestBody").GetProperty("required").GetBoolean());
        Assert.False(Operation(document, "/v1/messages/{id}/continue", "post").GetProperty("requestBody").TryGetProperty("required", out var required) && required.GetBoolean());
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(s => "#/components/schemas/" + s.Name);
        var references = References(document.RootElement).Distinct().ToList();
        Assert.NotEmpty(references);
        Assert.Empty(references.Except(schemas));
    }

    private static async Task<JsonDocument> ReadAsync()
    {
        await using var api = await ApiHost.StartAsync();
        return await Wire.ReadAsync(await api.Client.GetAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
    }

    private static JsonElement Operation(JsonDocument document, string path, string method) =>
        document.RootElement.GetProperty("paths").GetProperty(path).GetProperty(method);

    private static string? Schema(JsonElement content, string mediaType) =>
        content.GetProperty(mediaType).GetProperty("schema").GetProperty("$ref").GetString();

    private static IEnumerable<string> Parameters(JsonElement operation) =>
        operation.GetProperty("parameters").EnumerateArray().Select(p => $"{p.GetProperty("name").GetString()} in {p.GetProperty("in").GetString()}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.Name == "$ref" && p.Value.ValueKind == JsonValueKind.String ? [p.Value.GetString()!] : References(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
