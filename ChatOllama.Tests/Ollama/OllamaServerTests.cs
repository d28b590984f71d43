using System.Text.Json;
using ChatOllama.ApiService.Ollama;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Ollama;

public class OllamaServerTests
{
    private static async Task<(T Result, string Line, string Body)> CallAsync<T>(string answer, Func<OllamaServer, Task<T>> call, string headers = "")
    {
        var (line, body) = ("", "");
        await using var server = RawServer.Start(c =>
        {
            (line, body) = (c.Head.Split("\r\n")[0], c.Body);
            return c.AnswerAsync("200 OK", answer, headers: headers);
        });
        using var transport = server.Transport();
        return (await call(new OllamaServer(transport)), line, body);
    }

    private static Task<(bool, string Line, string Body)> CallAsync(Func<OllamaServer, Task> call) =>
        CallAsync("", async c =>
        {
            await call(c);
            return true;
        });

    [Theory]
    [InlineData("404 Not Found")]
    [InlineData("503 Service Unavailable")]
    public async Task One_that_refuses_to_say_what_it_has_loaded_is_not_silent(string status)
    {
        await using var server = RawServer.Answer(status, "{}");
        using var transport = server.Transport();
        var ollama = new OllamaServer(transport);
        await Assert.ThrowsAsync<OllamaException>(() => ollama.LookAsync(TimeSpan.FromSeconds(30), default));
        Assert.False(ollama.IsSilent);
    }

    [Fact]
    public async Task Version_tells_whether_it_is_the_emulator()
    {
        Assert.Equal(new OllamaVersion("0.32.15"), (await CallAsync("""{"version":"0.32.15"}""", c => c.GetVersionAsync(default))).Result);
        Assert.True((await CallAsync("""{"version":"0.32.15"}""", c => c.GetVersionAsync(default), "X-ChatOllama-Emulator: 1\r\n")).Result.IsEmulator);
    }

    [Fact]
    public async Task Tags_carry_capabilities_and_the_longest_context()
    {
        var (tags, line, _) = await CallAsync(
            """{"models":[{"name":"tiny:latest","model":"tiny:latest","modified_at":"2026-11-22T17:24:31.98Z","size":9628539,"digest":"acf8","details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"4.79M","quantization_level":"F16","context_length":8192,"embedding_length":256},"capabilities":["completion"]}]}""",
            c => c.GetTagsAsync(default));
        Assert.Equal("GET /api/tags HTTP/1.1", line);
        var tag = Assert.Single(tags);
        Assert.Equal(("tiny:latest", 9628539L, "acf8", 8192, "4.79M", "F16"),
            (tag.Name, tag.Size, tag.Digest, tag.Details!.ContextLength, tag.Details.ParameterSize, tag.Details.QuantizationLevel));
        Assert.Equal(["completion"], tag.Capabilities!);
    }

    [Fact]
    public async Task Running_models_carry_the_context_they_run_with()
    {
        var running = (await CallAsync("""{"models":[{"name":"tiny:latest","size":30565988,"digest":"acf8","expires_at":"2319-03-05T17:32:41.1Z","size_vram":5,"context_length":4096}]}""",
            c => c.GetRunningAsync(default))).Result;
        Assert.Equal(("acf8", 4096, 5L), (running[0].Digest, running[0].ContextLength, running[0].SizeVram));
    }

    [Fact]
    public async Task Management_calls_send_what_ollama_expects()
    {
        Assert.Equal((true, "DELETE /api/delete HTTP/1.1", """{"model":"hf.co/a/b:Q4"}"""), await CallAsync(c => c.DeleteAsync("hf.co/a/b:Q4", default)));
        Assert.Equal((true, "POST /api/copy HTTP/1.1", """{"source":"a","destination":"b"}"""), await CallAsync(c => c.CopyAsync("a", "b", default)));
        Assert.Equal((true, "POST /api/generate HTTP/1.1", """{"model":"a","stream":false,"keep_alive":0}"""), await CallAsync(c => c.UnloadAsync("a", default)));
        Assert.Equal((true, "POST /api/generate HTTP/1.1", """{"model":"a","stream":false}"""), await CallAsync(c => c.LoadAsync("a", null, default)));
        Assert.Equal((true, "POST /api/generate HTTP/1.1", """{"model":"a","stream":false,"keep_alive":"10m"}"""),
            await CallAsync(c => c.LoadAsync("a", JsonElement.Parse("\"10m\""), default)));
    }

