using System.Diagnostics.Metrics;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.ServiceDefaults.Telemetry;
using TagList = System.Diagnostics.TagList;

namespace ChatOllama.ApiService.Telemetry;

/// <summary>
/// The numbers an operator wants, named in docs/telemetry.md. All are taken once per answer, or when somebody reads them; never per token.
/// Thread-safe.
/// </summary>
public sealed class ChatMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _speed;
    private readonly Histogram<double> _contextFill;
    private readonly Histogram<double> _checkpointLag;
    private readonly Histogram<long> _tokens;
    private readonly Counter<long> _faults;

    public ChatMetrics(IMeterFactory meters, FairQueue queue, DbWriter writer, PullService pulls)
    {
        var meter = meters.Create(TelemetryServices.Name);
        _duration = meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "From the acceptance of a message to the end of its answer.");
        _firstToken = meter.CreateHistogram<double>("gen_ai.server.time_to_first_token", "s", "From the request to Ollama to the first token; loading the model included.");
        _tokens = meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens read and written, by gen_ai.token.type.");
        _speed = meter.CreateHistogram<double>("chatollama.answer.speed", "{token}/s", "Tokens per second while the model wrote.");
        _contextFill = meter.CreateHistogram<double>("chatollama.answer.context_fill", "1", "The part of the context that an answer and its prompt took.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 0.75, 0.9, 1] });
        _checkpointLag = meter.CreateHistogram<double>("chatollama.checkpoint.lag", "s", "From the decision to write a checkpoint to its being safe on the disk.");
        _faults = meter.CreateCounter<long>("chatollama.answer.faults", "{answer}", "Answers that failed, by the code of their problem.");
        meter.CreateObservableGauge("chatollama.answers.running", () => queue.Running, "{answer}", "Answers being written now.");
        meter.CreateObservableGauge("chatollama.answers.queued", () => queue.Waiting, "{answer}", "Answers that wait for a free place.");
        meter.CreateObservableGauge("chatollama.database.write_queue", () => writer.QueueLength, "{write}", "Writes that wait for the one writer.");
        meter.CreateObservableGauge("chatollama.pulls.unfinished", () => pulls.Unfinished, "{pull}", "Downloads of models that wait or run.");
    }

    /// <summary>An answer has ended, however.</summary>
    public void Ended(Answer answer)
    {
        var model = new TagList { { "gen_ai.operation.name", "chat" }, { "gen_ai.provider.name", "ollama" }, { "gen_ai.request.model", answer.Model } };
        Tokens(model, "input", answer.Usage?.PromptTokens);
        Tokens(model, "output", answer.Usage?.CompletionTokens);
        if (answer.Timings is { } timings)
        {
            if (timings.FirstTokenMs is { } first) _firstToken.Record(first / 1000, model);
            if (timings.TokensPerSecond is { } speed) _speed.Record(speed, model);
        }
        if (Fill(answer.Usage) is { } fill) _contextFill.Record(fill, model);
        if (answer.ProblemCode is { } code)
        {
            _faults.Add(1, new("error.type", code), new("gen_ai.request.model", answer.Model));
            model.Add("error.type", code);
        }
        if (answer.Timings?.TotalMs is { } total) _duration.Record(total / 1000, model);
    }

    public void CheckpointSafe(TimeSpan lag) => _checkpointLag.Record(lag.TotalSeconds);

    private void Tokens(TagList model, string type, int? count)
    {
        if (count is not { } tokens) return;
        model.Add("gen_ai.token.type", type);
        _tokens.Record(tokens, model);
    }

    private static double? Fill(Usage? usage) =>
        usage is { PromptTokens: { } read, CompletionTokens: { } written, ContextLength: > 0 and var length } ? (double)(read + written) / length : null;
}
