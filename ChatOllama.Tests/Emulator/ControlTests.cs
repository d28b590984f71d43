using System.Net;
using ChatOllama.Emulator.Control;
using Xunit;

namespace ChatOllama.Tests.Emulator;

public class ControlTests
{
    [Fact]
    public async Task A_script_sends_its_steps_when_its_gates_open()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var (headers, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        emulator.Control.Script("anything", new ChatScript().WaitFor(headers.Task).Thinking("hm").WaitFor(second.Task).Token("Hel").Token("lo").Done("length", promptTokens: 7));
        var answer = emulator.ChatAsync(Chat("anything"));
        await emulator.Control.WaitForChatsAsync(1);
        Assert.False(answer.IsCompleted);
        headers.SetResult();
        using var reader = new StreamReader(await (await answer).Content.ReadAsStreamAsync());
        Assert.Contains("\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}", await reader.ReadLineAsync());
        var next = reader.ReadLineAsync();
        Assert.False(next.IsCompleted);
        second.SetResult();
        Assert.Contains("\"content\":\"Hel\"", await next);
        Assert.Contains("\"content\":\"lo\"", await reader.ReadLineAsync());
        var done = await reader.ReadLineAsync();
        Assert.Contains("\"done\":true,\"done_reason\":\"length\"", done);
        Assert.Contains("\"prompt_eval_count\":7,", done);
        Assert.Contains("\"eval_count\":3,", done);
        Assert.Null(await reader.ReadLineAsync());
        await emulator.Control.WaitForCompletedAsync(1);
    }

    [Fact]
    public async Task Scripts_for_the_next_chats_queue_up_before_the_lasting_one()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        emulator.Control.Script("demo", new ChatScript().Token("always").Done());
        emulator.Control.ScriptNext("demo", new ChatScript().Token("first").Done());
        emulator.Control.ScriptNext("demo", new ChatScript().Token("second").Done());
        foreach (var expected in new[] { "first", "second", "always", "always" }) Assert.Equal(expected, (await emulator.ChatLinesAsync(Chat("demo"))).Content());
        emulator.Control.Script("demo", null);
        Assert.NotEqual("always", (await emulator.ChatLinesAsync(Chat("demo"))).Content());
    }

    [Fact]
    public async Task Without_streaming_a_script_answers_with_one_object()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        emulator.Control.ScriptNext("demo", new ChatScript().Thinking("hm").Tokens("Hel", "lo").Done());
        var whole = Assert.Single(await emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User("x"), stream = false }));
        Assert.Equal("Hello", (string?)whole["message"]!["content"]);
        Assert.Equal("hm", (string?)whole["message"]!["thinking"]);
        emulator.Control.ScriptNext("demo", new ChatScript().Error("broken"));
        using var failed = await emulator.ChatAsync(new { model = "demo", messages = EmulatorCalls.User("x"), stream = false });
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        Assert.Equal("broken", await failed.ErrorAsync());
    }

    [Fact]
    public async Task Headers_can_leave_before_the_body()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        emulator.Control.Script("demo", new ChatScript().Headers().StallForever());
        using var response = await emulator.ChatAsync(Chat("demo"));
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Requests_are_kept_with_headers_and_body()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/chat") { Content = new StringContent("""{"model":"demo","messages":[],"keep_alive":-1}""") };
        request.Headers.Add("X-Request-Id", "abc");
        using var response = await emulator.Client.SendAsync(request);
        await emulator.GetJsonAsync("/api/tags");
        Assert.Equal(["/api/chat", "/api/tags"], emulator.Control.Requests.Select(captured => captured.Path));
        var chat = Assert.Single(emulator.Control.ChatRequests);
        Assert.Equal("abc", chat.Headers["x-request-id"]);
        Assert.Equal(-1, chat.Body.GetProperty("keep_alive").GetInt32());
        Assert.Equal(0, emulator.Control.StartedChats);
    }

    [Fact]
    public async Task Offline_resets_what_is_open_and_what_comes_and_online_works_again()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var response = await emulator.ChatAsync(Chat("fault-stall"));
        emulator.Control.Online = false;
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
        await Assert.ThrowsAsync<HttpRequestException>(() => emulator.Client.GetAsync("/api/version"));
        emulator.Control.Online = true;
        Assert.Equal("0.32.15", (await emulator.GetJsonAsync("/api/version")).GetProperty("version").GetString());
    }

    [Fact]
    public async Task Hanging_takes_requests_and_answers_none_until_it_ends()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        emulator.Control.Hang = true;
        var version = emulator.GetJsonAsync("/api/version");
        await emulator.Control.WaitForRequestsAsync(1);
        Assert.False(version.IsCompleted);
        emulator.Control.Hang = false;
        Assert.Equal("0.32.15", (await version).GetProperty("version").GetString());
    }

    [Fact]
    public async Task Models_come_and_go()
    {
        await using var emulator = await EmulatorHost.StartAsync(options => options.Faults = false);
        Assert.Equal(["demo:latest", "demo-think:latest", "demo-vision:latest", "demo-embed:latest"], emulator.Control.Models.Select(model => model.Name));
        emulator.Control.AddModel(ChatOllama.Emulator.Models.EmulatedModel.Talker("hf.co/a/b:Q4"));
        Assert.NotEmpty(await emulator.ChatLinesAsync(Chat("hf.co/a/b:Q4")));
        Assert.True(emulator.Control.RemoveModel("hf.co/a/b:Q4"));
        using var gone = await emulator.ChatAsync(Chat("hf.co/a/b:Q4"));
        Assert.Equal("model 'hf.co/a/b:Q4' not found", await gone.ErrorAsync());
    }

    private static object Chat(string model) => new { model, messages = EmulatorCalls.User("hello") };
}
