using System.Diagnostics;
using System.Globalization;
using ChatOllama.Emulator;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Running;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Emulator;

public class StreamTests
{
    [Fact]
    public async Task Closing_the_connection_stops_the_generation_at_once()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var running = await HeldAnswer.StartAsync(emulator);
        Assert.Equal(1, emulator.Control.ActiveChats);
        var clock = Stopwatch.StartNew();
        running.Dispose();
        await emulator.Control.WaitForAbortAsync(1);
        // Its next token was due after five seconds: it was not waited for.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), clock.Elapsed.ToString());
        Assert.Equal(0, emulator.Control.ActiveChats);
        Assert.Equal(0, emulator.Control.CompletedChats);
    }

    [Fact]
    public async Task Tokens_come_at_the_speed_of_the_model()
    {
        await using var emulator = await EmulatorHost.StartAsync(options => options.TokensPerSecond = 100);
        var lines = await emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User("hi"), options = new { num_predict = 21 } });
        // The first at once, twenty more at a hundred a second.
        Assert.InRange((long)lines[^1]["eval_duration"]!, 200_000_000, 5_000_000_000);
    }

    [Fact]
    public async Task Each_token_of_a_clock_says_when_it_leaves()
    {
        await using var emulator = await EmulatorHost.StartAsync(options =>
        {
            options.Models["clock"] = new EmulatorModelOptions { Kind = ModelKind.Clock, TokensPerSecond = 100 };
        });
        var before = Microseconds();
        var lines = await emulator.ChatLinesAsync(new { model = "clock", messages = EmulatorCalls.User("How late is it?"), options = new { num_predict = 5 } });
        Assert.Equal(5, (int)lines[^1]["eval_count"]!);
        var ages = lines.SkipLast(1).Select(line => unchecked(Convert.ToUInt32(((string)line["message"]!["content"]!)[1..], 16) - before)).ToList();
        Assert.Equal(5, ages.Count);
        Assert.Equal(ages.Order(), ages);
        Assert.True(ages[^1] - ages[0] >= 35_000 && ages[^1] <= unchecked(Microseconds() - before), string.Join(' ', ages));

        static uint Microseconds() => unchecked((uint)(Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)));
    }

    [Fact]
    public async Task A_waiter_is_woken_when_it_is_due_and_not_before()
    {
        var time = new FakeTimeProvider();
        using var pacer = new Pacer(time);
        var early = pacer.WaitAsync(new Pacer.Waiter(), time.GetTimestamp() + TimeSpan.FromMilliseconds(100).Ticks).AsTask();
        var late = pacer.WaitAsync(new Pacer.Waiter(), time.GetTimestamp() + TimeSpan.FromMilliseconds(200).Ticks).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(95));
        Assert.False(early.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(5));
        await early.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(late.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(100));
        await late.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task No_character_is_cut_in_two()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var lines = await emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User("emoji please") });
        var whole = lines.Content();
        Assert.Contains("🧑‍🚀", whole);
        var starts = StringInfo.ParseCombiningCharacters(whole).ToHashSet();
        var at = 0;
        foreach (var line in lines)
        {
            Assert.True(at == whole.Length || starts.Contains(at), whole[..at]);
            at += ((string)line["message"]!["content"]!).Length;
        }
    }

    [Fact]
    public async Task A_thousand_streams_at_once_lose_nothing()
    {
        await using var emulator = await EmulatorHost.StartAsync(options =>
        {
            options.TokensPerSecond = 200;
            options.Models["bench"] = new() { Kind = ChatOllama.Emulator.Models.ModelKind.Endless };
        });
        var body = new { model = "bench", messages = EmulatorCalls.User("go"), options = new { num_predict = 50 } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => emulator.ChatLinesAsync(body)));
        var text = answers[0].Content();
        Assert.NotEmpty(text);
        Assert.All(answers, lines =>
        {
            Assert.Equal(51, lines.Count);
            Assert.Equal("length", (string?)lines[^1]["done_reason"]);
            Assert.Equal(text, lines.Content());
        });
        Assert.Equal(1000, emulator.Control.CompletedChats);
    }

    [Fact]
    public async Task The_oldest_messages_are_dropped_without_a_word_unless_truncation_is_off()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        object[] messages =
        [
            new { role = "system", content = "Be brief." },
            new { role = "user", content = string.Concat(Enumerable.Repeat("river ", 3000)) },
            new { role = "assistant", content = "I see." },
            new { role = "user", content = "Where were we?" },
        ];
        var cut = await emulator.ChatLinesAsync(new { model = "demo", messages, options = new { num_ctx = 1024 } });
        Assert.InRange((int)cut[^1]["prompt_eval_count"]!, 1, 100);
        using var refused = await emulator.ChatAsync(new { model = "demo", messages, truncate = false, options = new { num_ctx = 1024 } });
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
        var nested = System.Text.Json.JsonElement.Parse(await refused.ErrorAsync()).GetProperty("error");
        Assert.Equal("exceed_context_size_error", nested.GetProperty("type").GetString());
        Assert.Equal(1024, nested.GetProperty("n_ctx").GetInt32());
        Assert.InRange(nested.GetProperty("n_prompt_tokens").GetInt32(), 4500, 4600);
    }

    [Fact]
    public async Task A_schema_is_satisfied()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var format = System.Text.Json.JsonElement.Parse("""
            {"type":"object","properties":{"mood":{"enum":["calm","stormy"]},"waves":{"type":"integer","minimum":3,"maximum":5},
            "ships":{"type":"array","minItems":3,"items":{"$ref":"#/$defs/ship"}},"seen":{"type":"boolean"}},
            "$defs":{"ship":{"type":"object","properties":{"name":{"type":"string","minLength":12}}}}}
            """);
        var text = (await emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User("the sea"), format })).Content();
        var json = System.Text.Json.JsonElement.Parse(text);
        Assert.Contains(json.GetProperty("mood").GetString(), new[] { "calm", "stormy" });
        Assert.InRange(json.GetProperty("waves").GetInt32(), 3, 5);
        Assert.Equal(3, json.GetProperty("ships").GetArrayLength());
        Assert.All(json.GetProperty("ships").EnumerateArray(), ship => Assert.True(ship.GetProperty("name").GetString()!.Length >= 12));
        Assert.True(json.GetProperty("seen").ValueKind is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False);
    }
}
