using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatOllama.Tests.Emulator;

/// <summary>Calls to the emulator as a client of Ollama makes them.</summary>
internal static class EmulatorCalls
{
    public static Task<HttpResponseMessage> ChatAsync(this EmulatorHost host, object body, string? fault = null, CancellationToken cancellation = default) =>
        host.SendAsync("/api/chat", body, fault, cancellation);

    public static async Task<HttpResponseMessage> SendAsync(this EmulatorHost host, string path, object body, string? fault = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (fault is not null) request.Headers.Add("X-Emulator-Fault", fault);
        return await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>All lines of an answer that is expected to be fine.</summary>
    public static async Task<IReadOnlyList<JsonNode>> LinesAsync(this HttpResponseMessage response)
    {
        using var answer = response;
        answer.EnsureSuccessStatusCode();
        return [.. (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    public static async Task<IReadOnlyList<JsonNode>> ChatLinesAsync(this EmulatorHost host, object body) => await (await host.ChatAsync(body)).LinesAsync();

    public static string Content(this IEnumerable<JsonNode> lines) => string.Concat(lines.Select(line => (string?)line["message"]?["content"]));

    public static string Thinking(this IEnumerable<JsonNode> lines) => string.Concat(lines.Select(line => (string?)line["message"]?["thinking"]));

    public static async Task<JsonElement> GetJsonAsync(this EmulatorHost host, string path) => await host.Client.GetFromJsonAsync<JsonElement>(path);

    public static async Task<string> ErrorAsync(this HttpResponseMessage response)
    {
        using var answer = response;
        return JsonElement.Parse(Encoding.UTF8.GetBytes(await answer.Content.ReadAsStringAsync())).GetProperty("error").GetString()!;
    }

    public static object[] User(string text) => [new { role = "user", content = text }];
}
