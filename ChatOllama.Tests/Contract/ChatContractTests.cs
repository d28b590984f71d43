using System.Net;
using System.Text;
using System.Text.Json;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Contract;

/// <summary><c>POST /v1/chat</c> as a client sees it that knows nothing but the contract: names on the wire, not our own types.</summary>
public class ChatContractTests
{
    private const string Message = """{"message":"Hi","session_id":"test-session"}""";

    [Fact]
    public async Task A_whole_answer_has_the_names_of_the_contract()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", Message);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        using var answer = await Wire.ReadAsync(response);
        var root = answer.RootElement;
        Wire.HasNames(root, "id", "session_id", "content", "thinking", "model", "created_at", "tokens_used", "finish_reason", "usage", "timings");
        Wire.HasNames(root.GetProperty("usage"), "prompt_tokens", "completion_tokens", "context_length");
        Wire.HasNames(root.GetProperty("timings"), "queue_ms", "load_ms", "first_token_ms", "total_ms", "tokens_per_second");
        Assert.Equal("test-session", root.GetProperty("session_id").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("thinking").ValueKind);
        Assert.EndsWith("Z", root.GetProperty("created_at").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_a_line_with_an_id_and_a_line_of_json_for_each_event()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Tokens("Hel", "lo").Done());
        using var response = await api.PostAsync("/v1/chat", """{"message":"Hi","session_id":"s","stream":true}""");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());

        var events = new List<JsonElement>();
        foreach (var block in (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (block.StartsWith(':')) continue;
            var lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.Matches("^id: [0-9]+$", lines[0]);
            Assert.StartsWith("data: {", lines[1], StringComparison.Ordinal);
            events.Add(JsonElement.Parse(lines[1]["data: ".Length..]));
        }
        Wire.HasNames(events[0], "type", "session_id", "user_message_id", "message_id", "model");
        Assert.Equal("start", Type(events[0]));
        var tokens = events.Where(e => Type(e) == "token").ToList();
        Assert.All(tokens, t => Wire.HasNames(t, "type", "content", "session_id"));
        Assert.Equal("Hello", string.Concat(tokens.Select(t => t.GetProperty("content").GetString())));
        Wire.HasNames(events[^1], "type", "session_id", "message_id", "total_tokens", "finish_reason", "usage", "timings");
        Assert.Equal("done", Type(events[^1]));
    }

    [Fact]
    public async Task An_error_in_a_stream_is_one_sentence_and_the_problem()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("a").Error("out of luck"));
        using var response = await api.PostAsync("/v1/chat", """{"message":"Hi","session_id":"s","stream":true}""");
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var last = JsonElement.Parse(body.TrimEnd().Split("data: ")[^1]);
        Wire.HasNames(last, "type", "session_id", "error", "problem");
        Assert.Equal(("error", "s", "out of luck"), (Type(last), last.GetProperty("session_id").GetString(), last.GetProperty("error").GetString()));
        Wire.HasNames(last.GetProperty("problem"), "type", "code", "title", "status", "detail", "timestamp", "trace_id");
    }

    [Fact]
    public async Task Stopped_by_a_call_a_caller_who_waits_gets_the_text_so_far()
    {
        await using var api = await ApiHost.StartAsync();
        var held = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("so far").WaitFor(held.Task).Done());
        var waiting = api.ChatAsync("""{"message":"Hi","session_id":"s","background":true}""");
        var id = await AnswerIdAsync(api);
        using (var follower = await api.FollowAsync(id))
            await follower.UntilTextAsync("so far");

        using var stopped = await api.PostAsync($"/v1/messages/{id}/stop", "");
        Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        var answer = await waiting;
        Assert.Equal((id, "so far", "stopped"), (answer.Id, answer.Content, answer.FinishReason));
    }

    [Theory]
    [InlineData("""{"message":5}""", "message", "a text")]
    [InlineData("""{"message":"x","session_id":5}""", "session_id", "a text")]
    [InlineData("""{"message":"x","model":{}}""", "model", "a text")]
    [InlineData("""{"message":"x","stream":"true"}""", "stream", "true or false")]
    [InlineData("""{"message":"x","background":1}""", "background", "true or false")]
    [InlineData("""{"message":"x","images":"x"}""", "images", "a list")]
    [InlineData("""{"message":"x","images":[1]}""", "images[0]", "a text")]
    [InlineData("""{"message":"x","options":[]}""", "options", "an object")]
    [InlineData("[]", "body", "an object")]
    public async Task A_wrong_type_says_which_would_be_right(string json, string field, string expected)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", json);
        var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        Assert.EndsWith($" must be {expected}.", problem.Errors![field].Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    public async Task Without_a_body_it_says_that_one_is_required(string json)
    {
        await using var api = await ApiHost.StartAsync();
        foreach (var path in new[] { "/v1/chat", "/v1/sessions" })
        {
            using var response = await api.PostAsync(path, json);
            var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
            Assert.Equal("A body is required: a JSON object.", problem.Errors!["body"].Single());
        }
    }

    [Fact]
    public async Task Half_a_character_is_refused_as_what_it_is()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", """{"message":"\ud83d"}""");
        var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        Assert.Equal("'message' is not valid Unicode text.", problem.Errors!["message"].Single());
    }

    [Fact]
    public async Task A_byte_order_mark_before_the_body_is_no_error()
    {
        await using var api = await ApiHost.StartAsync();
        using var content = new ByteArrayContent([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Message)]);
        content.Headers.ContentType = new("application/json");
        using var response = await api.Client.PostAsync("/v1/chat", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("num_ctx")]
    [InlineData("context_length")]
    public async Task An_option_out_of_range_is_named_as_the_caller_named_it(string name)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", $$$"""{"message":"x","options":{"{{{name}}}":0}}""");
        var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        Assert.StartsWith(name + " must be ", problem.Errors!["options." + name].Single(), StringComparison.Ordinal);
    }

    private static string? Type(JsonElement e) => e.GetProperty("type").GetString();

    /// <summary>The answer's id as soon as it is stored; a caller who waits for the whole answer learns it only at the end.</summary>
    private static async Task<string> AnswerIdAsync(ApiHost api)
    {
        await api.Ollama.WaitForChatsAsync(1);
        using var list = await Wire.ReadAsync(await api.Client.GetAsync("/v1/sessions/s/messages", TestContext.Current.CancellationToken));
        return list.RootElement.GetProperty("messages")[1].GetProperty("id").GetString()!;
    }
}
