using System.Net;
using System.Text.Json;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Contract;

/// <summary>The lists that older clients read, by the names on the wire.</summary>
public class SessionContractTests
{
    [Fact]
    public async Task The_list_of_sessions_has_the_names_of_the_contract()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Hello you","session_id":"test-session"}""");
        using var list = await GetAsync(api, "/v1/sessions");
        Assert.Equal(JsonValueKind.Null, list.RootElement.GetProperty("next_cursor").ValueKind);
        var session = list.RootElement.GetProperty("sessions").EnumerateArray().Single();
        Wire.HasNames(session, "id", "title", "created_at", "updated_at", "message_count", "model", "pinned", "archived", "folder", "tags", "is_running");
        Assert.Equal(("test-session", "Hello you", 2), (session.GetProperty("id").GetString(), session.GetProperty("title").GetString(), session.GetProperty("message_count").GetInt32()));
    }

    [Fact]
    public async Task The_list_of_messages_has_the_names_of_the_contract()
    {
        await using var api = await ApiHost.StartAsync();
        var answer = await api.ChatAsync("""{"message":"Hello you","session_id":"test-session"}""");
        using var list = await GetAsync(api, "/v1/sessions/test-session/messages");
        Wire.HasNames(list.RootElement, "session_id", "messages", "next_cursor");
        var messages = list.RootElement.GetProperty("messages").EnumerateArray().ToList();
        Assert.All(messages, m => Wire.HasNames(m, "id", "session_id", "parent_id", "role", "content", "thinking", "model", "tokens_used", "status", "created_at", "sibling_index", "sibling_count"));
        Assert.Equal(["user", "assistant"], messages.Select(m => m.GetProperty("role").GetString()));
        Assert.Equal((answer.Id, answer.Content, answer.TokensUsed), (messages[1].GetProperty("id").GetString(), messages[1].GetProperty("content").GetString(), messages[1].GetProperty("tokens_used").GetInt32()));
        Assert.Equal(messages[0].GetProperty("id").GetString(), messages[1].GetProperty("parent_id").GetString());
    }

    [Theory]
    [InlineData("/v1/sessions/nobody/messages", "not_found", 404)]
    [InlineData("/v1/sessions/nobody/messages?limit=0", "validation", 400)]
    [InlineData("/v1/no-such-route", "not_found", 404)]
    public async Task A_problem_has_the_names_of_the_contract(string path, string code, int status)
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Hello","session_id":"nobody-else"}""");
        using var response = await api.Client.GetAsync(path.Replace("nobody/messages?", "nobody-else/messages?", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = await Wire.ReadAsync(response, (HttpStatusCode)status);
        Wire.HasNames(problem.RootElement, "type", "code", "title", "status", "detail", "instance", "timestamp", "trace_id");
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        if (status == 400)
            Assert.Equal(JsonValueKind.Array, problem.RootElement.GetProperty("errors").GetProperty("limit").ValueKind);
    }

    private static async Task<JsonDocument> GetAsync(ApiHost api, string path) =>
        await Wire.ReadAsync(await api.Client.GetAsync(path, TestContext.Current.CancellationToken));
}
