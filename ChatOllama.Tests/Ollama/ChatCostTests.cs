using System.Text;
using ChatOllama.ApiService.Ollama;
using Xunit;

namespace ChatOllama.Tests.Ollama;

public class ChatCostTests
{
    [Fact]
    public void A_line_costs_its_text_and_nothing_else()
    {
        var line = Encoding.UTF8.GetBytes(Chatting.Token(" token"));
        var escaped = Encoding.UTF8.GetBytes("""{"model":"m","created_at":"2026-11-22T17:27:41.1Z","message":{"role":"assistant","content":"\n\u003c"},"done":false}""");
        ChatLine.Parse(line);
        ChatLine.Parse(escaped);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            ChatLine.Parse(line);
            ChatLine.Parse(escaped);
        }
        // " token" and "\n<" as strings on 64 bits: 22 + 2 per character, in steps of 8.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1000, 1, 40 + 32);
    }

    [Fact]
    public async Task A_streamed_token_costs_less_than_400_bytes_all_in_all()
    {
        const int tokens = 20_000;
        var body = string.Concat(Enumerable.Repeat(Chatting.Token(" token"), tokens));
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(body);
            await c.ChunkAsync(Chatting.Done);
            await c.EndAsync();
        });
        using var transport = server.Transport();
        using var client = new OllamaChatClient(transport);
        await ReadAsync(client);
        var spent = await ReadAsync(client);
        Assert.InRange(spent / tokens, 1, 400);
    }

    /// <summary>Bytes allocated on the threads that read, between pieces that complete synchronously.</summary>
    private static async Task<long> ReadAsync(OllamaChatClient client)
    {
        await using var updates = client.GetStreamingResponseAsync(Chatting.Hello, Chatting.Model).GetAsyncEnumerator();
        var spent = 0L;
        while (true)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var next = updates.MoveNextAsync();
            if (next.IsCompletedSuccessfully)
            {
                spent += GC.GetAllocatedBytesForCurrentThread() - before;
                if (!await next)
                    return spent;
            }
            else if (!await next)
            {
                return spent;
            }
        }
    }
}
