using System.Text;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>Plays a <see cref="ChatScript"/> on one request. Without streaming, texts are gathered until the done step sends them as one object.</summary>
internal sealed class ScriptRunner(TimeProvider time)
{
    public async Task RunAsync(HttpContext context, ChatScript script, ScriptedCall call)
    {
        var run = new Run(context, call, time);
        foreach (var step in script.Steps)
        {
            await run.PlayAsync(step);
            if (run.HasEnded) return;
        }
        // A script without a word is an empty stream, not an empty JSON answer.
        if (!context.Response.HasStarted && call.Streams) context.Response.ContentType ??= Answers.Ndjson;
    }

    private sealed class Run(HttpContext context, ScriptedCall call, TimeProvider time)
    {
        private readonly StringBuilder _content = new();
        private readonly StringBuilder _thinking = new();
        private int _tokens;

        public bool HasEnded { get; private set; }

        public Task PlayAsync(ScriptStep step) => step switch
        {
            ScriptStep.Wait wait => wait.For(context.RequestAborted).WaitAsync(context.RequestAborted),
            ScriptStep.Pause pause => Task.Delay(pause.Time, time, context.RequestAborted),
            ScriptStep.Text text => TextAsync(text.Value, text.IsThinking),
            ScriptStep.Bytes bytes => SendAsync(bytes.Value),
            ScriptStep.SendHeaders => SendAsync(ReadOnlyMemory<byte>.Empty),
            ScriptStep.DoneLine done => DoneAsync(done),
            ScriptStep.ErrorLine error => ErrorAsync(error.Message),
            ScriptStep.Whole whole => WholeAsync(whole),
            ScriptStep.Abort => AbortAsync(),
            ScriptStep.Normal => NormallyAsync(),
            _ => EndAsync(),
        };

        private async Task TextAsync(string text, bool isThinking)
        {
            _tokens++;
            (isThinking ? _thinking : _content).Append(text);
            if (!call.Streams) return;
            var line = DoneLine.Start(call.Model, call.IsGenerate, time.GetUtcNow(), isThinking ? "" : text, isThinking ? text : "", null);
            await SendAsync(line.Field("done", false).Close('}').NewLine().Bytes);
        }

        private async Task DoneAsync(ScriptStep.DoneLine done)
        {
            var content = call.Streams ? "" : _content.ToString();
            var thinking = call.Streams ? "" : _thinking.ToString();
            var json = DoneLine.Start(call.Model, call.IsGenerate, time.GetUtcNow(), content, thinking, null).Field("done", true).Field("done_reason", done.Reason);
            DoneLine.WriteCounts(json, 50_000_000, 1_000_000, done.PromptTokens ?? 20, 9_000_000, done.Tokens ?? Math.Max(1, _tokens), 40_000_000).Close('}');
            if (call.Streams) await SendAsync(json.NewLine().Bytes);
            else await Answers.JsonAsync(context, json);
            HasEnded = !call.Streams;
        }

        private async Task ErrorAsync(string message)
        {
            if (call.Streams) await SendAsync(Answers.ErrorObject(message).NewLine().Bytes);
            else await Answers.ErrorAsync(context, new WireError(500, message));
            HasEnded = !call.Streams;
        }

        private async Task WholeAsync(ScriptStep.Whole whole)
        {
            await Answers.TextAsync(context, whole.Code, whole.ContentType, whole.Body);
            HasEnded = true;
        }

        private Task AbortAsync()
        {
            HasEnded = true;
            context.Abort();
            return Task.CompletedTask;
        }

        private async Task NormallyAsync()
        {
            HasEnded = true;
            if (call.Normally is not null) await call.Normally();
        }

        private Task EndAsync()
        {
            HasEnded = true;
            return Task.CompletedTask;
        }

        private async Task SendAsync(ReadOnlyMemory<byte> bytes)
        {
            context.Response.ContentType ??= Answers.Ndjson;
            await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }
}
