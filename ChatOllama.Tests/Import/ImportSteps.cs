using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Http;
using Xunit;

namespace ChatOllama.Tests.Import;

/// <summary>What tests of the import do again and again.</summary>
internal static class ImportSteps
{
    // A PNG of one pixel.
    public static readonly byte[] Pixel = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    public static async Task<ImportResult> ImportAsync(this HttpClient client, byte[] file, string query = "")
    {
        using var response = await client.PostAsync("/v1/import" + query, new ByteArrayContent(file), TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ImportResult, TestContext.Current.CancellationToken))!;
    }

    public static Task<ImportResult> ImportAsync(this HttpClient client, string json, string query = "") => client.ImportAsync(Encoding.UTF8.GetBytes(json), query);

    public static async Task<Problem> RefusedAsync(this HttpClient client, byte[] file, string code = ProblemCodes.Validation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/import") { Content = new ByteArrayContent(file) };
        // What is too large is refused before it comes.
        request.Headers.ExpectContinue = true;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await response.ReadProblemAsync(code);
    }

    /// <summary>Everything there is, without the time at which it was asked for.</summary>
    public static async Task<JsonNode> ExportAsync(this HttpClient client)
    {
        var export = JsonNode.Parse(await client.GetStringAsync("/v1/export", TestContext.Current.CancellationToken))!;
        export.AsObject().Remove("exported_at");
        return export;
    }

    public static async Task<ChatExport> ReadExportAsync(this HttpClient client) =>
        (await client.GetFromJsonAsync("/v1/export", ContractsJson.Default.ChatExport, TestContext.Current.CancellationToken))!;

    /// <summary>A file of <c>Samples/</c>: made by hand in the manner of the program that it is named after.</summary>
    public static string Sample(string name) => File.ReadAllText(Path.Combine(Folder(), "Samples", name));

    /// <summary>An api without anything in it.</summary>
    public static Task<HttpApi> EmptyAsync() => HttpApi.StartAsync();

    /// <summary>Some of everything: a tree with two branches, an image, thinking, a failed answer, options, labels, and settings of a model.</summary>
    public static async Task FillAsync(ApiHost api)
    {
        using var models = await api.PostAsync("/v1/models/sync", "");
        using var config = await api.Client.PutAsJsonAsync("/v1/models/demo/config", new UpdateModelConfigRequest { Temperature = 0.3, SystemPrompt = "Be kind." }, ContractsJson.Default.UpdateModelConfigRequest, TestContext.Current.CancellationToken);
        using var named = await api.Client.PutAsJsonAsync("/v1/models/demo-vision", new UpdateModelRequest { DisplayName = "The one that sees" }, ContractsJson.Default.UpdateModelRequest, TestContext.Current.CancellationToken);
        using var session = await api.PostAsync("/v1/sessions", """{"id":"rich","title":"Grüße 🙂","folder":"Mail","tags":["a","ä"],"system_prompt":"Be brief.","options":{"temperature":0.5,"num_ctx":4096},"pinned":true}""");
        var first = await api.ChatAsync($$"""{"message":"Look","session_id":"rich","model":"demo-vision","images":["{{Convert.ToBase64String(Pixel)}}"],"options":{"seed":7},"think":false}""");
        using var again = await api.PostAsync($"/v1/messages/{first.Id}/regenerate", """{"model":"demo"}""");
        await api.ChatAsync("""{"message":"And now?\nTwo lines & <tags>","session_id":"rich","model":"demo"}""");
        api.Ollama.ScriptNext("demo", new ChatScript().Thinking("Hm.").Token("The first words").Error("model runner has unexpectedly stopped"));
        using var failed = await api.PostAsync("/v1/chat", """{"session_id":"failed","message":"Tell me everything"}""");
        await failed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await api.ChatAsync("""{"message":"Hello","session_id":"last"}""");
        using var archived = await api.Client.PatchAsync("/v1/sessions/last", new StringContent("""{"archived":true}""", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        using var empty = await api.PostAsync("/v1/sessions", """{"id":"empty"}""");
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
