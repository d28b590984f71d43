using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Ollama;
using Microsoft.Extensions.AI;
using Xunit;
using static ChatOllama.Tests.Ollama.Chatting;

namespace ChatOllama.Tests.Ollama;

public class OllamaChatClientTests
{
    [Fact]
    public async Task Text_and_thinking_arrive_as_contents_and_the_last_update_tells_how_it_ended()
    {
        await using var server = RawServer.Chunks(
            """{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}""" + "\n", Token("Hel"), "\n" + Token("lo") + Token(""), Done);
        using var transport = server.Transport();
        var updates = await transport.AllAsync();

        var contents = updates[..^1].SelectMany(u => u.Contents).ToList();
        Assert.Equal("hm", Assert.IsType<TextReasoningContent>(contents[0]).Text);
        Assert.Equal(["Hel", "lo"], contents[1..].Select(c => Assert.IsType<TextContent>(c).Text));
        var last = updates[^1];
        Assert.Equal(ChatFinishReason.Stop, last.FinishReason);
        var usage = Assert.IsType<UsageContent>(Assert.Single(last.Contents)).Details;
        Assert.Equal((31L, 7L, 38L), (usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount));
        Assert.Equal(TimeSpan.FromMilliseconds(30), Assert.IsType<OllamaDone>(last.RawRepresentation).TotalDuration);
        Assert.All(updates[..^1], u => Assert.Null(u.FinishReason));
    }

    [Fact]
    public async Task Text_in_the_last_line_is_not_lost()
    {
        await using var server = RawServer.Answer("200 OK", """{"model":"m","message":{"role":"assistant","content":"all at once"},"done":true,"done_reason":"length","eval_count":3}""");
        using var transport = server.Transport();
        var last = Assert.Single(await transport.AllAsync());
        Assert.Equal(("all at once", ChatFinishReason.Length), (last.Text, last.FinishReason));
    }

    [Fact]
    public async Task What_follows_the_last_line_is_ignored()
    {
        await using var server = RawServer.Chunks(Token("a"), Done + Token("no") + "rubbish\n{\"error\":\"no\"}\n");
        using var transport = server.Transport();
        Assert.Equal("a", (await transport.AllAsync()).Text());
    }

