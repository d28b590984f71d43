using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Chat;

/// <summary>A message and its answer, as the base clients know them.</summary>
public class ChatTests
{
    [Fact]
    public async Task A_message_gets_a_whole_answer_with_what_it_cost()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Tokens("Hello", " there").Done(promptTokens: 31, tokens: 2));

        using var response = await api.PostAsync("/v1/chat", """{"message":"Hi","session_id":"test-session"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var body = await response.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken);
        Assert.Equal(("test-session", "Hello there", "stop", 33), (body!.SessionId, body.Content, body.FinishReason, body.TokensUsed));
        Assert.Equal((31, 2), (body.Usage!.PromptTokens, body.Usage.CompletionTokens));
        Assert.True(body.Timings!.TotalMs > 0);
        Assert.False(string.IsNullOrEmpty(response.Headers.GetValues("X-Request-Id").Single()));
    }

    [Fact]
    public async Task A_stream_has_start_phases_tokens_and_one_done()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Thinking("hm").Tokens("Hel", "lo \"x\" \n", "🙂").Done(promptTokens: 5, tokens: 3));

        using var stream = await api.StreamAsync("""{"message":"Hi","stream":true}""");
        var done = (await stream.ToEndAsync()).Data;

        Assert.Equal("no-cache", stream.Response.Headers.CacheControl?.ToString());
        Assert.Equal("no", stream.Response.Headers.GetValues("X-Accel-Buffering").Single());
        var start = stream.Events[0].Data;
        Assert.Equal(("start", "demo:latest"), (start.Type, start.Model));
        Assert.Equal(("1", 1L), (stream.Events[0].Id, long.Parse(stream.Events[0].Id)));
        Assert.NotNull(start.UserMessageId);
        Assert.Contains(stream.Events, e => e.Data is { Type: "phase", Phase: "generating" });
        Assert.Equal(("hm", "Hello \"x\" \n🙂"), (stream.Thinking, stream.Text));
        Assert.Equal(3, stream.Events.Count(e => e.Data.Type == "token"));
        Assert.All(stream.Events.Where(e => e.Data.Type == "token"), e => Assert.Equal(start.SessionId, e.Data.SessionId));
        Assert.Equal(("done", start.SessionId, start.MessageId, 8, "stop"), (done.Type, done.SessionId, done.MessageId, done.TotalTokens, done.FinishReason));
        Assert.Equal(5, done.Usage!.PromptTokens);
    }

    [Fact]
    public async Task The_whole_branch_goes_to_the_model_and_the_first_words_are_the_title()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.ScriptNext("demo", new ChatScript().Token("Cold rise.").Done());
        api.Ollama.ScriptNext("demo", new ChatScript().Token("Faster.").Done());
        await api.ChatAsync("""{"message":"Can the dough rise overnight?\nI get up late.","session_id":"s"}""");
        await api.ChatAsync("""{"message":"And at 8 degrees?","session_id":"s","system_prompt":"Be brief."}""");

        var sent = api.Ollama.ChatRequests[^1].Body.GetProperty("messages").EnumerateArray()
            .Select(m => (m.GetProperty("role").GetString(), m.GetProperty("content").GetString())).ToList();
        Assert.Equal([("system", "Be brief."), ("user", "Can the dough rise overnight?\nI get up late."), ("assistant", "Cold rise."), ("user", "And at 8 degrees?")], sent);
        Assert.False(api.Ollama.ChatRequests[^1].Body.GetProperty("truncate").GetBoolean());
        await using var db = await Db(api);
        var session = await db.Sessions.SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("Can the dough rise overnight?", 4), (session.Title, session.MessageCount));
    }

    [Fact]
    public async Task Nothing_that_nobody_set_is_sent()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Hi"}""");
        var body = api.Ollama.ChatRequests.Single().Body;
        Assert.Equal(["messages", "model", "stream", "truncate"], body.EnumerateObject().Select(p => p.Name).Order());
    }

    [Fact]
    public async Task Options_flow_from_request_over_session_over_model_config()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"first","session_id":"s"}""");
        using var config = await api.Client.PutAsync("/v1/models/demo:latest/config", JsonContent("""{"temperature":0.1,"top_p":0.2,"top_k":3,"max_tokens":50,"system_prompt":"config"}"""), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, config.StatusCode);
        await api.Services.GetRequiredService<DbWriter>().WriteAsync(c => c.Execute("UPDATE sessions SET options_json = '{\"top_p\":0.5,\"top_k\":7}', system_prompt = 'session'"));
        await api.ChatAsync("""{"message":"second","session_id":"s","options":{"top_k":9,"context_length":2048}}""");

        var body = api.Ollama.ChatRequests[^1].Body;
        var options = body.GetProperty("options");
        Assert.Equal((0.1f, 0.5f, 9, 50, 2048), (
            options.GetProperty("temperature").GetSingle(), options.GetProperty("top_p").GetSingle(),
            options.GetProperty("top_k").GetInt32(), options.GetProperty("num_predict").GetInt32(), options.GetProperty("num_ctx").GetInt32()));
        Assert.Equal("session", body.GetProperty("messages")[0].GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("{}", "message")]
    [InlineData("""{"message":"   "}""", "message")]
    [InlineData("""{"message":5}""", "message")]
    [InlineData("""{"message":"x","session_id":"a/b"}""", "session_id")]
    [InlineData("""{"message":"x","session_id":""}""", "session_id")]
    [InlineData("""{"message":"x","options":{"banana":1}}""", "options.banana")]
    [InlineData("""{"message":"x","options":{"temperature":9}}""", "options.temperature")]
    [InlineData("""{"message":"x","options":{"temperature":"hot"}}""", "options.temperature")]
    [InlineData("""{"message":"x","options":{"top_k":1.5}}""", "options.top_k")]
    [InlineData("""{"message":"x","options":{"max_tokens":10,"num_predict":20}}""", "options.num_predict")]
    [InlineData("""{"message":"x","think":"perhaps"}""", "think")]
    [InlineData("""{"message":"x","format":"yaml"}""", "format")]
    [InlineData("""{"message":"x","keep_alive":"soon"}""", "keep_alive")]
    [InlineData("""{"message":"x","model":"no-such-model"}""", "model")]
    [InlineData("""{"message":"x","stream":"yes"}""", "stream")]
    public async Task A_bad_field_is_named_and_nothing_is_stored(string json, string field)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", json);
        var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        Assert.True(problem.Errors?.ContainsKey(field) == true, $"errors: {JsonSerializer.Serialize(problem.Errors)}");
        await AssertNothingStored(api);
    }

    [Theory]
    [InlineData("{\"message\":\"x\"")]
    [InlineData("hello")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task A_body_that_is_no_json_object_is_refused(string body)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", body);
        await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        await AssertNothingStored(api);
    }

    [Fact]
    public async Task A_message_over_one_megabyte_is_refused_and_a_body_over_twenty_too()
    {
        await using var api = await ApiHost.StartAsync();
        using var message = await api.PostAsync("/v1/chat", $$"""{"message":"{{new string('x', 1_000_001)}}"}""");
        Assert.True((await ApiHost.ProblemAsync(message, 400, ProblemCodes.Validation)).Errors!.ContainsKey("message"));
        // As curl does with a large body: ask first, so that the refusal is read before anything is sent.
        using var large = new HttpRequestMessage(HttpMethod.Post, "/v1/chat") { Content = JsonContent($$"""{"message":"{{new string('x', 21 * 1024 * 1024)}}"}"""), Headers = { ExpectContinue = true } };
        using var body = await api.Client.SendAsync(large, TestContext.Current.CancellationToken);
        await ApiHost.ProblemAsync(body, 413, ProblemCodes.PayloadTooLarge);
        await AssertNothingStored(api);
    }

    [Fact]
    public async Task An_unknown_parent_is_not_found_and_nothing_is_stored()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", """{"message":"x","session_id":"s","parent_id":"nope"}""");
        await ApiHost.ProblemAsync(response, 404, ProblemCodes.NotFound);
        await AssertNothingStored(api);
    }

    [Fact]
    public async Task An_edited_question_branches_from_the_message_above()
    {
        await using var api = await ApiHost.StartAsync();
        var first = await api.ChatAsync("""{"message":"one","session_id":"s"}""");
        await api.ChatAsync("""{"message":"two","session_id":"s"}""");
        api.Ollama.ScriptNext("demo", new ChatScript().Token("edited").Done());
        await api.ChatAsync($$"""{"message":"two, edited","session_id":"s","parent_id":"{{first.Id}}"}""");
        var sent = api.Ollama.ChatRequests[^1].Body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()).ToList();
        Assert.Equal(["one", first.Content, "two, edited"], sent);

        await api.ChatAsync("""{"message":"a new beginning","session_id":"s","parent_id":"root"}""");
        Assert.Equal(["a new beginning"], api.Ollama.ChatRequests[^1].Body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Two_messages_at_once_to_one_session_form_a_line()
    {
        await using var api = await ApiHost.StartAsync();
        var gate = new TaskCompletionSource();
        api.Ollama.ScriptNext("demo", new ChatScript().Token("first answer").WaitFor(gate.Task).Done());
        api.Ollama.ScriptNext("demo", new ChatScript().Token("second answer").Done());
        using var first = await api.StreamAsync("""{"message":"one","session_id":"s","stream":true}""");
        await first.UntilTextAsync("first");
        using var second = await api.StreamAsync("""{"message":"two","session_id":"s","stream":true}""");
        await second.UntilAsync("start");
        Assert.Equal("queued", (await second.UntilAsync("phase")).Data.Phase);
        Assert.Single(api.Ollama.ChatRequests);

        gate.SetResult();
        Assert.Equal("done", (await first.ToEndAsync()).Data.Type);
        Assert.Equal("done", (await second.ToEndAsync()).Data.Type);
        Assert.Equal("second answer", second.Text);
        Assert.Equal(["one", "first answer", "two"], api.Ollama.ChatRequests[^1].Body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Concurrent_first_messages_make_one_session_with_all_of_them_in_a_line()
    {
        await using var api = await ApiHost.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => api.ChatAsync($$"""{"message":"message {{i}}","session_id":"new"}""")));
        Assert.Equal(8, answers.Select(a => a.Id).Distinct().Count());
        await using var db = await Db(api);
        var session = await db.Sessions.SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal(16, session.MessageCount);
        var parents = await db.Messages.OrderBy(m => m.Seq).Select(m => new { m.Seq, m.ParentSeq, m.Status }).ToListAsync(TestContext.Current.CancellationToken);
        Assert.All(parents, m => Assert.Equal("complete", m.Status));
        Assert.Single(parents, m => m.ParentSeq is null);
        Assert.Equal(15, parents.Select(m => m.ParentSeq).OfType<long>().Distinct().Count());
    }

    [Fact]
    public async Task The_same_idempotency_key_is_the_same_exchange()
    {
        await using var api = await ApiHost.StartAsync();
        const string body = """{"message":"once","session_id":"s"}""";
        using var first = await api.PostAsync("/v1/chat", body, "key-1");
        using var again = await api.PostAsync("/v1/chat", body, "key-1");
        var one = await first.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken);
        var two = await again.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken);
        Assert.Equal((one!.Id, one.Content), (two!.Id, two.Content));
        Assert.Single(api.Ollama.ChatRequests);
        using var other = await api.PostAsync("/v1/chat", """{"message":"twice","session_id":"s"}""", "key-1");
        await ApiHost.ProblemAsync(other, 409, ProblemCodes.Conflict);
    }

    [Fact]
    public async Task A_repeated_key_finds_its_answer_even_when_the_model_has_been_disabled()
    {
        await using var api = await ApiHost.StartAsync();
        const string body = """{"message":"once","session_id":"s","model":"demo"}""";
        using var first = await api.PostAsync("/v1/chat", body, "key");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var disabled = await api.Client.PutAsync("/v1/models/demo", JsonContent("""{"is_enabled":false}"""), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, disabled.StatusCode);
        using var again = await api.PostAsync("/v1/chat", body, "key");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_repeated_key_attaches_to_the_running_answer()
    {
        await using var api = await ApiHost.StartAsync();
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("so far").WaitFor(gate.Task).Token(", and on").Done());
        const string body = """{"message":"once","session_id":"s","stream":true}""";
        using var first = await api.StreamAsync(body, idempotencyKey: "k");
        await first.UntilTextAsync("so far");
        using var again = await api.StreamAsync(body, idempotencyKey: "k");
        await again.UntilTextAsync("so far");
        gate.SetResult();
        await Task.WhenAll(first.ToEndAsync(), again.ToEndAsync());
        Assert.Equal((first.Text, first.Events[0].Data.MessageId), (again.Text, again.Events[0].Data.MessageId));
        Assert.Single(api.Ollama.ChatRequests);
    }

    [Fact]
    public async Task A_temporary_exchange_is_never_written_and_still_has_a_memory()
    {
        await using var api = await ApiHost.StartAsync();
        var first = await api.ChatAsync("""{"message":"a secret","session_id":"tmp","temporary":true}""");
        await api.ChatAsync("""{"message":"what did I say?","session_id":"tmp"}""");
        Assert.Equal(["a secret", first.Content, "what did I say?"], api.Ollama.ChatRequests[^1].Body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()));
        using var replay = await api.FollowAsync(first.Id);
        await replay.ToEndAsync();
        Assert.Equal(first.Content, replay.Text);
        await AssertNothingStored(api);
        await api.StopAsync();
        foreach (var file in Directory.GetFiles(api.Folder, "chat.db*").Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
            Assert.DoesNotContain("a secret", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static StringContent JsonContent(string json) => new(json, System.Text.Encoding.UTF8, "application/json");

    private static Task<ChatDbContext> Db(ApiHost api) => api.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    private static async Task AssertNothingStored(ApiHost api)
    {
        await using var db = await Db(api);
        Assert.Equal((0, 0), (await db.Sessions.CountAsync(TestContext.Current.CancellationToken), await db.Messages.CountAsync(TestContext.Current.CancellationToken)));
    }
}
