using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Generations;

/// <summary>What one run of a generation has measured and received so far. Used by its runner only.</summary>
internal sealed class Run(Generation generation, TimeProvider time)
{
    // Cursors count 255 events without text; who waits longer sees the last place that was told.
    private const int MaxPlaces = 200;

    // The queue and the look at what Ollama has loaded tell phases too, on threads of their own.
    private readonly Lock _telling = new();
    private readonly long _accepted = generation.AcceptedAt;
    private long _started;
    private long _asked;
    private long _firstText;
    private long _firstThought;
    private long _firstWord;
    private string? _phase;
    private int? _place;
    private int _places;
    private OllamaDone? _done;
    private UsageDetails? _usage;
    private string? _finishReason;
    private ProblemException? _failure;
    private string _status = MessageStatuses.Failed;

    public Generation Generation => generation;
    public TimeSpan SinceAccepted => time.GetElapsedTime(_accepted);
    public int? ContextLength { get; set; }
    public Prompt? Prompt { get; set; }

    /// <summary>The one of several Ollamas that wrote the answer, known at its end.</summary>
    public string? Host => _done?.Host;

    /// <summary>Lines of text received: as near to tokens as it gets while Ollama has not counted them.</summary>
    public int TextLines { get; private set; }

    /// <summary>Lines that readers have not been woken for.</summary>
    public int Unpublished { get; private set; }

    public void Phase(string phase, int? place = null, bool wake = true)
    {
        lock (_telling)
        {
            if (phase == _phase && place == _place) return;
            (_phase, _place) = (phase, place);
            generation.Phase = new ChatEvent { Type = ChatEventTypes.Phase, Phase = phase, Place = place };
            generation.Log.Mark(generation.Phase, wake);
        }
    }

    /// <summary>True while Ollama is believed to load the model.</summary>
    public bool IsLoading { get { lock (_telling) return _phase == ChatPhases.Loading; } }

    /// <summary>The model is in memory now; on any thread. Said too late, when words are there already, it is left out.</summary>
    public void Loaded()
    {
        lock (_telling)
        {
            if (_phase == ChatPhases.Loading) Phase(ChatPhases.Prompt);
        }
    }

    /// <summary>Told by the queue, on any thread; what it tells too late, when the wait is over, is left out.</summary>
    public void Waiting(int place)
    {
        lock (_telling)
        {
            if (_started == 0 && _places++ < MaxPlaces) Phase(ChatPhases.Queued, place);
        }
    }

    public void Started()
    {
        lock (_telling) _started = time.GetTimestamp();
        generation.Status = MessageStatuses.Generating;
    }

    public void Asked() => _asked = time.GetTimestamp();

    public SilenceWatch WatchSilence(TimeSpan first, TimeSpan between) => new(generation, first, between, time);

    /// <summary>Takes one update of the model into the log.</summary>
    public void Take(ChatResponseUpdate update)
    {
        var contents = update.Contents;
        for (var i = 0; i < contents.Count; i++)
        {
            switch (contents[i])
            {
                case TextReasoningContent { Text.Length: > 0 } thought: Append(thinking: true, thought.Text, Lines(thought)); break;
                case TextContent { Text.Length: > 0 } text: Append(thinking: false, text.Text, Lines(text)); break;
                case UsageContent usage: _usage = usage.Details; break;
            }
        }
        if (update.FinishReason is { } reason) _finishReason = reason == ChatFinishReason.Length ? "length" : "stop";
        if (update.RawRepresentation is OllamaDone done) _done = done;
    }

    public void Publish()
    {
        if (Unpublished == 0) return;
        Unpublished = 0;
        generation.Log.Publish();
    }

    public void Complete()
    {
        _status = MessageStatuses.Complete;
        _finishReason ??= "stop";
    }

    public void Fail(ProblemException failure)
    {
        _status = MessageStatuses.Failed;
        _failure = failure;
    }