    [Fact]
    public async Task Every_split_point_of_the_stream_gives_the_same_answer()
    {
        var bytes = Encoding.UTF8.GetBytes(Token("é🦙") + Token("\n") + Done);
        var at = 0;
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(bytes[..at]);
            await c.ChunkAsync(bytes[at..]);
            await c.EndAsync();
        });
        using var transport = server.Transport();
        for (at = 1; at < bytes.Length; at++)
            Assert.Equal("é🦙\n", (await transport.AllAsync()).Text());
    }

    [Fact]
    public async Task Lines_of_one_network_read_come_together_and_do_not_wait_for_the_next()
    {
        var more = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(Token("1") + Token("2") + Token("3"));
            await more.Task;
            await c.ChunkAsync(Done);
            await c.EndAsync();
        });
        using var transport = server.Transport();
        using var client = new OllamaChatClient(transport);
        await using var updates = client.GetStreamingResponseAsync(Hello, Model).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(["1", "2", "3"], updates.Current.Contents.Select(c => Assert.IsType<TextContent>(c).Text));
        var last = updates.MoveNextAsync();
        Assert.False(last.IsCompleted);
        more.SetResult();
        Assert.True(await last);
        Assert.False(await updates.MoveNextAsync());
    }

    [Fact]
    public async Task Tool_calls_come_as_function_calls()
    {
        await using var server = RawServer.Chunks(
            """{"message":{"content":"","tool_calls":[{"id":"c1","function":{"name":"weather","arguments":{"city":"Paris"}}}]},"done":false}""" + "\n", Done);
        using var transport = server.Transport();
        var updates = await transport.AllAsync();
        Assert.Equal("weather", Assert.IsType<FunctionCallContent>(Assert.Single(updates[0].Contents)).Name);
        Assert.Equal(ChatFinishReason.ToolCalls, updates[^1].FinishReason);
    }

    [Fact]
    public async Task One_connection_serves_one_answer_after_the_other()
    {
        await using var server = RawServer.Chunks(Token("a"), Done);
        using var transport = server.Transport();
        for (var i = 0; i < 5; i++)
            await transport.AllAsync();
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task Without_streaming_it_is_the_same_answer_in_one()
    {
        await using var server = RawServer.Chunks(Token("Hel"), Token("lo"), Done);
        using var transport = server.Transport();
        using var client = new OllamaChatClient(transport);
        var response = await client.GetResponseAsync(Hello, Model);
        Assert.Equal(("Hello", ChatFinishReason.Stop, 7L), (response.Text, response.FinishReason, response.Usage!.OutputTokenCount));
    }

    [Fact]
    public async Task The_request_names_its_own_host_and_no_origin()
    {
        var head = "";
        await using var server = RawServer.Start(c =>
        {
            head = c.Head;
            return c.AnswerAsync("200 OK", Done);
        });
        using var transport = server.Transport();
        await transport.AllAsync();
        Assert.StartsWith("POST /api/chat HTTP/1.1\r\n", head);
        Assert.Contains($"Host: {server.Url.Authority}\r\n", head);
        Assert.DoesNotContain("Origin", head);
    }

    [Fact]
    public async Task An_address_with_path_and_credentials_is_obeyed_and_not_repeated_in_faults()
    {
        var head = "";
        await using var server = RawServer.Start(c =>
        {
            head = c.Head;
            return c.AnswerAsync("200 OK", Done);
        });
        using var transport = RawServer.Transport(new UriBuilder(server.Url) { UserName = "me", Password = "p%40ss", Path = "/ollama" }.Uri);
        await transport.AllAsync();
        Assert.StartsWith("POST /ollama/api/chat HTTP/1.1\r\n", head);
        Assert.Contains($"Authorization: Basic {Convert.ToBase64String("me:p@ss"u8)}\r\n", head);
        Assert.DoesNotContain("p@ss", transport.Address.ToString());
        Assert.DoesNotContain("p%40ss", transport.Address.ToString());
    }

    [Fact]
    public void A_request_without_a_model_is_a_mistake_of_the_caller()
    {
        Assert.Throws<ArgumentException>(() => ChatRequestWriter.Write(Hello, new ChatOptions(), null));
    }

    [Fact]
    public void What_nobody_set_is_not_sent()
    {
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hello"}],"stream":true,"truncate":false}""", Written(Hello, Model, null));
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hello"}],"stream":true,"truncate":false}""",
            Written(Hello, Model, new() { Options = new() { ["num_ctx"] = JsonElement.Parse("null") }, Think = JsonElement.Parse("null") }));
    }

    [Fact]
    public void Options_are_merged_and_ollamas_own_names_win()
    {
        var options = new ChatOptions
        {
            ModelId = "m",
            Temperature = 0.7f,
            TopP = 0.9f,
            TopK = 40,
            Seed = 7,
            MaxOutputTokens = 100,
            StopSequences = ["END"],
            ResponseFormat = ChatResponseFormat.Json,
        };
        var raw = new OllamaRequestOptions
        {
            Options = new() { ["temperature"] = JsonElement.Parse("0.1"), ["num_ctx"] = JsonElement.Parse("8192"), ["seed"] = JsonElement.Parse("null") },
            Think = JsonElement.Parse("\"low\""),
            KeepAlive = JsonElement.Parse("-1"),
        };
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hello"}],"stream":true,"truncate":false,"think":"low","keep_alive":-1,"format":"json","""
            + "\"options\":" + """{"top_p":0.9,"top_k":40,"num_predict":100,"stop":["END"],"temperature":0.1,"num_ctx":8192}}""", Written(Hello, options, raw));
        Assert.Contains("\"format\":{\"type\":\"object\"}", Written(Hello, options, new() { Format = JsonElement.Parse("""{"type":"object"}""") }));
        Assert.Contains("\"truncate\":true", Written(Hello, options, new() { Truncate = true }));
    }

    [Fact]
    public void Messages_keep_role_text_thinking_images_and_tool_traffic()
    {
        ChatMessage[] messages =
        [
            new(ChatRole.User, [new TextContent("look: \"é🦙\" \ud83e"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")]),
            new(ChatRole.Assistant, [new TextReasoningContent("hm"), new TextContent("ok"), new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Paris" })]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "22 C")]),
        ];
        Assert.Equal("""
            [{"role":"system","content":"Be brief."},{"role":"user","content":"look: \"é🦙\" �","images":["AQID"]},{"role":"assistant","content":"ok","thinking":"hm","tool_calls":[{"id":"c1","function":{"name":"weather","arguments":{"city":"Paris"}}}]},{"role":"tool","content":"22 C","tool_call_id":"c1","tool_name":"weather"}]
            """, JsonElement.Parse(Written(messages, new() { ModelId = "m", Instructions = "Be brief." }, null)).GetProperty("messages").GetRawText()
                .Replace("\\uD83E\\uDD99", "🦙", StringComparison.Ordinal).Replace("\\uFFFD", "\uFFFD", StringComparison.Ordinal));
        Assert.Throws<NotSupportedException>(() => Written([new(ChatRole.User, [new DataContent(new byte[] { 1 }, "audio/wav")])], Model, null));
    }

    private static string Written(ChatMessage[] messages, ChatOptions options, OllamaRequestOptions? raw) =>
        Encoding.UTF8.GetString(ChatRequestWriter.Write(messages, options, raw).Span);
}