    [Fact]
    public async Task Show_and_embed_are_typed()
    {
        var show = await CallAsync("""{"template":"{{ .Prompt }}","details":{"family":"llama"},"model_info":{"general.architecture":"llama"},"tensors":[{"name":"x"}],"capabilities":["embedding"]}""",
            c => c.ShowAsync("tiny-embed", default));
        Assert.Equal(("llama", "embedding"), (show.Result.ModelInfo!["general.architecture"].GetString(), show.Result.Capabilities![0]));
        var embed = await CallAsync("""{"model":"e","embeddings":[[0.5,0],[1,-1]],"prompt_eval_count":6}""", c => c.EmbedAsync("e", ["a", "b"], default));
        Assert.Equal("""{"model":"e","input":["a","b"],"truncate":false}""", embed.Body);
        Assert.Equal([1f, -1f], embed.Result.Embeddings![1]);
    }

    [Fact]
    public async Task A_pull_reports_layers_and_ends_with_success()
    {
        await using var server = RawServer.Chunks("""{"status":"pulling manifest"}""" + "\n",
            """{"status":"pulling abc","digest":"sha256:abc","total":100,"completed":40}""" + "\n", """{"status":"success"}""" + "\n");
        using var transport = server.Transport();
        var lines = new List<OllamaProgress>();
        await foreach (var progress in new OllamaServer(transport).PullAsync("m", default))
            lines.Add(progress);
        Assert.Equal(["pulling manifest", "pulling abc", "success"], lines.Select(l => l.Status));
        Assert.Equal(("sha256:abc", 100L, 40L), (lines[1].Digest, lines[1].Total, lines[1].Completed));
    }

    [Theory]
    [InlineData("""{"error":"pull model manifest: file does not exist"}""", OllamaFault.Failed)]
    [InlineData("""{"status":"verifying"}""", OllamaFault.Incomplete)]
    [InlineData("<html>", OllamaFault.Malformed)]
    public async Task A_pull_that_does_not_succeed_throws(string line, OllamaFault kind)
    {
        await using var server = RawServer.Chunks("""{"status":"pulling manifest"}""" + "\n", line + "\n");
        using var transport = server.Transport();
        var fault = await Assert.ThrowsAsync<OllamaException>(async () =>
        {
            await foreach (var _ in new OllamaServer(transport).PullAsync("m", default))
            {
            }
        });
        Assert.Equal(kind, fault.Kind);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("<html></html>")]
    [InlineData("""{"models":[{"size":"big"}]}""")]
    [InlineData("")]
    public async Task A_list_that_is_none_is_malformed_and_not_empty(string answer)
    {
        var fault = await Assert.ThrowsAsync<OllamaException>(() => CallAsync(answer, c => c.GetTagsAsync(default)));
        Assert.Equal(OllamaFault.Malformed, fault.Kind);
    }

    [Fact]
    public async Task An_answer_without_end_is_refused()
    {
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync("application/json");
            var flood = new string(' ', 1024 * 1024);
            while (true)
                await c.ChunkAsync(flood);
        });
        using var transport = server.Transport();
        Assert.Equal(OllamaFault.Malformed, (await Assert.ThrowsAsync<OllamaException>(() => new OllamaServer(transport).GetVersionAsync(default))).Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_accepts_and_never_answers_times_out_and_is_let_go(bool afterHeaders)
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            if (afterHeaders)
                await c.BeginAsync("application/json");
            asked.SetResult();
            await c.DisconnectedAsync();
            gone.SetResult();
        });
        using var transport = server.Transport(time, TimeSpan.FromSeconds(30));
        var call = new OllamaServer(transport).GetTagsAsync(default);
        await asked.Task;
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var fault = await Assert.ThrowsAsync<OllamaException>(() => call);
        Assert.Equal(OllamaFault.Timeout, fault.Kind);
        Assert.Contains("OLLAMA_TIMEOUT", fault.Sentence);
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Loading_a_model_takes_what_it_takes()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        var loaded = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            asked.SetResult();
            await loaded.Task;
            await c.AnswerAsync("200 OK", """{"done":true,"done_reason":"load"}""");
        });
        using var transport = server.Transport(time);
        var load = new OllamaServer(transport).LoadAsync("m", null, default);
        await asked.Task;
        time.Advance(TimeSpan.FromHours(1));
        loaded.SetResult();
        await load;
    }
}
