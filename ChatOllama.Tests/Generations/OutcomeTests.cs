using System.Net;
using System.Net.Http.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Generations;

/// <summary>Every row of the outcome table: how a chat can end, streamed and not, and what is stored.</summary>
public class OutcomeTests
{
    private const string Message = """{"message":"Hi","session_id":"s"}""";
    private const string Streamed = """{"message":"Hi","session_id":"s","stream":true}""";

    /// <summary>Faults of Ollama: script, status and code when not streamed, part of the sentence, text kept.</summary>
    public static TheoryData<string, int, string, string, string> Faults => new()
    {
        { "error first", 502, ProblemCodes.Ollama, "out of luck", "" },
        { "error in mid-stream", 502, ProblemCodes.Ollama, "unexpected EOF", "some text" },
        { "end without done", 502, ProblemCodes.Ollama, "", "some text" },
        { "half a line", 502, ProblemCodes.Ollama, "", "some text" },
        { "status 500", 502, ProblemCodes.Ollama, "llama runner", "" },
        { "status 400", 502, ProblemCodes.Ollama, "does not support", "" },
        { "status 404", 502, ProblemCodes.Ollama, "not found", "" },
        { "queue full", 503, ProblemCodes.Overloaded, "server busy", "" },
        { "html from a proxy", 502, ProblemCodes.Ollama, "", "" },
        { "context", 422, ProblemCodes.ContextOverflow, "exceeds the available context size", "" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_of_Ollama_is_one_error_with_its_sentence_and_the_text_is_kept(string fault, int status, string code, string sentence, string text)
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", Script(fault));

        using var stream = await api.StreamAsync(Streamed);
        var error = (await stream.ToEndAsync()).Data;
        Assert.Equal(("error", code), (error.Type, error.Problem!.Code));
        Assert.Contains(sentence, error.Error, StringComparison.Ordinal);
        Assert.Equal((text, status, error.Error), (stream.Text, error.Problem.Status, error.Problem.Detail));
        var stored = await StoredAsync(api, error.MessageId!);
        Assert.Equal((MessageStatuses.Failed, text, code, error.Error), (stored.Status, stored.Content, stored.ProblemCode, stored.ProblemDetail));

        using var response = await api.PostAsync("/v1/chat", Message);
        var problem = await ApiHost.ProblemAsync(response, status, code);
        Assert.Contains(sentence, problem.Detail, StringComparison.Ordinal);
        Assert.Equal(0, api.Services.GetRequiredService<GenerationService>().Count);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_mid_stream_is_a_failure_with_the_text_kept()
    {
        await using var api = await ApiHost.StartAsync();
        var gate = new TaskCompletionSource();
        // A reset overtakes what is still on its way, so it waits until the text has arrived.
        api.Ollama.Script("demo", new ChatScript().Tokens("some", " text").WaitFor(gate.Task).AbortConnection());
        using var stream = await api.StreamAsync(Streamed);
        await stream.UntilTextAsync("some text");
        gate.SetResult();
        var error = (await stream.ToEndAsync()).Data;
        Assert.Equal(("error", ProblemCodes.Ollama, "some text"), (error.Type, error.Problem!.Code, stream.Text));
        var stored = await StoredAsync(api, error.MessageId!);
        Assert.Equal((MessageStatuses.Failed, "some text"), (stored.Status, stored.Content));
    }

    [Fact]
    public async Task A_length_limited_answer_is_complete_and_says_so()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("cut").Done("length"));
        Assert.Equal("length", (await api.ChatAsync(Message)).FinishReason);
    }

    [Fact]
    public async Task With_Ollama_down_a_known_model_gives_start_then_error_and_the_question_is_kept_for_a_retry()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync(Message);
        api.Ollama.Online = false;
        using var stream = await api.StreamAsync(Streamed);
        var error = (await stream.ToEndAsync()).Data;
        Assert.Equal(("start", ProblemCodes.OllamaUnreachable), (stream.Events[0].Data.Type, error.Problem!.Code));
        using var response = await api.PostAsync("/v1/chat", Message);
        await ApiHost.ProblemAsync(response, 503, ProblemCodes.OllamaUnreachable);

        var models = await api.Client.GetFromJsonAsync("/v1/models", ContractsJson.Default.ModelList, TestContext.Current.CancellationToken);
        Assert.False(models!.OllamaReachable);

