using System.Net;
using System.Text;
using ChatOllama.Emulator.Control;
using Xunit;

namespace ChatOllama.Tests.Emulator;

public class FaultTests
{
    [Theory]
    [InlineData("fault-500", 500, "llama runner process has terminated: exit status 2")]
    [InlineData("fault-404", 404, "model 'fault-404' not found")]
    [InlineData("fault-503", 503, "server busy, please try again.  maximum pending requests exceeded")]
    public async Task A_refusal_has_its_status_and_sentence(string fault, int status, string error)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var response = await emulator.ChatAsync(Chat(fault));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(error, await response.ErrorAsync());
    }

    [Fact]
    public async Task A_bad_request_nests_the_runners_error()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var response = await emulator.ChatAsync(Chat("fault-400"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(400, System.Text.Json.JsonElement.Parse(await response.ErrorAsync()).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_proxys_page_comes_as_html()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var response = await emulator.ChatAsync(Chat("fault-html"));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("fault-error-midstream", 6, """{"error":"an error was encountered while running the model: unexpected EOF"}""")]
    [InlineData("fault-eof", 5, "\" wrong\"},\"done\":false}")]
    [InlineData("fault-halfline", 6, """{"model":"fault-halfline","created_at":"2026-11-22T17:27:41.16""")]
    [InlineData("fault-after-done", 8, """{"error":"and so did this"}""")]
    [InlineData("fault-wrong-shape", 9, "\"done\":true")]
    public async Task A_body_that_ends_properly_has_these_lines(string fault, int count, string end)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var response = await emulator.ChatAsync(Chat(fault));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(count, lines.Length);
        Assert.Contains(end, lines[^1]);
        await emulator.Control.WaitForCompletedAsync(1);
    }

    [Theory]
    [InlineData("fault-invalid-utf8")]
    [InlineData("fault-huge-line")]
    public async Task Bytes_come_as_they_are(string fault)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var response = await emulator.ChatAsync(Chat(fault));
        var bytes = await response.Content.ReadAsByteArrayAsync();
        if (fault == "fault-huge-line") Assert.True(bytes.Length > 8 << 20);
        else Assert.Throws<DecoderFallbackException>(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
    }

    [Theory]
    [InlineData("fault-abort")]
    [InlineData("fault-abort-early")]
    public async Task A_cut_connection_leaves_the_body_unfinished(string fault)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await emulator.ChatAsync(Chat(fault));
            await response.Content.ReadAsStringAsync();
        });
    }

    [Theory]
    [InlineData("fault-stall", true)]
    [InlineData("fault-silent", false)]
    public async Task A_stall_holds_the_connection_until_the_caller_leaves(string fault, bool begins)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var leaving = new CancellationTokenSource();
        var answer = emulator.ChatAsync(Chat(fault), cancellation: leaving.Token);
        await emulator.Control.WaitForChatsAsync(1);
        if (begins)
        {
            using var response = await answer;
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            for (var i = 0; i < 5; i++) Assert.NotNull(await reader.ReadLineAsync());
            Assert.Equal(1, emulator.Control.ActiveChats);
        }
        else
        {
            Assert.False(answer.IsCompleted);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        }
        await emulator.Control.WaitForAbortAsync(1);
    }

    [Fact]
    public async Task A_slow_load_answers_in_the_end()
    {
        await using var emulator = await EmulatorHost.StartAsync(options => options.SlowLoadTime = TimeSpan.FromMilliseconds(20));
        var lines = await emulator.ChatLinesAsync(Chat("fault-slow-load"));
        Assert.NotEmpty(lines.Content());
        Assert.True((bool)lines[^1]["done"]!);
    }

    [Fact]
    public async Task A_header_asks_for_a_fault_on_any_route_and_model()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        using var chat = await emulator.ChatAsync(Chat("demo"), fault: "500");
        Assert.Equal(HttpStatusCode.InternalServerError, chat.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tags");
        request.Headers.Add("X-Emulator-Fault", "fault-html");
        using var tags = await emulator.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadGateway, tags.StatusCode);
    }

    [Fact]
    public async Task Every_fault_is_listed_as_a_model_and_none_without_the_switch()
    {
        await using var with = await EmulatorHost.StartAsync();
        await using var without = await EmulatorHost.StartAsync(options => options.Faults = false);
        Assert.Equal(Faults.Names.Count, with.Control.Models.Count(model => model.Name.StartsWith("fault-", StringComparison.Ordinal)));
        Assert.DoesNotContain(without.Control.Models, model => model.Name.StartsWith("fault-", StringComparison.Ordinal));
        using var unknown = await without.ChatAsync(Chat("fault-500"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.NotEmpty(await (await without.ChatAsync(Chat("demo"), fault: "500")).LinesAsync());
    }

    private static object Chat(string model) => new { model, messages = EmulatorCalls.User("hello") };
}
