using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Chat;

/// <summary>Exchanges that are never written, and the keys they were sent with.</summary>
public class TemporaryTests
{
    private readonly TemporaryExchanges _store = new(TimeProvider.System);

    [Fact]
    public async Task A_key_stands_for_its_answer_until_its_session_is_closed()
    {
        await _store.CommitAsync(Exchange("first"));
        Assert.Equal("first", (await _store.CommitAsync(Exchange("second"))).KnownAnswerId);
        var other = await Assert.ThrowsAsync<ProblemException>(async () => await _store.CommitAsync(Exchange("third") with { BodyHash = "other" }));
        Assert.Equal(ProblemCodes.Conflict, other.Code);
        Assert.True(_store.Close("local", "s"));
        Assert.Null((await _store.CommitAsync(Exchange("fourth"))).KnownAnswerId);
    }

    [Fact]
    public async Task A_key_of_a_refused_message_stands_for_nothing()
    {
        await Assert.ThrowsAsync<ProblemException>(async () => await _store.CommitAsync(Exchange("first") with { ParentId = "unknown" }));
        Assert.Null((await _store.CommitAsync(Exchange("second"))).KnownAnswerId);
    }

    [Fact]
    public async Task A_temporary_chat_does_not_hide_a_stored_session()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Hi","session_id":"s"}""");
        using var response = await api.PostAsync("/v1/chat", """{"message":"Hi","session_id":"s","temporary":true}""");
        await ApiHost.ProblemAsync(response, 409, ProblemCodes.Conflict);
    }

    private static NewExchange Exchange(string answerId) => new()
    {
        UserId = "local",
        SessionId = "s",
        UserMessageId = answerId + "-question",
        AnswerId = answerId,
        Text = "Hi",
        Model = "demo:latest",
        IdempotencyKey = "key",
        BodyHash = "hash",
    };
}
