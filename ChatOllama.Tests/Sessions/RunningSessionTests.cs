using System.Net;
using System.Net.Http.Json;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Sessions;

/// <summary>Sessions while their answers are being written, with the real generations behind them.</summary>
public class RunningSessionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_shows_a_running_answer_up_to_now_and_events_go_on_exactly_there()
    {
        await using var api = await ApiHost.StartAsync();
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Tokens("Hello", " there").WaitFor(gate.Task).Token(", friend.").Done(promptTokens: 3, tokens: 4));
        using var stream = await api.StreamAsync("""{"message":"Hi","session_id":"s","stream":true}""");
        await stream.UntilTextAsync("Hello there");
        var id = stream.Events[0].Data.MessageId!;

        var running = await MessageAsync(api, id);
        Assert.Equal(("Hello there", "generating"), (running.Content, running.Status));
        Assert.NotNull(running.Cursor);
        Assert.True((await api.Client.GetFromJsonAsync("/v1/sessions/s", ContractsJson.Default.SessionDetail, Cancellation))!.IsRunning);
        var listed = (await api.Client.GetFromJsonAsync("/v1/sessions/s/messages", ContractsJson.Default.MessageList, Cancellation))!;
        Assert.Equal("Hello there", listed.Messages[1].Content);

        using var rest = await api.FollowAsync(id, running.Cursor);
        gate.SetResult();
        await rest.ToEndAsync();
        Assert.Equal(", friend.", rest.Text);
        await stream.ToEndAsync();

        var whole = await MessageAsync(api, id);
        Assert.Equal(("Hello there, friend.", "complete", "stop", 7), (whole.Content, whole.Status, whole.FinishReason, whole.TokensUsed));
        Assert.Null(whole.Cursor);
        Assert.Equal(3, whole.Usage!.PromptTokens);
        Assert.True(whole.Timings!.TotalMs > 0);
        Assert.Equal(running.ParentId, stream.Events[0].Data.UserMessageId);
    }

    [Fact]
    public async Task Deleting_a_session_stops_its_answer_and_restoring_brings_back_the_text_so_far()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("So far").StallForever());
        using var stream = await api.StreamAsync("""{"message":"Hi","session_id":"s","stream":true,"background":true}""");
        await stream.UntilTextAsync("So far");
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/sessions/s", Cancellation)).StatusCode);
        await api.Ollama.WaitForAbortAsync(1);
        Assert.Equal("done", (await stream.ToEndAsync()).Data.Type);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync("/v1/messages/" + stream.Events[0].Data.MessageId, Cancellation)).StatusCode);

        await api.Client.PostAsync("/v1/sessions/s/restore", null, Cancellation);
        var answer = await MessageAsync(api, stream.Events[0].Data.MessageId!);
        Assert.Equal(("So far", "stopped"), (answer.Content, answer.Status));
    }

    [Fact]
    public async Task A_failed_answer_says_why()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("Half").Error("the model ran away"));
        using var stream = await api.StreamAsync("""{"message":"Hi","stream":true}""");
        await stream.ToEndAsync();
        var answer = await MessageAsync(api, stream.Events[0].Data.MessageId!);
        Assert.Equal(("Half", "failed", ProblemCodes.Ollama, 502), (answer.Content, answer.Status, answer.Problem!.Code, answer.Problem.Status));
        Assert.Contains("the model ran away", answer.Problem.Detail);
        Assert.NotNull(answer.Problem.TraceId);
    }

    [Fact]
    public async Task A_temporary_session_can_be_read_and_closed_and_is_in_no_list()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("Nothing stays.").Done());
        await api.ChatAsync("""{"message":"Quiet please","session_id":"t","temporary":true}""");
        var session = (await api.Client.GetFromJsonAsync("/v1/sessions/t", ContractsJson.Default.SessionDetail, Cancellation))!;
        Assert.True(session.Temporary);
        var messages = (await api.Client.GetFromJsonAsync("/v1/sessions/t/messages", ContractsJson.Default.MessageList, Cancellation))!.Messages;
        Assert.Equal(["Quiet please", "Nothing stays."], messages.Select(m => m.Content));
        Assert.Equal("Nothing stays.", (await MessageAsync(api, messages[1].Id)).Content);
        Assert.Empty((await api.Client.GetFromJsonAsync("/v1/sessions", ContractsJson.Default.SessionList, Cancellation))!.Sessions);
        Assert.Empty((await api.Client.GetFromJsonAsync("/v1/search?q=quiet", ContractsJson.Default.SearchResult, Cancellation))!.Hits);
        using var taken = await api.PostAsync("/v1/sessions", """{"id":"t"}""");
        await ApiHost.ProblemAsync(taken, 409, ProblemCodes.Conflict);
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/sessions/t", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync("/v1/sessions/t/messages", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task What_was_said_is_found_by_search_once_it_is_whole()
    {
        await using var api = await ApiHost.StartAsync();
        api.Ollama.Script("demo", new ChatScript().Token("The zeppelin is silver.").Done());
        var answer = await api.ChatAsync("""{"message":"What colour is it?","session_id":"s"}""");
        var hits = (await api.Client.GetFromJsonAsync("/v1/search?q=zepp", ContractsJson.Default.SearchResult, Cancellation))!.Hits;
        var hit = Assert.Single(hits);
        Assert.Equal((answer.Id, "assistant", "s", "What colour is it?"), (hit.MessageId, hit.Role, hit.SessionId, hit.SessionTitle));
    }

    [Fact]
    public async Task Options_and_system_prompt_of_a_session_reach_the_model()
    {
        await using var api = await ApiHost.StartAsync();
        await api.PostAsync("/v1/sessions", """{"id":"s","system_prompt":"Be brief.","options":{"temperature":0.25,"context_length":2048}}""");
        await api.ChatAsync("""{"message":"Hi","session_id":"s"}""");
        var sent = api.Ollama.ChatRequests[^1].Body;
        Assert.Equal("Be brief.", sent.GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.Equal(0.25, sent.GetProperty("options").GetProperty("temperature").GetDouble());
        Assert.Equal(2048, sent.GetProperty("options").GetProperty("num_ctx").GetInt32());
        Assert.False(sent.GetProperty("options").TryGetProperty("top_p", out _));
    }

    [Fact]
    public async Task A_nul_in_a_message_is_refused_because_the_rest_would_be_lost()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", """{"message":"before\u0000after","session_id":"s"}""");
        var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        Assert.Equal(["message"], problem.Errors!.Keys);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync("/v1/sessions/s", Cancellation)).StatusCode);
    }

    private static async Task<MessageView> MessageAsync(ApiHost api, string id) =>
        (await api.Client.GetFromJsonAsync("/v1/messages/" + id, ContractsJson.Default.MessageView, Cancellation))!;
}
