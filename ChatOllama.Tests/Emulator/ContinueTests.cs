using System.Globalization;
using Xunit;

namespace ChatOllama.Tests.Emulator;

public class ContinueTests
{
    [Theory]
    [InlineData("demo", "Hello", null)]
    [InlineData("demo", "show me some code, please", 1)]
    [InlineData("demo", "some emoji and other alphabets", 2)]
    [InlineData("demo-think", "tell me about rain", 3)]
    public async Task Stopping_anywhere_and_continuing_gives_the_text_of_one_piece(string model, string question, int? seed)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var options = new { seed };
        var whole = (await emulator.ChatLinesAsync(new { model, messages = EmulatorCalls.User(question), options })).Content();
        Assert.NotEmpty(whole);

        var cuts = StringInfo.ParseCombiningCharacters(whole);
        foreach (var cut in Enumerable.Range(1, 20).Select(i => cuts[i * (cuts.Length - 1) / 20]))
        {
            var rest = await emulator.ChatLinesAsync(new
            {
                model,
                options,
                messages = new object[] { new { role = "user", content = question }, new { role = "assistant", content = whole[..cut] } },
            });
            Assert.Equal(whole[cut..], rest.Content());
            Assert.Empty(rest.Thinking());
        }
    }

    [Fact]
    public async Task A_seed_decides_the_answer_and_the_conversation_does_too()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        async Task<string> Ask(int seed, string text) =>
            (await emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User(text), options = new { seed } })).Content();

        Assert.Equal(await Ask(1, "What is rain?"), await Ask(1, "What is rain?"));
        Assert.NotEqual(await Ask(1, "What is rain?"), await Ask(1, "What is snow?"));
        var seeds = new HashSet<string>();
        for (var seed = 0; seed < 8; seed++) seeds.Add(await Ask(seed, "What is rain?"));
        Assert.True(seeds.Count > 1);
    }

    [Fact]
    public async Task Limited_by_num_predict_the_pieces_add_up_to_the_whole()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var whole = (await emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User("a long story") })).Content();
        var text = "";
        for (var rounds = 0; text.Length < whole.Length; rounds++)
        {
            Assert.True(rounds < 100);
            var messages = EmulatorCalls.User("a long story").Append(new { role = "assistant", content = text }).Take(text.Length == 0 ? 1 : 2);
            var lines = await emulator.ChatLinesAsync(new { model = "demo", messages, options = new { num_predict = 40 } });
            text += lines.Content();
            var last = lines[^1];
            Assert.Equal(text == whole ? "stop" : "length", (string?)last["done_reason"]);
            Assert.Equal(lines.Count - 1, (int)last["eval_count"]!);
        }
        Assert.Equal(whole, text);
    }

    [Fact]
    public async Task Asked_again_without_a_seed_it_uses_other_words_and_still_goes_on_with_its_own()
    {
        await using var emulator = await EmulatorHost.StartAsync(options => options.Vary = true);
        async Task<string> Ask(params object[] messages) => (await emulator.ChatLinesAsync(new { model = "demo", messages })).Content();
        var question = EmulatorCalls.User("What is rain?")[0];
        var answers = new List<string>();
        for (var i = 0; i < 8; i++) answers.Add(await Ask(question));
        Assert.Equal(3, answers.Distinct().Count());
        foreach (var answer in answers)
        {
            foreach (var cut in new[] { 1, 20, answer.Length - 20 })
                Assert.Equal(answer[cut..], await Ask(question, new { role = "assistant", content = answer[..cut] }));
        }
    }
}