    /// <param name="silence">What to say when it was ended for silence.</param>
    public void EndByCause(ProblemException silence)
    {
        switch (generation.Cause)
        {
            case EndCause.Interrupted:
                _status = MessageStatuses.Interrupted;
                break;
            case EndCause.Silent:
                Fail(silence);
                break;
            case EndCause.TooLong:
                _status = MessageStatuses.Complete;
                _finishReason = "length";
                break;
            default:
                _status = MessageStatuses.Stopped;
                _finishReason = "stopped";
                break;
        }
    }

    /// <summary>The answer as it will be stored.</summary>
    public FinishedAnswer Finish()
    {
        var before = generation.Answer;
        var (thinking, content, _) = generation.Log.Snapshot();
        var promptTokens = _done?.PromptEvalCount ?? (int?)_usage?.InputTokenCount;
        // Of an answer that was cut off Ollama counts nothing; its lines are the nearest there is.
        var written = _done?.EvalCount ?? (int?)_usage?.OutputTokenCount ?? TextLines;
        var failed = _status is MessageStatuses.Failed;
        return new FinishedAnswer(generation.Seq, before with
        {
            Status = _status,
            Content = content,
            Thinking = thinking.Length == 0 ? null : thinking,
            FinishReason = failed || _status == MessageStatuses.Interrupted ? null : _finishReason,
            Usage = new Usage
            {
                PromptTokens = promptTokens ?? before.Usage?.PromptTokens,
                CompletionTokens = written + (before.Usage?.CompletionTokens ?? 0),
                ContextLength = ContextLength ?? before.Usage?.ContextLength,
                DroppedMessages = Prompt?.Dropped ?? 0,
            },
            Timings = Timings(written),
            ProblemCode = _failure?.Code,
            ProblemDetail = _failure?.Message,
        })
        {
            PromptChars = promptTokens is null ? 0 : Prompt?.Chars ?? 0,
            WritingSeconds = _done?.EvalDuration?.TotalSeconds,
            WrittenTokens = _done?.EvalCount,
        };
    }

    private Timings Timings(int written) => new()
    {
        QueueMs = Milliseconds(_accepted, _started == 0 ? time.GetTimestamp() : _started),
        LoadMs = Round(_done?.LoadDuration?.TotalMilliseconds),
        PromptMs = Round(_done?.PromptEvalDuration?.TotalMilliseconds),
        FirstTokenMs = _firstText == 0 ? null : Milliseconds(_asked, _firstText),
        ThinkingMs = _firstThought == 0 ? null : Milliseconds(_firstThought, _firstWord == 0 ? time.GetTimestamp() : _firstWord),
        TotalMs = Milliseconds(_accepted, time.GetTimestamp()),
        TokensPerSecond = Speed(written),
    };

    private double? Speed(int written)
    {
        var seconds = _done?.EvalDuration?.TotalSeconds ?? (_firstText == 0 ? 0 : time.GetElapsedTime(_firstText).TotalSeconds);
        return written == 0 || seconds <= 0 ? null : Math.Round(written / seconds, 2);
    }

    private static int Lines(AIContent content) => content.RawRepresentation is OllamaLines lines ? lines.Count : 1;

    private void Append(bool thinking, string text, int lines)
    {
        // SQLite's driver cuts a text off at a NUL, and what follows would be lost.
        if (text.Contains('\0')) text = text.Replace('\0', '\uFFFD');
        if (_firstText == 0) FirstText();
        if (thinking && _firstThought == 0) _firstThought = time.GetTimestamp();
        if (!thinking && _firstWord == 0) _firstWord = time.GetTimestamp();
        if (!generation.Log.Append(thinking, text))
        {
            generation.End(EndCause.TooLong);
            return;
        }
        TextLines += lines;
        Unpublished += lines;
    }

    private void FirstText()
    {
        _firstText = time.GetTimestamp();
        Phase(ChatPhases.Generating, wake: false);
    }

    private double Milliseconds(long from, long to) => Math.Round(time.GetElapsedTime(from, to).TotalMilliseconds, 2);

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 2) : null;
}
