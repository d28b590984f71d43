using System.Net;
using System.Net.Sockets;
using ChatOllama.ApiService.Ollama;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static ChatOllama.Tests.Ollama.Chatting;

namespace ChatOllama.Tests.Ollama;

/// <summary>Every way in which the other side can fail, over a real socket.</summary>
public class OllamaFaultTests
{
    private static async Task<OllamaException> FaultAsync(RawServer server)
    {
        using var transport = server.Transport();
        return await Assert.ThrowsAsync<OllamaException>(() => transport.AllAsync());
    }

    [Fact]
    public async Task A_refused_connection_is_unreachable_and_says_where()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = new Uri($"http://{listener.LocalEndpoint}");
        listener.Stop();
        using var transport = RawServer.Transport(url);
        var fault = await Assert.ThrowsAsync<OllamaException>(() => transport.AllAsync());
        Assert.Equal(OllamaFault.Unreachable, fault.Kind);
        Assert.Contains(url.Authority, fault.Sentence);
        Assert.Contains("OLLAMA_HOST", fault.Sentence);
    }

    [Fact]
    public async Task An_unknown_host_is_unreachable()
    {
        using var transport = RawServer.Transport(new Uri("http://no-such-host.invalid:11434"));
        Assert.Equal(OllamaFault.Unreachable, (await Assert.ThrowsAsync<OllamaException>(() => transport.AllAsync())).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_ends_before_the_status_line_is_unreachable_and_not_tried_again(bool reset)
    {
        var requests = 0;
        await using var server = RawServer.Start(c =>
        {
            requests++;
            if (reset)
                c.Reset();
            else
                c.Close();
            return Task.CompletedTask;
        });
        Assert.Equal(OllamaFault.Unreachable, (await FaultAsync(server)).Kind);
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task Words_that_are_not_http_are_malformed()
    {
        await using var server = RawServer.Start(async c =>
        {
            await c.SendAsync("220 mail.example.org ESMTP\r\n");
            c.Close();
        });
        Assert.Equal(OllamaFault.Malformed, (await FaultAsync(server)).Kind);
    }

    [Theory]
    [InlineData("404 Not Found", """{"error":"model 'm' not found"}""", OllamaFault.ModelNotFound, "model 'm' not found")]
    [InlineData("400 Bad Request", """{"error":"\"m\" does not support thinking"}""", OllamaFault.Rejected, "\"m\" does not support thinking")]
    [InlineData("500 Internal Server Error", """{"error":"model failed to load"}""", OllamaFault.Failed, "model failed to load")]
    [InlineData("503 Service Unavailable", """{"error":"server busy, please try again.  maximum pending requests exceeded"}""", OllamaFault.Busy, "server busy, please try again.  maximum pending requests exceeded")]
    public async Task An_error_status_keeps_ollamas_sentence(string status, string body, OllamaFault kind, string sentence)
    {
        await using var server = RawServer.Answer(status, body);
        var fault = await FaultAsync(server);
        Assert.Equal((kind, sentence, (int?)int.Parse(status[..3], System.Globalization.CultureInfo.InvariantCulture)), (fault.Kind, fault.Sentence, fault.StatusCode));
    }

    [Fact]
    public async Task A_forbidden_without_words_gets_ours()
    {
        await using var server = RawServer.Answer("403 Forbidden", "");
        var fault = await FaultAsync(server);
        Assert.Equal(OllamaFault.Rejected, fault.Kind);
        Assert.Contains("OLLAMA_HOST", fault.Sentence);
    }

    [Theory]
    [InlineData("200 OK")]
    [InlineData("502 Bad Gateway")]
    public async Task A_page_of_a_proxy_is_malformed(string status)
    {
        await using var server = RawServer.Answer(status, "<!DOCTYPE html>\n<html><body>It works!</body></html>", "text/html");
        var fault = await FaultAsync(server);
        Assert.Equal(OllamaFault.Malformed, fault.Kind);
        Assert.Contains("HTML", fault.Sentence);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = RawServer.Answer("307 Temporary Redirect", "", headers: "Location: /elsewhere\r\n");
        Assert.Contains("redirect", (await FaultAsync(server)).Sentence);
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task An_error_line_in_mid_stream_fails_with_ollamas_sentence_after_the_text()
    {
        await using var server = RawServer.Chunks(Token("some"), """{"error":"an error was encountered while running the model: unexpected EOF"}""" + "\n");
        var (text, fault) = await TextAndFaultAsync(server);
        Assert.Equal("some", text);
        Assert.Equal((OllamaFault.Failed, "an error was encountered while running the model: unexpected EOF"), (fault.Kind, fault.Sentence));
    }

    [Fact]
    public async Task An_end_without_the_last_line_is_incomplete()
    {
        await using var server = RawServer.Chunks(Token("some"));
        var (text, fault) = await TextAndFaultAsync(server);
        Assert.Equal(("some", OllamaFault.Incomplete), (text, fault.Kind));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_in_mid_stream_is_incomplete(bool reset)
    {
        var read = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(Token("some"));
            await read.Task;
            if (reset)
                c.Reset();
            else
                c.Close();
        });
        var (text, fault) = await TextAndFaultAsync(server, read.SetResult);
        Assert.Equal(("some", OllamaFault.Incomplete), (text, fault.Kind));
    }

    [Theory]
    [InlineData("{\"message\":{\"content\":\"half\n")]
    [InlineData("not json\n")]
    [InlineData("[1]\n")]
    [InlineData("{\"message\":{\"content\":1}}\n")]
    public async Task A_broken_line_is_malformed_and_keeps_what_came_before(string line)
    {
        await using var server = RawServer.Chunks(Token("some"), line, Done);
        var (text, fault) = await TextAndFaultAsync(server);
        Assert.Equal(("some", OllamaFault.Malformed), (text, fault.Kind));
    }

    [Fact]
    public async Task Broken_chunk_framing_is_malformed()
    {
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(Token("some"));
            await c.SendAsync("zzz\r\n");
        });
        Assert.Equal(OllamaFault.Malformed, (await FaultAsync(server)).Kind);
    }

    [Fact]
    public async Task A_line_without_end_is_refused_and_the_connection_closed()
    {
        var closed = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            var flood = new string('x', 1024 * 1024);
            try
            {
                while (true)
                    await c.ChunkAsync(flood);
            }
            catch (IOException)
            {
                closed.SetResult();
            }
        });
        Assert.Equal(OllamaFault.Malformed, (await FaultAsync(server)).Kind);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("before the status line")]
    [InlineData("before the first token")]
    [InlineData("between two tokens")]
    public async Task Cancelling_in_silence_reaches_the_server_at_once(string when)
    {
        var silent = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            if (when != "before the status line")
                await c.BeginAsync();
            if (when == "between two tokens")
                await c.ChunkAsync(Token("some"));
            silent.SetResult();
            await c.DisconnectedAsync();
            gone.SetResult();
        });
        using var transport = server.Transport();
        using var stop = new CancellationTokenSource();
        var answer = transport.AllAsync(stop.Token);
        await silent.Task;
        await stop.CancelAsync();
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.True(stop.IsCancellationRequested && cancelled is not null);
    }

    [Fact]
    public async Task Leaving_the_loop_closes_the_connection_at_once_although_more_is_to_come()
    {
        var gone = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(Token("1") + Token("2"));
            await c.DisconnectedAsync();
            gone.SetResult();
        });
        using var transport = server.Transport();
        using var client = new OllamaChatClient(transport);
        await foreach (var update in client.GetStreamingResponseAsync(Hello, Model))
            break;
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_server_that_lingers_after_the_last_line_does_not_hold_up_the_answer()
    {
        var gone = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(Done);
            await c.DisconnectedAsync();
            gone.SetResult();
        });
        using var transport = server.Transport();
        Assert.Single(await transport.AllAsync());
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Generation_has_no_time_limit_of_its_own()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        var speak = new TaskCompletionSource();
        await using var server = RawServer.Start(async c =>
        {
            asked.SetResult();
            await speak.Task;
            await c.AnswerAsync("200 OK", Done);
        });
        using var transport = server.Transport(time, TimeSpan.FromSeconds(30));
        var answer = transport.AllAsync();
        await asked.Task;
        time.Advance(TimeSpan.FromHours(1));
        speak.SetResult();
        Assert.Single(await answer);
    }

    [Fact]
    public async Task An_error_whose_body_never_ends_is_reported_by_its_status()
    {
        var time = new TimerWatch();
        await using var server = RawServer.Start(async c =>
        {
            await c.SendAsync("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 100\r\n\r\n{");
            await c.DisconnectedAsync();
        });
        using var transport = server.Transport(time);
        var answer = transport.AllAsync();
        await time.TimerStarted;
        time.Advance(TimeSpan.FromSeconds(30));
        var fault = await Assert.ThrowsAsync<OllamaException>(() => answer);
        Assert.Equal((OllamaFault.Failed, (int?)500), (fault.Kind, fault.StatusCode));
    }

    private static async Task<(string Text, OllamaException Fault)> TextAndFaultAsync(RawServer server, Action? onText = null)
    {
        using var transport = server.Transport();
        using var client = new OllamaChatClient(transport);
        var text = "";
        var fault = await Assert.ThrowsAsync<OllamaException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(Hello, Model))
            {
                text += update.Text;
                onText?.Invoke();
            }
        });
        return (text, fault);
    }

    /// <summary>Tells when somebody has started to wait, so that the clock can be moved.</summary>
    private sealed class TimerWatch : FakeTimeProvider
    {
        private readonly TaskCompletionSource _started = new();

        public Task TimerStarted => _started.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _started.TrySetResult();
            return timer;
        }
    }
}
