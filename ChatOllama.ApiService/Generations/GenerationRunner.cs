using System.Data.Common;
using System.Diagnostics;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Ollama;
using ChatOllama.ApiService.Telemetry;
using ChatOllama.Contracts;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Drives one generation from the queue to its terminal event: wait, build the prompt, pump what the model says into the log,
/// map every way it can end to one outcome.
/// </summary>
public sealed partial class GenerationRunner(
    FairQueue queue,
    IChatClient client,
    IModelCatalog models,
    PromptBuilder prompts,
    TokenEstimator estimator,
    Checkpoints checkpoints,
    ApiOptions options,
    TimeProvider time,
    ILogger<GenerationRunner> log)
{
    private const int MaxRefits = 3;
    // Where lines come without an end, readers get some tens at a time.
    private const int MaxUnpublished = 200;
    // The model sync reads /api/ps every 10 s, so that no chat has to ask before its first word.
    private static readonly TimeSpan LoadedAge = TimeSpan.FromSeconds(15);

    /// <summary>Runs to the end and stores it. Throws only for bugs.</summary>
    public async Task<FinishedAnswer> RunAsync(Generation generation)
    {
        var run = new Run(generation, time);
        try
        {
            await WaitForTurnAsync(run);
            try
            {
                await GenerateAsync(run);
            }
            finally
            {
                queue.Leave();
            }
        }
        // It was told to end: whatever the engine throws then is the echo of that.
        catch (Exception) when (generation.Cause != EndCause.None)
        {
            run.EndByCause(SilenceProblem(run));
        }
        catch (ProblemException e)
        {
            run.Fail(e);
        }
        catch (OllamaException e)
        {
            LogUpstream(generation.Id, e.Kind, e.StatusCode, run.SinceAccepted.TotalMilliseconds);
            if (e.Kind == OllamaFault.Unreachable) models.NoteUnreachable();
            run.Fail(e.ToProblem());
        }
        // An engine in Ollama's place may throw anything; the answer must end all the same.
        catch (Exception e)
        {
            LogEngine(e, generation.Id);
            run.Fail(new ProblemException(ProblemCodes.Ollama, "The model's engine broke off with an error. Try again; the log of the service says more.", e));
        }
        var finished = run.Finish();
        if (options.TelemetryContent) AnswerActivity.AddContent(Activity.Current, run.Prompt, finished.Answer);
        return finished;
    }

    private async Task WaitForTurnAsync(Run run)
    {
        var generation = run.Generation;
        using var timeout = new CancellationTokenSource(options.QueueTimeout, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, generation.Ending);
        try
        {
            if (generation.After is { } above)
            {
                run.Phase(ChatPhases.Queued);
                await above.Completion.WaitAsync(giveUp.Token);
                generation.After = null;
            }
            await queue.EnterAsync(generation.UserId, generation.Answer.SessionId, run.Waiting, giveUp.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && generation.Cause == EndCause.None)
        {
            throw new ProblemException(ProblemCodes.Overloaded, $"No place became free within {options.QueueTimeout.TotalMinutes:0.#} minutes. Try again when less is going on, or raise MAX_CONCURRENT_CHATS.");
        }
        run.Started();
    }

    private async Task GenerateAsync(Run run)
    {
        var generation = run.Generation;
        var request = generation.Request;
        var token = generation.Ending;
        var conversation = await prompts.LoadAsync(generation, token);
        var loaded = await models.FindLoadedAsync(request.Model, LoadedAge, token);
        run.ContextLength = request.ExplicitContextLength ?? loaded?.ContextLength;
        run.Phase(loaded is null || !LoadWatch.Fits(run, loaded) ? ChatPhases.Loading : ChatPhases.Prompt);

        var charsPerToken = await estimator.CharsPerTokenAsync(request.Model.Name, token);
        var prompt = conversation.Fit(Budget(run), charsPerToken);
        for (var attempt = 0; ; attempt++)
        {
            run.Prompt = prompt;
            try
            {
                await PumpAsync(run, prompt);
                break;
            }
            // Nothing was generated, so sending less is not a repeated generation.
            catch (OllamaException e) when (e.Kind == OllamaFault.ContextOverflow && run.TextLines == 0)
            {
                run.ContextLength = e.ContextLength ?? run.ContextLength;
                if (attempt == MaxRefits || prompt.Dropped >= conversation.MaxDropped) throw;
                if (e.PromptTokens is { } counted) estimator.Learn(request.Model.Name, prompt.Chars, counted);
                charsPerToken = e.PromptTokens is { } tokens ? (double)prompt.Chars / tokens * 0.97 : charsPerToken * 0.7;
                var smaller = conversation.Fit(Budget(run) ?? (int)(prompt.Chars / charsPerToken / 2), charsPerToken);
                // Always at least one turn less, or the same request would be sent again.
                prompt = smaller.Dropped > prompt.Dropped ? smaller : conversation.DropOneMore(prompt.Dropped);
            }
        }
        await LearnContextLengthAsync(run);
    }

    private static int? Budget(Run run) =>
        run.ContextLength is { } length ? ContextFitter.PromptBudget(length, run.Generation.Request.MaxTokens) : null;

    private async Task PumpAsync(Run run, Prompt prompt)
    {
        var generation = run.Generation;
        await using var silence = run.WatchSilence(options.FirstTokenTimeout, options.TokenTimeout);
        await using var loading = LoadWatch.Start(run, models, time);
        run.Asked();
        var updates = client.GetStreamingResponseAsync(prompt.Messages, ChatOptionsFactory.Create(generation.Request), generation.Ending).GetAsyncEnumerator(generation.Ending);
        await using (updates)
        {
            while (true)
            {
                var next = updates.MoveNextAsync();
                // Nothing more has arrived: one wake-up of the readers, and so one flush, per upstream read.
                if (!next.IsCompleted || run.Unpublished > MaxUnpublished)
                {
                    run.Publish();
                    await checkpoints.KeepUpAsync(generation);
                }
                if (!await next) break;
                silence.Heard();
                run.Take(updates.Current);
                // What came after the piece that did not fit would leave a hole in the text.
                if (generation.Cause == EndCause.TooLong) break;
            }
        }
        // An engine may end without an exception when it is told to.
        if (generation.Cause != EndCause.None) throw new OperationCanceledException(generation.Ending);
        run.Complete();
    }

    /// <summary>The context a model runs with is known only once it is loaded; the receipt shows it.</summary>
    private async Task LearnContextLengthAsync(Run run)
    {
        if (run.Generation.Request.ExplicitContextLength is not null) return;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
        try
        {
            // Asked anew: before this answer the model was not loaded, or had another context.
            run.ContextLength = (await models.FindLoadedAsync(run.Generation.Request.Model, TimeSpan.Zero, limit.Token, run.Host))?.ContextLength ?? run.ContextLength;
        }
        catch (Exception e) when (e is OperationCanceledException or OllamaException or DbException)
        {
            // The answer is whole; a missing number on the receipt is not worth waiting for.
        }
    }

    private ProblemException SilenceProblem(Run run)
    {
        var limit = run.TextLines == 0 ? options.FirstTokenTimeout : options.TokenTimeout;
        return new ProblemException(ProblemCodes.OllamaTimeout, run.TextLines == 0
            ? $"Ollama sent nothing for {limit.TotalMinutes:0.#} minutes. Look whether the model fits into memory, then try again."
            : $"Ollama went silent for {limit.TotalMinutes:0.#} minutes in the middle of the answer. The text so far is kept; continue it or try again.");
    }

    [LoggerMessage(LogLevel.Warning, "Answer {MessageId} failed at Ollama: {Kind}, status {Status}, after {Ms:0} ms")]
    private partial void LogUpstream(string messageId, OllamaFault kind, int? status, double ms);

    [LoggerMessage(LogLevel.Error, "Answer {MessageId} failed")]
    private partial void LogEngine(Exception e, string messageId);
}
