using System.Text;

namespace ChatOllama.Emulator.Control;

/// <summary>
/// What a chat of a model answers, step by step, so that a test needs no clock: build it with the methods below and give it to
/// <see cref="EmulatorControl.Script"/>. Each step reaches the socket before the next one begins. Status and headers leave with the first
/// step that sends something. A script that ends without <see cref="Done"/> is a clean end of the stream without a done line.
/// A script may serve many chats at once; its gates are shared by them.
/// </summary>
public sealed class ChatScript
{
    internal List<ScriptStep> Steps { get; } = [];

    /// <summary>Waits for the test, in silence.</summary>
    public ChatScript WaitFor(Task gate) => Add(new ScriptStep.Wait(_ => gate));

    /// <summary>Waits in silence by the emulator's <see cref="TimeProvider"/>.</summary>
    public ChatScript Delay(TimeSpan time) => Add(new ScriptStep.Pause(time));

    /// <summary>One line with this piece of the answer.</summary>
    public ChatScript Token(string text) => Add(new ScriptStep.Text(text, IsThinking: false));

    /// <summary>One line for each piece.</summary>
    public ChatScript Tokens(params IEnumerable<string> texts)
    {
        foreach (var text in texts) Token(text);
        return this;
    }

    /// <summary>One line with this piece of the thinking.</summary>
    public ChatScript Thinking(string text) => Add(new ScriptStep.Text(text, IsThinking: true));

    /// <summary>The text as it is; line ends are the caller's.</summary>
    public ChatScript Lines(string raw) => Add(new ScriptStep.Bytes(Encoding.UTF8.GetBytes(raw)));

    /// <summary>The bytes as they are.</summary>
    public ChatScript Raw(byte[] bytes) => Add(new ScriptStep.Bytes(bytes));

    /// <summary>Status 200 and the headers now, before anything of the body.</summary>
    public ChatScript Headers() => Add(new ScriptStep.SendHeaders());

    /// <summary>The done line. Counts that are not given are counted from the steps before.</summary>
    public ChatScript Done(string reason = "stop", int? promptTokens = null, int? tokens = null) => Add(new ScriptStep.DoneLine(reason, promptTokens, tokens));

    /// <summary>A line <c>{"error":"…"}</c>; a 500 with it where nothing was sent yet and the call does not stream.</summary>
    public ChatScript Error(string message) => Add(new ScriptStep.ErrorLine(message));

    /// <summary>A whole answer of its own. Only as the first thing sent.</summary>
    public ChatScript Status(int code, string body, string contentType = Wire.Answers.Json) => Add(new ScriptStep.Whole(code, body, contentType));

    /// <summary>Sends nothing more and keeps the connection open until the caller leaves.</summary>
    public ChatScript StallForever() => Add(new ScriptStep.Wait(cancellation => Task.Delay(Timeout.InfiniteTimeSpan, cancellation)));

    /// <summary>Cuts the connection: the chunked body stays unfinished.</summary>
    public ChatScript AbortConnection() => Add(new ScriptStep.Abort());

    /// <summary>Ends the body properly although no done line was sent. The same as ending the script; it says so.</summary>
    public ChatScript EndWithoutDone() => Add(new ScriptStep.End());

    /// <summary>Goes on with what the model would have answered without a script.</summary>
    public ChatScript Normally() => Add(new ScriptStep.Normal());

    private ChatScript Add(ScriptStep step)
    {
        Steps.Add(step);
        return this;
    }
}

internal abstract record ScriptStep
{
    public sealed record Wait(Func<CancellationToken, Task> For) : ScriptStep;
    public sealed record Pause(TimeSpan Time) : ScriptStep;
    public sealed record Text(string Value, bool IsThinking) : ScriptStep;
    public sealed record Bytes(byte[] Value) : ScriptStep;
    public sealed record SendHeaders : ScriptStep;
    public sealed record DoneLine(string Reason, int? PromptTokens, int? Tokens) : ScriptStep;
    public sealed record ErrorLine(string Message) : ScriptStep;
    public sealed record Whole(int Code, string Body, string ContentType) : ScriptStep;
    public sealed record Abort : ScriptStep;
    public sealed record End : ScriptStep;
    public sealed record Normal : ScriptStep;
}
