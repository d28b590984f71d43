using System.Text.RegularExpressions;
using ChatOllama.Emulator.Chat;
using ChatOllama.Emulator.Models;

namespace ChatOllama.Emulator.Talk;

/// <summary>Answers to whatever is not one of the demo's subjects: friendly, honest, about the question and the conversation so far.</summary>
internal static partial class SmallTalk
{
    // No two of these begin alike: an unfinished answer then tells which of them it began with.
    private static readonly string[] s_greetings =
    [
        "Hello! Nice to meet you.", "Hi there, welcome to ChatOllama!", "Welcome! Good to have you here.",
    ];

    private static readonly string[] s_openers =
    [
        "You wrote “{0}”.", "“{0}”: a good thing to ask.", "So, “{0}”.", "Let us see: “{0}”.",
    ];

    private static readonly string[] s_honesty =
    [
        "I would love to have an opinion on that, but I am only the demo model that comes with ChatOllama: I recognise a few words and nothing more.",
        "A real model would have an answer now. I am the built-in demo, a few pages of prepared text with a fast typist.",
        "I have to be honest: there is no language model behind these words, only the built-in demo. So I can tell you that your message arrived, and not what it means.",
    ];

    private static readonly string[] s_tries =
    [
        "show me some code in Python", "make a table", "write a long story", "show me Markdown", "a checklist, please", "show me a formula",
        "some emoji and other alphabets",
    ];

    public static string Answer(EmulatedModel model, string question, int turn, IReadOnlyList<ChatMessage> messages, Dice opening, Dice dice)
    {
        var first = turn <= 1;
        if (Greeting().IsMatch(question)) return $"{opening.Pick(s_greetings)} {(first ? Introduction(model) : Memory(turn, messages))}\n\n{Suggest(dice)}";
        var opener = question.Length == 0
            ? "Your message is empty, which is the one kind I understand completely."
            : string.Format(System.Globalization.CultureInfo.InvariantCulture, opening.Pick(s_openers), DemoTalker.Shorten(question));
        var middle = first ? Introduction(model) : $"{dice.Pick(s_honesty)}\n\n{Memory(turn, messages)}";
        return $"{opener}\n\n{middle}\n\n{Suggest(dice)}";
    }

    private static string Introduction(EmulatedModel model) =>
        $"""
        I am `{model.Name}`, a small **demo model built into ChatOllama**. No language model is behind me: I stand in where there is no Ollama, so that you can try everything at once. What you see is streamed, stored and rendered exactly as a real answer would be.

        To talk to a real model:

        1. Install Ollama from [ollama.com/download](https://ollama.com/download).
        2. Run `ollama pull llama3.2` (about 2 GB).
        3. Start ChatOllama again. It finds Ollama by itself; if yours runs elsewhere, set `OLLAMA_HOST`.
        """;

    /// <summary>Shows that the whole conversation reached the model.</summary>
    private static string Memory(int turn, IReadOnlyList<ChatMessage> messages)
    {
        var firstQuestion = messages.First(message => message.Role == "user").Content;
        return firstQuestion.Length == 0
            ? $"This is question number {turn} of our conversation."
            : $"This is question number {turn} of our conversation. It began with “{DemoTalker.Shorten(firstQuestion)}”, and all of it reached me.";
    }

    private static string Suggest(Dice dice)
    {
        var one = dice.Next(s_tries.Length);
        var other = (one + 1 + dice.Next(s_tries.Length - 1)) % s_tries.Length;
        return $"Things I can do: try *“{s_tries[one]}”* or *“{s_tries[other]}”*.";
    }

    [GeneratedRegex(@"^\W*(hi|hello|hey|hallo|good (morning|evening|afternoon|day)|greetings)\b.{0,40}$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Greeting();
}
