using System.Net.Http.Json;
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

    [Fact]
    public async Task A_temporary_chat_has_settings_of_its_own_that_can_be_changed()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Hi","session_id":"t","temporary":true,"session":{"system_prompt":"Be brief.","options":{"temperature":0.2}}}""");
        Assert.Equal(("Be brief.", "0.2"), Sent(api));
        await PatchAsync(api, """{"system_prompt":null,"options":{"temperature":0.9},"title":"Quiet"}""", 200);
        await api.ChatAsync("""{"message":"Again","session_id":"t"}""");
        Assert.Equal((null, "0.9"), Sent(api));
        var session = (await api.Client.GetFromJsonAsync("/v1/sessions/t", ContractsJson.Default.SessionDetail, TestContext.Current.CancellationToken))!;
        Assert.Equal(("Quiet", true, false), (session.Title, session.Temporary, session.IsRunning));
        await PatchAsync(api, """{"pinned":true}""", 409);
        await PatchAsync(api, """{"options":{"temperature":9}}""", 400);
    }

    [Fact]
    public async Task The_versions_of_a_temporary_question_can_be_walked()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"One","session_id":"t","temporary":true}""");
        await api.ChatAsync("""{"message":"Two","session_id":"t","parent_id":"root"}""");
        Assert.Equal("Two", (await MessagesAsync(api))[0].Content);
        await PatchAsync(api, $$"""{"active_message_id":"{{(await MessagesAsync(api))[0].PreviousSiblingId}}"}""", 200);
        Assert.Equal(["user", "assistant"], (await MessagesAsync(api)).Select(m => m.Role));
        Assert.Equal("One", (await MessagesAsync(api))[0].Content);
        var newestFirst = (await api.Client.GetFromJsonAsync("/v1/sessions/t/messages?order=desc", ContractsJson.Default.MessageList, TestContext.Current.CancellationToken))!;
        Assert.Equal(["assistant", "user"], newestFirst.Messages.Select(m => m.Role));
        await PatchAsync(api, """{"active_message_id":"unknown"}""", 400);
    }

    [Fact]
    public async Task What_was_uploaded_for_a_temporary_chat_is_on_no_disk_once_it_is_sent_and_gone_with_the_chat()
    {
        await using var api = await ApiHost.StartAsync();
        var image = await UploadAsync(api, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1], "photo.png");
        var text = await UploadAsync(api, "secret recipe"u8.ToArray(), "recipe.txt");
        await api.ChatAsync($$"""{"message":"Look","session_id":"t","model":"demo-vision","temporary":true,"images":["{{image.Id}}","{{text.Id}}"]}""");
        Assert.Empty(Directory.GetFiles(Path.Combine(api.Folder, "attachments"), "*", SearchOption.AllDirectories));
        var question = (await MessagesAsync(api))[0];
        Assert.Equal(["photo.png", "recipe.txt"], question.Attachments!.Select(a => a.Name));
        Assert.Equal("secret recipe", await api.Client.GetStringAsync("/v1/attachments/" + text.Id, TestContext.Current.CancellationToken));

        // The edited question brings them again.
        await api.ChatAsync($$"""{"message":"Look closer","session_id":"t","parent_id":"root","images":["{{image.Id}}","{{text.Id}}"]}""");
        Assert.Contains("secret recipe", api.Ollama.ChatRequests[^1].Body.GetProperty("messages")[0].GetProperty("content").GetString());
        using var closed = await api.Client.DeleteAsync("/v1/sessions/t", TestContext.Current.CancellationToken);
        using var gone = await api.Client.GetAsync("/v1/attachments/" + image.Id, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Images_of_temporary_chats_cannot_fill_the_memory()
    {
        // All refer to the same bytes: only the count is large.
        var image = new ExchangeAttachment("a", 0, "", "photo.png", "image/png", new byte[20_000_000]);
        var held = (int)(TemporaryExchanges.MaxAttachmentBytes / 20_000_000);
        for (var i = 0; i < held; i++) await _store.CommitAsync(Exchange("a" + i) with { IdempotencyKey = null, Attachments = [image] });
        var refused = await Assert.ThrowsAsync<ProblemException>(async () => await _store.CommitAsync(Exchange("more") with { IdempotencyKey = null, Attachments = [image] }));
        Assert.Equal(ProblemCodes.Overloaded, refused.Code);
        _store.Close("local", "s");
        await _store.CommitAsync(Exchange("more") with { Attachments = [image] });
    }

    private static (string? System, string? Temperature) Sent(ApiHost api)
    {
        var body = api.Ollama.ChatRequests[^1].Body;
        var first = body.GetProperty("messages")[0];
        return (first.GetProperty("role").GetString() == "system" ? first.GetProperty("content").GetString() : null,
            body.TryGetProperty("options", out var options) && options.TryGetProperty("temperature", out var value) ? value.ToString() : null);
    }

    private static async Task PatchAsync(ApiHost api, string json, int status)
    {
        using var response = await api.Client.PatchAsync("/v1/sessions/t", new StringContent(json, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
    }

    private static async Task<AttachmentView> UploadAsync(ApiHost api, byte[] bytes, string name)
    {
        using var response = await api.Client.PostAsync("/v1/attachments?name=" + name, new ByteArrayContent(bytes), TestContext.Current.CancellationToken);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.AttachmentView, TestContext.Current.CancellationToken))!;
    }

    private static async Task<IReadOnlyList<MessageView>> MessagesAsync(ApiHost api) =>
        (await api.Client.GetFromJsonAsync("/v1/sessions/t/messages", ContractsJson.Default.MessageList, TestContext.Current.CancellationToken))!.Messages;

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
