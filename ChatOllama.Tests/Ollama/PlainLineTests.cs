using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Ollama;
using Xunit;

namespace ChatOllama.Tests.Ollama;

public class PlainLineTests
{
    private const string Text = """{"model":"llama3.2:1b","created_at":"2026-11-22T17:27:41.1Z","message":{"role":"assistant","content":" wörd"},"done":false}""";
    private const string Thought = """{"model":"m","created_at":"2026-11-22T17:27:41.1Z","message":{"role":"assistant","content":"","thinking":" hm, }"},"done":false}""";

    [Theory]
    [InlineData(Text, " wörd", false)]
    [InlineData(Thought, " hm, }", true)]
    public void The_lines_of_nearly_every_stream_are_plain(string line, string expected, bool isThought)
    {
        Assert.True(PlainLine.TryRead(Encoding.UTF8.GetBytes(line), out var text, out var isThinking));
        Assert.Equal((expected, isThought), (Encoding.UTF8.GetString(text), isThinking));
    }

    [Theory]
    [InlineData(Text)]
    [InlineData(Thought)]
    public void Whatever_happens_to_a_line_it_is_plain_only_where_the_parser_reads_the_same(string line)
    {
        var original = Encoding.UTF8.GetBytes(line);
        var plain = 0;
        foreach (var odd in "\"\\{}:, a0\n\u0001\u007f"u8.ToArray().Append((byte)0xC3))
        {
            for (var at = 0; at <= original.Length; at++)
            {
                plain += Check([.. original[..at], odd, .. original[at..]]);
                if (at < original.Length) plain += Check([.. original[..at], odd, .. original[(at + 1)..]]);
                plain += Check([.. original[..at]]);
            }
        }
        // Some changes are harmless, or the check above has checked nothing.
        Assert.InRange(plain, 50, 1500);
    }

    [Fact]
    public async Task Many_lines_of_one_read_come_joined_and_none_is_lost()
    {
        var words = Enumerable.Range(0, 5000).Select(i => i % 50 == 7 ? $"\n{i}" : $" {i}").ToArray();
        var body = string.Concat(words.Select(Chatting.Token));
        await using var server = RawServer.Start(async c =>
        {
            await c.BeginAsync();
            await c.ChunkAsync(body);
            await c.ChunkAsync(Chatting.Done);
            await c.EndAsync();
        });
        using var transport = server.Transport();
        using var client = new OllamaChatClient(transport);
        var (text, contents, lines) = ("", 0, 0);
        await foreach (var update in client.GetStreamingResponseAsync(Chatting.Hello, Chatting.Model, TestContext.Current.CancellationToken))
        {
            text += update.Text;
            foreach (var content in update.Contents.Where(c => c is Microsoft.Extensions.AI.TextContent))
            {
                contents++;
                lines += content.RawRepresentation is OllamaLines joined ? joined.Count : 1;
            }
        }
        Assert.Equal(string.Concat(words), text);
        Assert.Equal(words.Length, lines);
        Assert.InRange(contents, 1, words.Length / 4);
    }

    /// <returns>1 for a line that was taken for a plain one.</returns>
    private static int Check(byte[] line)
    {
        if (!PlainLine.TryRead(line, out var text, out var isThinking)) return 0;
        ChatLine parsed;
        try
        {
            parsed = ChatLine.Parse(line);
        }
        catch (JsonException e)
        {
            Assert.Fail($"The parser refuses {Encoding.UTF8.GetString(line)}: {e.Message}");
            return 0;
        }
        var expected = text.IsEmpty ? null : Encoding.UTF8.GetString(text);
        Assert.Equal((isThinking ? null : expected, isThinking ? expected : null), (parsed.Content, parsed.Thinking));
        Assert.True(parsed is { Done: null, ToolCalls: null, IsError: false });
        return 1;
    }
}
