using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Contract;

/// <summary>Temporary exchanges beside kept ones.</summary>
public class TemporaryContractTests
{
    [Fact]
    public async Task A_temporary_message_cannot_take_the_place_of_a_session_that_can_be_restored()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"kept","session_id":"s"}""");
        await api.Client.DeleteAsync("/v1/sessions/s", TestContext.Current.CancellationToken);
        using var refused = await api.PostAsync("/v1/chat", """{"message":"secret","session_id":"s","temporary":true}""");
        await ApiHost.ProblemAsync(refused, 409, ProblemCodes.Conflict);
        using var restored = await api.PostAsync("/v1/sessions/s/restore", "");
        Assert.Equal(["kept"], await QuestionsAsync(api));
    }

    private static async Task<List<string?>> QuestionsAsync(ApiHost api)
    {
        using var list = await Wire.ReadAsync(await api.Client.GetAsync("/v1/sessions/s/messages", TestContext.Current.CancellationToken));
        return [.. list.RootElement.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() == "user").Select(m => m.GetProperty("content").GetString())];
    }
}
