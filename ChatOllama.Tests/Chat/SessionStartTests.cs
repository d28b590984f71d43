using System.Net.Http.Json;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Chat;

/// <summary>Settings that the first message of a session brings along.</summary>
public class SessionStartTests
{
    [Fact]
    public async Task A_first_message_sets_up_its_session_and_a_later_one_changes_nothing()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Hi","session_id":"s","session":{"system_prompt":"Rhyme.","options":{"context_length":2048,"stop":["END"]}}}""");
        Assert.Equal(2048, api.Ollama.ChatRequests[^1].Body.GetProperty("options").GetProperty("num_ctx").GetInt32());
        await api.ChatAsync("""{"message":"Go on","session_id":"s","session":{"system_prompt":"Do not rhyme."}}""");
        Assert.Equal("Rhyme.", api.Ollama.ChatRequests[^1].Body.GetProperty("messages")[0].GetProperty("content").GetString());
        var session = await ReadAsync(api);
        Assert.Equal("Rhyme.", session.SystemPrompt);
        Assert.Equal(["num_ctx", "stop"], session.Options!.Keys.Order());
    }

    [Fact]
    public async Task Every_wrong_option_is_named_and_no_session_is_made()
    {
        await using var api = await ApiHost.StartAsync();
        using var refused = await api.PostAsync("/v1/chat", """{"message":"Hi","session_id":"s","session":{"options":{"temperature":3,"top_p":-1,"seed":1}}}""");
        var problem = await ApiHost.ProblemAsync(refused, 400, ProblemCodes.Validation);
        Assert.Equal(["session.options.temperature", "session.options.top_p"], problem.Errors!.Keys.Order());
        using var session = await api.Client.GetAsync("/v1/sessions/s", TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, session.StatusCode);
    }

    [Fact]
    public async Task A_message_to_an_existing_session_begins_none_when_that_has_gone()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Hi","session_id":"s"}""");
        await api.ChatAsync("""{"message":"Go on","session_id":"s","existing_session":true}""");
        using var refused = await api.PostAsync("/v1/chat", """{"message":"Go on","session_id":"gone","existing_session":true}""");
        await ApiHost.ProblemAsync(refused, 404, ProblemCodes.NotFound);
        using var session = await api.Client.GetAsync("/v1/sessions/gone", TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, session.StatusCode);
        Assert.Equal(2, api.Ollama.StartedChats);
    }

    private static async Task<SessionDetail> ReadAsync(ApiHost api) =>
        (await api.Client.GetFromJsonAsync("/v1/sessions/s", ContractsJson.Default.SessionDetail, TestContext.Current.CancellationToken))!;
}
