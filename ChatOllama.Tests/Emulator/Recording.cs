using System.Text;
using System.Text.Json;
using ChatOllama.Emulator.Models;

namespace ChatOllama.Tests.Emulator;

/// <summary>One call that was recorded from a real Ollama, and the emulator set up like the server it was made to.</summary>
internal sealed record Recording(string Name, string Method, string Path, IReadOnlyList<string> Headers, string Body, int Status, IReadOnlyList<string> ResponseHeaders, string Response)
{
    private static readonly Lazy<IReadOnlyDictionary<string, Recording>> s_all = new(Load);

    public static IReadOnlyDictionary<string, Recording> All => s_all.Value;

    public string? ResponseHeader(string name) => ResponseHeaders
        .Where(header => header.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(header => header[(name.Length + 1)..].Trim()).FirstOrDefault();

    public HttpRequestMessage ToRequest()
    {
        var request = new HttpRequestMessage(new HttpMethod(Method), Path);
        if (Method is "POST" or "DELETE" or "PUT") request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
        foreach (var header in Headers)
        {
            var (name, value) = (header[..header.IndexOf(':')], header[(header.IndexOf(':') + 1)..].Trim());
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    /// <summary>An emulator with the models the recordings were made with.</summary>
    public static async Task<EmulatorHost> StartServerAsync(TimeProvider? time = null)
    {
        var host = await EmulatorHost.StartAsync(time: time);
        foreach (var model in host.Control.Models) host.Control.RemoveModel(model.Name);
        foreach (var model in Models()) host.Control.AddModel(model);
        return host;
    }

    private static IEnumerable<EmulatedModel> Models()
    {
        EmulatedModel[] models =
        [
            EmulatedModel.Talker("tiny", ModelKind.Babble) with
            {
                License = "Random weights, no rights reserved.", System = "You are tiny, a toy model.",
                Parameters = [new("stop", """["<|im_start|>","<|im_end|>"]"""), new("temperature", "0.8")],
            },
            EmulatedModel.Thinker("tiny-think", ModelKind.Babble) with { Parameters = [new("stop", """["<|im_start|>"]"""), new("temperature", "0.8")] },
            EmulatedModel.Thinker("small", ModelKind.Babble) with { Quantization = "Q8_0", Parameters = [new("temperature", "0.8")] },
            EmulatedModel.Thinker("tiny-jinja", ModelKind.Babble) with { Capabilities = ["completion"], IsJinja = true },
            EmulatedModel.Talker("tiny-long", ModelKind.Endless),
            EmulatedModel.Embedder("tiny-embed"),
        ];
        return models.Select(model => model with { Family = "llama", ContextLength = 8192 });
    }

    private static Dictionary<string, Recording> Load()
    {
        var all = new Dictionary<string, Recording>();
        var folder = System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", "ollama-wire");
        foreach (var line in Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines))
        {
            var json = JsonElement.Parse(line);
            var call = Text("line").Split(' ');
            all.Add(Text("name"), new Recording(Text("name"), call[0], call[1], Texts("headers"),
                Text("body").Replace("{{long}}", string.Concat(Enumerable.Repeat("river ", 6000))),
                json.GetProperty("status").GetInt32(), Texts("response_headers"), Text("response")));

            string Text(string name) => json.GetProperty(name).GetString()!;
            string[] Texts(string name) => [.. json.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
        }
        return all;
    }
}
