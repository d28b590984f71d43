using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Http;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Running;
using ChatOllama.Emulator.Talk;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Chat;

/// <summary>The shape of the call that a script or an answer is written for.</summary>
internal sealed record ScriptedCall(string Model, bool IsGenerate, bool Streams, Func<Task>? Normally = null);

/// <summary><c>/api/chat</c> and <c>/api/generate</c>: check, load, answer.</summary>
internal sealed class GenerationHandler(
    ModelStore store, LoadedModels loaded, Variants variants, AnswerWriter writer, ScriptRunner scripts, EmulatorControl control, EmulatorOptions options, TimeProvider time)
{
    public async Task ChatAsync(HttpContext context) =>
        await HandleAsync(context, GenerationRequest.ReadChat(await RequestBody.ReadAsync(context, "ChatRequest")));

    public async Task GenerateAsync(HttpContext context) =>
        await HandleAsync(context, GenerationRequest.ReadGenerate(await RequestBody.ReadAsync(context, "GenerateRequest")));

    private async Task HandleAsync(HttpContext context, GenerationRequest request)
    {
        if (request.IsLoadOnly)
        {
            await LoadOrUnloadAsync(context, request);
            return;
        }
        control.ChatStarted();
        var aborted = true;
        try
        {
            await AnswerOrScriptAsync(context, request);
            aborted = false;
        }
        catch (WireError)
        {
            aborted = false;
            throw;
        }
        finally
        {
            control.ChatEnded(aborted);
        }
    }

    private async Task AnswerOrScriptAsync(HttpContext context, GenerationRequest request)
    {
        if (FindScript(context, request) is not { } script)
        {
            await AnswerAsync(context, request);
            return;
        }
        await scripts.RunAsync(context, script, new ScriptedCall(request.Model, request.IsGenerate, request.Streams, () => AnswerAsync(context, request)));
    }

    private ChatScript? FindScript(HttpContext context, GenerationRequest request)
    {
        if (request.Model.Length == 0) return null;
        if (control.TakeScript(request.Model) is { } script) return script;
        if (!options.Faults) return null;
        var header = context.Request.Headers[RequestPolicy.FaultHeader].ToString();
        var name = header.Length > 0 ? header : ModelName.Full(request.Model).Split(':')[0];
        return header.Length > 0 || name.StartsWith("fault-", StringComparison.OrdinalIgnoreCase) ? Faults.Script(name, options) : null;
    }

    private async Task LoadOrUnloadAsync(HttpContext context, GenerationRequest request)
    {
        var model = Find(request);
        var unloads = request.KeepAlive == TimeSpan.Zero;
        if (unloads)
        {
            loaded.Unload(model);
        }
        else
        {
            CheckCapabilities(model, request);
            var run = RunOptions.Read(request.Options, model.Parameters);
            using var lease = await loaded.AcquireAsync(model, run.LoadKey(options.ContextLength, request.Shift), request.KeepAlive, context.RequestAborted);
        }
        await AnswerWriter.WriteLoadedAsync(context, request, unloads ? "unload" : "load", time.GetUtcNow());
    }

    private async Task AnswerAsync(HttpContext context, GenerationRequest request)
    {
        var started = time.GetTimestamp();
        var model = Find(request);
        CheckCapabilities(model, request);
        var run = RunOptions.Read(request.Options, model.Parameters);
        using var lease = await loaded.AcquireAsync(model, run.LoadKey(options.ContextLength, request.Shift), request.KeepAlive, context.RequestAborted);
        var timing = new Timing(time, started, time.GetTimestamp());
        var prompt = Prompt.Fit(model, request, run.ContextLength ?? options.ContextLength);
        var answer = variants.Choose(Speech.Seed(model, run, prompt), run, prompt, variant => Answer.Make(model, request, run, prompt, variant));
        await writer.WriteAsync(context, request, answer, timing, options.TokensPerSecondOf(model.Name));
    }

    private EmulatedModel Find(GenerationRequest request)
    {
        var name = request.Model;
        // The two calls differ only in what they say about a name that is missing or broken.
        if (name.Length == 0) throw new WireError(400, "model is required");
        if (!ModelName.IsValid(name)) throw new WireError(400, "invalid model name");
        if (ModelName.IsCloud(name)) throw new WireError(403, "ollama cloud is disabled: remote model is unavailable");
        return store.Find(name) ?? throw new WireError(404, $"model '{name}' not found");
    }

    private static void CheckCapabilities(EmulatedModel model, GenerationRequest request)
    {
        if (request.Suffix.Length > 0) throw new WireError(400, $"{Registry(model)} does not support insert");
        if (model.Kind == ModelKind.Embed) throw new WireError(400, $"\"{request.Model}\" does not support {(request.IsGenerate ? "generate" : "chat")}");
        if (request.Tools is not null && !model.CallsTools) throw new WireError(400, $"{Registry(model)} does not support tools");
        if (request.Think == true && !model.Thinks) throw new WireError(400, $"\"{request.Model}\" does not support thinking");
    }

    private static string Registry(EmulatedModel model) =>
        model.Name.Contains('/', StringComparison.Ordinal) ? model.Name : $"registry.ollama.ai/library/{model.Name}";
}

/// <summary>When a request came and when its model stood ready, in timestamps.</summary>
internal readonly record struct Timing(TimeProvider Time, long Started, long Ready)
{
    public long Load => Nanoseconds(Started, Ready);

    public long Nanoseconds(long from, long to) => Math.Max(1, (long)(Time.GetElapsedTime(from, to).Ticks * 100));
}
