using System.Net.Http.Json;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using Xunit;

namespace ChatOllama.Tests.Models;

public class DetailTests
{
    [Fact]
    public async Task Details_are_what_Ollama_knows_and_what_the_settings_here_put_in_its_place()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Thinker("tiny") with
        {
            System = "You are tiny.",
            License = "Yours.",
            Template = "{{ .System }}{{ .Prompt }}",
            Parameters = [new("stop", """["<|end|>","\"quoted\""]"""), new("temperature", "0.8")],
        }));
        await api.PutAsync("/v1/models/tiny/config", """{"temperature":0.2,"context_length":2048,"system_prompt":"Be brief.","custom_options":{"min_p":0.1}}""");
        var info = await DetailsAsync(api, "tiny");
        Assert.Equal(("tiny:latest", "You are tiny.", "Yours.", "{{ .System }}{{ .Prompt }}"), (info.Name, info.System, info.License, info.Template));
        Assert.Equal((32_768, 256, "F16", "demo"), (info.ContextLength, info.EmbeddingLength, info.Quantization, info.Family));
        Assert.Equal(["demo"], info.Families);
        Assert.Contains("thinking", info.Capabilities);
        Assert.Equal((await api.ModelAsync("tiny:latest")).Digest, info.Digest);
        Assert.True(info.Size > 0);
        Assert.StartsWith("# Modelfile", info.Modelfile);
        Assert.Equal([("stop", "<|end|>|\"quoted\""), ("temperature", "0.8")], info.Parameters.Select(p => (p.Name, string.Join('|', p.Values))));
        Assert.Equal([("temperature", "0.2", "0.8"), ("context_length", "2048", null), ("min_p", "0.1", null), ("system_prompt", "Be brief.", "You are tiny.")],
            info.Overrides.Select(o => (o.Name, o.Value, o.ModelValue)));
    }

    [Fact]
    public async Task What_Ollama_does_not_have_has_no_details()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("tiny")));
        api.Emulator.Control.RemoveModel("tiny");
        await api.SyncAsync();
        Assert.Contains("Pull it", (await api.ProblemAsync(HttpMethod.Get, "/v1/models/tiny/details", ProblemCodes.Conflict)).Detail);
        await api.ProblemAsync(HttpMethod.Get, "/v1/models/nope/details", ProblemCodes.NotFound);
    }

    [Fact]
    public async Task The_models_page_knows_how_it_is_loaded()
    {
        await using var api = await ModelApi.StartAsync();
        Assert.Null((await DetailAsync(api)).Loaded);
        await api.PostAsync("/v1/models/demo/load", """{"keep_alive":-1}""");
        var loaded = (await DetailAsync(api)).Loaded!;
        Assert.Equal((4096, true, null, 0), (loaded.ContextLength, loaded.Stays, loaded.ExpiresAt, loaded.VramShare));
    }

    [Fact]
    public void A_recorded_table_of_parameters_is_read()
    {
        var parameters = DetailEndpoints.Parameters("num_ctx                        2048\nstop                           \"X\"\nstop                           \"Y\"\ntemperature                    0.3");
        Assert.Equal([("num_ctx", "2048"), ("stop", "X,Y"), ("temperature", "0.3")], parameters.Select(p => (p.Name, string.Join(',', p.Values))));
        Assert.Empty(DetailEndpoints.Parameters(null));
    }

    private static async Task<ModelInfo> DetailsAsync(ModelApi api, string name) => (await api.Client.GetFromJsonAsync($"/v1/models/{name}/details", ContractsJson.Default.ModelInfo))!;

    private static async Task<ModelDetail> DetailAsync(ModelApi api) => (await api.Client.GetFromJsonAsync("/v1/models/demo", ContractsJson.Default.ModelDetail))!;
}
