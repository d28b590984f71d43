using System.Net;
using System.Net.Sockets;
using ChatOllama.ApiService.Ollama;
using Xunit;

namespace ChatOllama.Tests.Ollama;

/// <summary>A server that goes away between two requests: whatever the moment, it is away, and its answer was not a wrong one.</summary>
public class KeptAliveTests
{
    [Theory]
    [InlineData("get", false)]
    [InlineData("get", true)]
    [InlineData("post", false)]
    [InlineData("post", true)]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    public async Task A_kept_connection_that_ends_before_the_first_byte_of_the_next_answer_is_unreachable(string call, bool reset)
    {
        var answered = false;
        await using var server = RawServer.Start(async c =>
        {
            if (!answered)
            {
                answered = true;
                await c.AnswerAsync("200 OK", """{"models":[]}""");
            }
            else if (reset)
            {
                c.Reset();
            }
            else
            {
                c.Close();
            }
        });
        using var transport = server.Transport();
        await new OllamaServer(transport).GetTagsAsync(default);
        Assert.Equal(OllamaFault.Unreachable, (await FaultAsync(transport, call)).Kind);
    }

    /// <summary>Depending on the moment the handler says this in five different ways, one of them no HttpRequestException.</summary>
    [Theory]
    [InlineData("get")]
    [InlineData("post")]
    [InlineData("chat")]
    public async Task Connections_that_are_reset_as_soon_as_they_are_accepted_are_unreachable(string call)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = ResetAllAsync(listener);
        using (var transport = RawServer.Transport(new Uri($"http://{listener.LocalEndpoint}")))
        {
            for (var i = 0; i < 200; i++)
                Assert.Equal(OllamaFault.Unreachable, (await FaultAsync(transport, call)).Kind);
        }
        listener.Stop();
        await accepting;
    }

    private static Task<OllamaException> FaultAsync(OllamaTransport transport, string call)
    {
        var ollama = new OllamaServer(transport);
        return Assert.ThrowsAsync<OllamaException>(() => call switch
        {
            "get" => ollama.GetTagsAsync(default),
            "post" => ollama.ShowAsync("m", default),
            _ => transport.AllAsync(),
        });
    }

    private static async Task ResetAllAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                socket.LingerState = new LingerOption(true, 0);
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The test has ended.
        }
    }
}
