using System.Buffers;
using System.Text;
using ChatOllama.ApiService.Generations;
using Xunit;

namespace ChatOllama.Tests.Costs;

/// <summary>What a token costs in memory on its way through the log, whatever the machine's mood. What its line costs is in ChatCostTests.</summary>
public class TokenCostTests
{
    private const int Tokens = 10_000;

    [Fact]
    public void A_token_through_the_log_to_its_reader_costs_its_text_and_a_number()
    {
        var output = new ArrayBufferWriter<byte>(4 << 20);
        Stream(output);
        output.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Stream(output);
        var perToken = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Tokens;
        // Six bytes of text and four of its entry, twice as much because buffers grow by doubling, and twice again for what they grew from.
        Assert.InRange(perToken, 1, 48);
    }

    [Fact]
    public void A_checkpoint_copies_no_text_out_of_the_log()
    {
        var log = new GenerationLog("session");
        log.Append(thinking: false, new string('x', 100_000));
        log.TextFrom(0, 0, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (_, content) = log.TextFrom(0, 50_000, out var length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100);
        Assert.Equal((100_000, 50_000), (length.Content, content.Length));
        log.Append(thinking: false, new string('y', 1_000_000));
        Assert.Equal(new string('x', 50_000), Encoding.UTF8.GetString(content.Span));
    }

    private static void Stream(ArrayBufferWriter<byte> output)
    {
        var log = new GenerationLog("session");
        using var reader = log.Attach(default);
        reader.Read(output);
        for (var i = 0; i < Tokens; i++)
        {
            log.Append(thinking: false, " token");
            log.Publish();
            reader.Read(output);
        }
    }
}