        api.Ollama.Online = true;
        using var retry = await api.PostAsync($"/v1/messages/{error.MessageId}/regenerate", "{}");
        Assert.Equal(HttpStatusCode.OK, retry.StatusCode);
        Assert.Equal("complete", (await StoredAsync(api, (await retry.Content.ReadFromJsonAsync(ContractsJson.Default.ChatResponse, TestContext.Current.CancellationToken))!.Id)).Status);
    }

    [Fact]
    public async Task With_no_model_known_and_Ollama_down_nothing_is_stored()
    {
        await using var api = await ApiHost.StartAsync(setup => setup.OllamaUrl = "http://127.0.0.1:9");
        using var response = await api.PostAsync("/v1/chat", Streamed);
        await ApiHost.ProblemAsync(response, 503, ProblemCodes.OllamaUnreachable);
        await using var db = await api.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await db.Sessions.CountAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Too_many_waiting_is_refused_at_once_and_stores_nothing()
    {
        await using var api = await ApiHost.StartAsync(setup =>
        {
            setup.Settings["MAX_CONCURRENT_CHATS"] = "1";
            setup.Settings["MAX_QUEUED_CHATS"] = "1";
        });
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("x").WaitFor(gate.Task).Done());
        using var first = await api.StreamAsync("""{"message":"1","session_id":"a","stream":true}""");
        await first.UntilAsync("token");
        using var second = await api.StreamAsync("""{"message":"2","session_id":"b","stream":true}""");
        var queued = await second.UntilAsync("phase");
        Assert.Equal((ChatPhases.Queued, 1), (queued.Data.Phase, queued.Data.Place));
        using var third = await api.PostAsync("/v1/chat", """{"message":"3","session_id":"c","stream":true}""");
        await ApiHost.ProblemAsync(third, 503, ProblemCodes.Overloaded);
        Assert.NotNull(third.Headers.RetryAfter);

        gate.SetResult();
        await first.ToEndAsync();
        Assert.Equal("done", (await second.ToEndAsync()).Data.Type);
        await using var db = await api.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b"], await db.Sessions.Select(s => s.Id).Order().ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Phase_loading_becomes_prompt_as_soon_as_Ollama_has_the_model_and_generating_with_the_first_word()
    {
        await using var api = await ApiHost.StartAsync();
        var word = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().WaitFor(word.Task).Token("Here.").Done());
        using var stream = await api.StreamAsync(Streamed);
        Assert.Equal(ChatPhases.Loading, (await stream.UntilAsync("phase")).Data.Phase);
        (await api.PostAsync("/v1/models/demo/load", "")).Dispose();
        Assert.Equal(ChatPhases.Prompt, (await stream.UntilAsync("phase")).Data.Phase);
        word.SetResult();
        Assert.Equal(ChatPhases.Generating, (await stream.UntilAsync("phase")).Data.Phase);
        Assert.Equal("done", (await stream.ToEndAsync()).Data.Type);

        using var warm = await api.StreamAsync(Streamed);
        Assert.Equal(ChatPhases.Prompt, (await warm.UntilAsync("phase")).Data.Phase);
        await warm.ToEndAsync();
        // Another context than the one it runs with: Ollama loads it anew.
        using var wider = await api.StreamAsync("""{"message":"Hi","session_id":"s","stream":true,"options":{"context_length":8192}}""");
        Assert.Equal(ChatPhases.Loading, (await wider.UntilAsync("phase")).Data.Phase);
        await wider.ToEndAsync();
    }

    [Fact]
    public async Task Data_after_done_is_ignored_and_invalid_utf8_is_replaced()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Raw(System.Text.Encoding.Latin1.GetBytes("{\"model\":\"demo\",\"message\":{\"role\":\"assistant\",\"content\":\"a\xff b\"},\"done\":false}\n")).Done().Lines("{\"message\":{\"content\":\"late\"},\"done\":false}\n"));
        Assert.Equal("a\uFFFD b", (await api.ChatAsync(Message)).Content);
    }

    [Fact]
    public async Task A_NUL_in_an_answer_cuts_nothing_off()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("before\0after").Done());
        var answer = await api.ChatAsync(Message);
        Assert.Equal("before\uFFFDafter", answer.Content);
        Assert.Equal("before\uFFFDafter", (await StoredAsync(api, answer.Id)).Content);
    }

    private static ChatScript Script(string fault) => fault switch
    {
        "error first" => new ChatScript().Error("out of luck"),
        "error in mid-stream" => new ChatScript().Tokens("some", " text").Error("an error was encountered while running the model: unexpected EOF"),
        "end without done" => new ChatScript().Tokens("some", " text").EndWithoutDone(),
        "half a line" => new ChatScript().Tokens("some", " text").Lines("{\"model\":\"demo\",\"mess").EndWithoutDone(),
        "status 500" => new ChatScript().Status(500, """{"error":"llama runner process has terminated: signal: killed"}"""),
        "status 400" => new ChatScript().Status(400, """{"error":"\"demo\" does not support thinking"}"""),
        "status 404" => new ChatScript().Status(404, """{"error":"model 'demo' not found"}"""),
        "queue full" => new ChatScript().Status(503, """{"error":"server busy, please try again.  maximum pending requests exceeded"}"""),
        "html from a proxy" => new ChatScript().Status(502, "<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html"),
        "context" => new ChatScript().Status(400, """{"error":"{\"error\":{\"code\":400,\"message\":\"request (6035 tokens) exceeds the available context size (4096 tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":6035,\"n_ctx\":4096}}"}"""),
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    private static async Task<Message> StoredAsync(ApiHost api, string id)
    {
        await using var db = await api.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.Messages.SingleAsync(m => m.Id == id, TestContext.Current.CancellationToken);
    }
}
