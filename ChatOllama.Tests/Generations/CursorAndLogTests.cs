using System.Buffers;
using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Generations;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Generations;

public class CursorAndLogTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 0, 1)]
    [InlineData(0, 7, 3)]
    [InlineData(1000, 2_000_000, 0)]
    [InlineData(2_000_000, 2_000_000, 255)]
    public void A_cursor_survives_its_way_as_a_number_that_JavaScript_counts_exactly(int thinking, int content, int marks)
    {
        var cursor = new Cursor(thinking, content, marks);
        Assert.True(cursor.Id < 1L << 53);
        Assert.True(Cursor.TryParse(cursor.ToString(), out var parsed));
        Assert.Equal(cursor, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    [InlineData("4503599627370496")]
    [InlineData("1000000000")]
    public void What_is_no_cursor_is_refused(string text) => Assert.False(Cursor.TryParse(text, out _));

    [Fact]
    public void Every_event_has_a_larger_id_than_the_one_before()
    {
        var log = new GenerationLog("s");
        using var reader = log.Attach(default);
        reader.Read(new ArrayBufferWriter<byte>());
        Fill(log);
        var events = Read(reader);
        Assert.Equal(12, events.Count);
        var ids = events.Select(e => e.Id).ToList();
        Assert.Equal(ids.Order().Distinct(), ids);
        Assert.Equal([1L, 2L, 3L], ids[..3]);
    }

    [Fact]
    public void A_long_text_is_replayed_in_pieces_that_can_be_resumed_and_cost_little_room()
    {
        var text = string.Concat(Enumerable.Repeat("ü\n🙂", 20_000));
        var log = new GenerationLog("s", "thought", text);
        log.Mark(new ChatEvent { Type = ChatEventTypes.Start, SessionId = "s" });
        log.Complete(new ChatEvent { Type = ChatEventTypes.Done, SessionId = "s" });
        var events = Read(log, default);
        Assert.Equal(text, Join(events, "token"));
        Assert.All(events, e => Assert.True((e.Event.Content?.Length ?? 0) <= 16 * 1024));
        var ids = events.Select(e => e.Id).ToList();
        Assert.Equal(ids.Order().Distinct(), ids);
        Assert.True(Cursor.TryParse(ids[3].ToString(System.Globalization.CultureInfo.InvariantCulture), out var cursor));
        Assert.Equal(text, Join(events[..4], "token") + Join(Read(log, cursor), "token"));
    }

    [Fact]
    public void Resuming_after_any_event_gives_exactly_the_rest()
    {
        var log = FullLog();
        var all = Read(log, default);
        var (thinking, content) = (Join(all, "thinking"), Join(all, "token"));
        Assert.Equal(("Let me see… ümlaut", "Grüße 🙂 an \"alle\"\n"), (thinking, content));
        for (var i = 0; i < all.Count; i++)
        {
            Assert.True(Cursor.TryParse(all[i].Id.ToString(System.Globalization.CultureInfo.InvariantCulture), out var cursor));
            var rest = Read(log, cursor);
            Assert.Equal(thinking, Join(all[..(i + 1)], "thinking") + Join(rest, "thinking"));
            Assert.Equal(content, Join(all[..(i + 1)], "token") + Join(rest, "token"));
            Assert.Equal("done", rest[^1].Event.Type);
            Assert.Single(rest, e => e.Event.Type == "done");
        }
    }

    [Fact]
    public void A_live_log_and_its_replay_from_the_store_resume_alike()
    {
        var live = Read(FullLog(), default);
        var stored = new GenerationLog("s", "Let me see… ümlaut", "Grüße 🙂 an \"alle\"\n");
        stored.Mark(new ChatEvent { Type = "start" });
        stored.Complete(new ChatEvent { Type = "done" });
        foreach (var (id, _) in live)
        {
            Assert.True(Cursor.TryParse(id.ToString(System.Globalization.CultureInfo.InvariantCulture), out var cursor));
            var (one, two) = (Read(FullLog(), cursor), Read(stored, cursor));
            Assert.Equal((Join(one, "thinking"), Join(one, "token")), (Join(two, "thinking"), Join(two, "token")));
        }
    }

    [Theory]
    [InlineData(0, 999)]
    [InlineData(999, 0)]
    [InlineData(0, 3)] // inside the ü of Grüße
    public void A_cursor_beyond_the_text_or_inside_a_character_starts_again_with_a_reset(int thinking, int content)
    {
        var events = Read(FullLog(), new Cursor(thinking, content, 0));
        Assert.Equal("reset", events[0].Event.Type);
        Assert.Equal("Grüße 🙂 an \"alle\"\n", Join(events, "token"));
    }

    [Fact]
    public async Task A_reader_that_waits_is_woken_by_publish_by_a_tick_and_by_the_end()
    {
        var log = new GenerationLog("s");
        log.Mark(new ChatEvent { Type = "start" });
        using var reader = log.Attach(default);
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(ReadResult.Wait, reader.Read(output));
        var wait = reader.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        log.Append(thinking: false, "x");
        Assert.False(wait.IsCompleted);
        log.Publish();
        Assert.True(await wait);
        reader.Read(output);

        wait = reader.WaitAsync().AsTask();
        log.Tick();
        Assert.False(await wait);

        wait = reader.WaitAsync().AsTask();
        log.Complete(new ChatEvent { Type = "done" });
        Assert.True(await wait);
        Assert.Equal(ReadResult.End, reader.Read(output));
    }

    [Fact]
    public async Task A_cancelled_reader_never_waits_again()
    {
        var log = new GenerationLog("s");
        using var reader = log.Attach(default);
        reader.Read(new ArrayBufferWriter<byte>());
        var wait = reader.WaitAsync().AsTask();
        reader.Cancel();
        Assert.False(await wait);
        Assert.True(await reader.WaitAsync());
    }

    [Fact]
    public void A_reader_far_behind_gets_its_backlog_in_bounded_turns()
    {
        var log = new GenerationLog("s");
        using var reader = log.Attach(default);
        reader.Read(new ArrayBufferWriter<byte>());
        for (var i = 0; i < 2000; i++) log.Append(thinking: false, new string('x', 100));
        var turns = 0;
        ReadResult result;
        do
        {
            var output = new ArrayBufferWriter<byte>();
            result = reader.Read(output);
            Assert.True(output.WrittenCount < 256 * 1024, $"{output.WrittenCount} bytes in one turn");
            turns++;
        }
        while (result == ReadResult.More);
        Assert.True(turns >= 3);
    }

    [Fact]
    public void An_answer_cannot_grow_beyond_what_a_cursor_can_count()
    {
        var log = new GenerationLog("s");
        Assert.True(log.Append(thinking: true, new string('x', 2_000_000)));
        Assert.True(log.Append(thinking: false, new string('x', 2_000_000)));
        Assert.False(log.Append(thinking: false, new string('x', 500_000)));
        Assert.Equal((2_000_000, 2_000_000), log.Length);
    }

    private static GenerationLog FullLog()
    {
        var log = new GenerationLog("s");
        Fill(log);
        return log;
    }

    private static void Fill(GenerationLog log)
    {
        log.Mark(new ChatEvent { Type = "start" });
        log.Mark(new ChatEvent { Type = "phase", Phase = "loading" });
        log.Mark(new ChatEvent { Type = "phase", Phase = "generating" });
        foreach (var thought in new[] { "Let me ", "see… ", "ümlaut" }) log.Append(thinking: true, thought);
        foreach (var text in new[] { "Grü", "ße ", "🙂", " an \"alle\"", "\n" }) log.Append(thinking: false, text);
        log.Complete(new ChatEvent { Type = "done" });
    }

    private static List<(long Id, ChatEvent Event)> Read(GenerationLog log, Cursor from)
    {
        using var reader = log.Attach(from);
        return Read(reader);
    }

    private static List<(long Id, ChatEvent Event)> Read(LogReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        while (reader.Read(output) == ReadResult.More) { }
        var events = new List<(long, ChatEvent)>();
        foreach (var block in Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            events.Add((long.Parse(lines[0]["id: ".Length..], System.Globalization.CultureInfo.InvariantCulture), JsonSerializer.Deserialize(lines[1]["data: ".Length..], ContractsJson.Default.ChatEvent)!));
        }
        return events;
    }

    private static string Join(IEnumerable<(long Id, ChatEvent Event)> events, string type) => string.Concat(events.Where(e => e.Event.Type == type).Select(e => e.Event.Content));
}
