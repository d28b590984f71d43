using Xunit;

namespace ChatOllama.Tests.Emulator;

public class DemoModelTests
{
    [Theory]
    [InlineData("Hello!", "demo model")]
    [InlineData("Who are you?", "ollama.com/download")]
    [InlineData("What is the capital of France?", "no language model is behind me")]
    [InlineData("show me some Markdown", "# A tour")]
    [InlineData("code in Python please", "```python")]
    [InlineData("a C# example", "```csharp")]
    [InlineData("make a table", "| ---: |")]
    [InlineData("a checklist", "- [x]")]
    [InlineData("show me a formula", "$$")]
    [InlineData("tell me a long story", "# The lighthouse")]
    [InlineData("thanks!", "You are welcome")]
    [InlineData("", "Your message is empty")]
    public async Task The_words_of_the_question_choose_the_answer(string question, string expected)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var content = (await emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User(question) })).Content();
        Assert.Contains(expected, content, StringComparison.OrdinalIgnoreCase);
        // Whatever it shows, it says what it is.
        Assert.Contains("demo", content, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task It_remembers_the_conversation_and_counts_the_turns()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        object[] messages =
        [
            new { role = "user", content = "My name is Ada." }, new { role = "assistant", content = "Hi." },
            new { role = "user", content = "I like rain." }, new { role = "assistant", content = "Good." }, new { role = "user", content = "What do I like?" },
        ];
        var content = (await emulator.ChatLinesAsync(new { model = "demo", messages })).Content();
        Assert.Contains("question number 3", content);
        Assert.Contains("“My name is Ada.”", content);
    }

    [Fact]
    public async Task The_thinking_model_thinks_unless_it_is_told_not_to()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        foreach (object think in new object[] { true, "high" })
        {
            var thought = await emulator.ChatLinesAsync(new { model = "demo-think", messages = EmulatorCalls.User("hi"), think });
            Assert.NotEmpty(thought.Thinking());
            Assert.NotEmpty(thought.Content());
        }
        Assert.NotEmpty((await emulator.ChatLinesAsync(new { model = "demo-think", messages = EmulatorCalls.User("hi") })).Thinking());
        Assert.Empty((await emulator.ChatLinesAsync(new { model = "demo-think", messages = EmulatorCalls.User("hi"), think = false })).Thinking());
    }

    [Fact]
    public async Task The_vision_model_tells_an_images_type_and_size_and_the_others_refuse_it()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        object[] messages = [new { role = "user", content = "What is this?", images = new[] { Pixel } }];
        Assert.Contains("a PNG, 1 × 1 pixels, 70 bytes", (await emulator.ChatLinesAsync(new { model = "demo-vision", messages })).Content());
        using var refused = await emulator.ChatAsync(new { model = "demo", messages });
        Assert.Contains("does not support multimodal", await refused.ErrorAsync());
    }

    [Fact]
    public async Task Vectors_are_of_length_one_and_alike_for_texts_that_share_words()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        string[] input = ["the quiet river", "the loud river", "seven bicycles"];
        var json = (await (await emulator.SendAsync("/api/embed", new { model = "demo-embed", input })).LinesAsync())[0];
        var vectors = json["embeddings"]!.AsArray().Select(vector => vector!.AsArray().Select(value => (double)value!).ToArray()).ToArray();
        Assert.All(vectors, vector => Assert.Equal(1, Product(vector, vector), 3));
        Assert.True(Product(vectors[0], vectors[1]) > Product(vectors[0], vectors[2]) + 0.3);

        static double Product(double[] one, double[] other) => one.Zip(other, (a, b) => a * b).Sum();
    }
}
