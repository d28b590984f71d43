using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Ollama;
using Xunit;

namespace ChatOllama.Tests.Ollama;

public class ChatLineTests
{
    private static ChatLine Parse(string json) => ChatLine.Parse(Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("""a\nb\t\"c\"\\d\/e\b\f\r""", "a\nb\t\"c\"\\d/e\b\f\r")]
    [InlineData("""\u003cb\u003e \u0026 caf\u00e9 café 🦙""", "<b> & café café 🦙")]
    [InlineData("""\ud83e\udd99!""", "🦙!")]
    [InlineData("""half \ud83e pair""", "half \uFFFD pair")]
    [InlineData("""other half \udd99""", "other half \uFFFD")]
    [InlineData("""\udd99\ud83e""", "\uFFFD\uFFFD")]
    public void Escapes_and_half_pairs_become_text(string escaped, string expected)
    {
        Assert.Equal(expected, Parse($$$"""{"message":{"content":"{{{escaped}}}"}}""").Content);
        var filler = new string('x', 1000);
        Assert.Equal(filler + expected, Parse($$$"""{"message":{"content":"{{{filler + escaped}}}"}}""").Content);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\\n")]
    public void Invalid_utf8_becomes_a_replacement_character(string escape)
    {
        byte[] line = [.. "{\"message\":{\"content\":\"a"u8, 0xC3, (byte)'(', 0xFF, .. Encoding.ASCII.GetBytes(escape), .. "z\"}}"u8];
        Assert.Equal("a\uFFFD(\uFFFD" + escape.Replace("\\n", "\n", StringComparison.Ordinal) + "z", ChatLine.Parse(line).Content);
    }

    [Fact]
    public void The_last_line_carries_reason_counts_and_durations_in_nanoseconds()
    {
        var done = Parse(Chatting.Done).Done!;
        Assert.Equal(new OllamaDone
        {
            Reason = "stop",
            TotalDuration = TimeSpan.FromMilliseconds(30),
            LoadDuration = TimeSpan.FromMilliseconds(1),
            PromptEvalDuration = TimeSpan.FromMilliseconds(2),
            EvalDuration = TimeSpan.FromMilliseconds(20),
            PromptEvalCount = 31,
            EvalCount = 7,
        }, done);
    }

    [Theory]
    [InlineData("""{"done":true}""")]
    [InlineData("""{"done":true,"eval_count":null,"total_duration":"soon","load_duration":1e99,"prompt_eval_count":-4,"done_reason":null}""")]
    public void Odd_or_missing_figures_do_not_cost_the_answer(string json) => Assert.Equal(new OllamaDone(), Parse(json).Done);

    [Theory]
    [InlineData("""{"message":null,"done":false}""")]
    [InlineData("""{"message":{"content":null,"role":"assistant"},"done":null}""")]
    [InlineData("""{"message":{"content":"","thinking":""},"error":null}""")]
    [InlineData("""{"logprobs":[{"token":"a","message":{"content":"no"}}],"future":{"done":true,"error":"no"}}""")]
    [InlineData("{}")]
    public void Nothing_said_is_nothing(string json)
    {
        var line = Parse(json);
        Assert.Null(line.Content);
        Assert.Null(line.Thinking);
        Assert.Null(line.Done);
        Assert.False(line.IsError);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"done\"")]
    [InlineData("""{"message":{"content":"half""")]
    [InlineData("""{"message":{"content":5}}""")]
    [InlineData("""{"message":[]}""")]
    [InlineData("""{"done":"true"}""")]
    [InlineData("""{"done":true} {"done":true}""")]
    [InlineData("<html></html>")]
    public void What_is_not_a_line_of_the_protocol_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Parse(json));

    [Fact]
    public void Tool_calls_are_kept_also_in_the_last_line()
    {
        var line = Parse("""{"message":{"content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"weather","arguments":{"city":"Berlin"}}},{"odd":1}]},"done":true}""");
        var call = Assert.Single(line.ToolCalls!);
        Assert.Equal(("c1", "weather", "Berlin"), (call.CallId, call.Name, call.Arguments!["city"]!.ToString()));
        Assert.NotNull(line.Done);
    }
}
