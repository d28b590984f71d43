using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>What a watcher of a job sees: the latest news, the end once there is one, and a task that completes with the next change.</summary>
internal readonly record struct PullNews(PullEvent Last, PullEvent? End, Task Changed);

/// <summary>How a job ended.</summary>
/// <param name="Status">See <see cref="PullStatuses"/>; <c>queued</c> when it only ends for its watchers and goes on after a restart.</param>
/// <param name="Fault">Why; null when it succeeded or was cancelled.</param>
/// <param name="ModelId">The model's id here, once it is known.</param>
internal sealed record PullOutcome(string Status, ProblemException? Fault = null, string? ModelId = null)
{
    public static PullOutcome Cancelled { get; } = new(PullStatuses.Cancelled);

    public static PullOutcome Failed(ProblemException fault) => new(PullStatuses.Failed, fault);
}

/// <summary>
/// A download and its state. Watchers always get the latest state, so a slow one costs nothing and never falls behind. Thread-safe.
/// </summary>
internal sealed class PullJob : IDisposable
{
    /// <summary>After so long without growth a speed is a thing of the past.</summary>
    internal static readonly TimeSpan StillAfter = TimeSpan.FromSeconds(5);

    private const int MaxSteps = 200;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _ended = New();
    private readonly TimeProvider _time;
    private readonly PullProgress _progress;
    private TaskCompletionSource _changed = New();
    private PullEvent _latest = new() { Type = PullEventTypes.Status, Status = PullStatuses.Queued };
    private PullEvent? _end;
    private OllamaProgress? _line;
    private string _status = PullStatuses.Queued;
    private bool _finishing;
    private long _grewAt;
    private DateTime? _startedAt, _endedAt;

    public PullJob(string name, TimeProvider time, bool insecure = false, string? host = null)
    {
        (Id, Name, IsInsecure, Host, _time, _progress) = (Guid.CreateVersion7().ToString(), name, insecure, host, time, new PullProgress(time));
        (Cancelled, CreatedAt) = (_cancel.Token, time.GetUtcNow().UtcDateTime);
    }

    /// <summary>As it was stored; one that waited or ran waits again.</summary>
    public PullJob(Pull row, TimeProvider time)
    {
        (Id, Name, IsInsecure, Host, Key, CreatedAt, _time, _progress) = (row.Id, row.Name, row.Insecure, row.Host, row.Key, row.CreatedAt, time, new PullProgress(time));
        (Cancelled, ModelId, _startedAt, _endedAt) = (_cancel.Token, row.ModelId, row.StartedAt, row.EndedAt);
        IsResumed = PullStatuses.IsUnfinished(row.Status);
        if (IsResumed)
            return;
        _latest = new() { Type = PullEventTypes.Status, Status = row.Status, Completed = row.Completed, Total = row.Total, TotalIsFinal = row.Status == PullStatuses.Done };
        _end = row.Status == PullStatuses.Done ? DoneEvent() : ErrorEvent(row.Status, row.Error ?? CancelledSentence, row.ErrorCode is { } code ? Problem(new(code, row.Error ?? "")) : null);
        _status = row.Status;
        _ended.SetResult();
    }

    public string Id { get; }
    public string Name { get; }
    public bool IsInsecure { get; }

    /// <summary>Which of several Ollamas downloads it; null where there is only one.</summary>
    public string? Host { get; }
    public DateTime CreatedAt { get; }

    /// <summary>Its row; the order of jobs. 0 until it is stored.</summary>
    public long Key { get; set; }

    /// <summary>The model's id here, once it is known.</summary>
    public string? ModelId { get; set; }

    /// <summary>Its events carry <see cref="PullEvent.Steps"/>.</summary>
    public bool TellsSteps { get; init; }

    /// <summary>It waited or ran when the service stopped.</summary>
    public bool IsResumed { get; }

    /// <summary>Completes when it is in the database; whoever asked may be answered then.</summary>
    public Task Stored { get; set; } = Task.CompletedTask;

    /// <summary>Cancelled when somebody cancels the job.</summary>
    public CancellationToken Cancelled { get; }

    /// <summary>Completes when the job has ended, in whatever way.</summary>
    public Task Ended => _ended.Task;

    public bool HasEnded => Ended.IsCompleted;

    /// <summary>True for the one who may bring it to its end.</summary>
    public bool TryFinish() => !Interlocked.Exchange(ref _finishing, true);

    /// <summary>It is being cancelled or brought to its end: nobody new may count on it.</summary>
    public bool IsLeaving => Volatile.Read(ref _finishing) || _cancel.IsCancellationRequested;

    public bool IsQueued
    {
        get
        {
            lock (_gate)
                return _status == PullStatuses.Queued;
        }
    }

    public PullNews News
    {
        get
        {
            lock (_gate)
                return new(_latest, _end, _changed.Task);
        }
    }

    /// <returns>False when it was cancelled while it waited.</returns>
    public bool TryStart()
    {
        lock (_gate)
        {
            if (_status != PullStatuses.Queued || _cancel.IsCancellationRequested)
                return false;
            (_status, _startedAt) = (PullStatuses.Running, _time.GetUtcNow().UtcDateTime);
            return true;
        }
    }

    /// <summary>Whether the line says anything that the one before did not: Ollama repeats itself while nothing arrives. After a while without growth the speed is taken back.</summary>
    public bool IsNews(OllamaProgress line)
    {
        lock (_gate)
        {
            if (_end is not null || line != _line)
                return _end is null;
            if (_latest is { BytesPerSecond: not null } && _time.GetElapsedTime(_grewAt) > StillAfter)
            {
                _latest = _latest with { BytesPerSecond = null, EtaSeconds = null };
                Tell();
            }
            return false;
        }
    }

    /// <summary>Says that it waits for Ollama; what has arrived stays told.</summary>
    public void TellWaitingForOllama()
    {
        lock (_gate)
        {
            if (_end is not null || _latest.Status == PullStatuses.WaitingForOllama)
                return;
            _line = null;
            _latest = _latest with { Type = PullEventTypes.Status, Status = PullStatuses.WaitingForOllama, Digest = null, TotalIsFinal = false, BytesPerSecond = null, EtaSeconds = null };
            Tell();
        }
    }

    /// <summary>Says that Ollama is back while others have all places; <see cref="TryStart"/> once it has one.</summary>
    public void TellQueuedAgain()
    {
        lock (_gate)
        {
            if (_end is not null)
                return;
            _status = PullStatuses.Queued;
            _latest = _latest with { Status = PullStatuses.Queued };
            Tell();
        }
    }

    public void Report(OllamaProgress line)
    {
        lock (_gate)
        {
            if (_end is not null)
                return;
            (_line, _grewAt) = (line, _time.GetTimestamp());
            _latest = _progress.Add(line) with { Steps = TellsSteps ? StepsWith(line.Status) : null };
            Tell();
        }
    }

    /// <summary>Lines may come faster than anybody reads events, and each is told of once.</summary>
    private IReadOnlyList<string> StepsWith(string? status)
    {
        var steps = _latest.Steps ?? [];
        return status is null || steps.Count >= MaxSteps || (steps.Count > 0 && steps[^1] == status) ? steps : [.. steps, status];
    }

    /// <summary>Asks it to end; <see cref="Ended"/> completes when it has.</summary>
    public async Task CancelAsync()
    {
        try
        {
            await _cancel.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended long ago and was just forgotten.
        }
    }

    /// <summary>Ends it for its watchers; call it once the end is stored.</summary>
    public void End(PullOutcome outcome)
    {
        ModelId = outcome.ModelId ?? ModelId;
        End(outcome.Status, outcome.Status == PullStatuses.Done ? DoneEvent() : ErrorEvent(outcome.Status, outcome.Fault?.Message ?? CancelledSentence, Problem(outcome.Fault)));
    }

    internal const string CancelledSentence = "The download was cancelled. Pull the model again to go on: what has arrived is kept.";

    /// <param name="ahead">How many wait before it.</param>
    public PullView ToView(int ahead = 0)
    {
        lock (_gate)
            return new PullView
            {
                Id = Id,
                Name = Name,
                Host = Host,
                Status = _status,
                Position = _status == PullStatuses.Queued ? ahead + 1 : null,
                Progress = _latest,
                Error = _end?.Error,
                ErrorCode = _end?.Problem?.Code,
                ModelId = ModelId,
                CreatedAt = CreatedAt,
                StartedAt = _startedAt,
                EndedAt = _endedAt,
            };
    }

    public void Dispose() => _cancel.Dispose();

    /// <summary>Only the first end counts.</summary>
    private void End(string status, PullEvent end)
    {
        lock (_gate)
        {
            if (_end is not null)
                return;
            (_status, _end, _endedAt) = (status, end, _time.GetUtcNow().UtcDateTime);
            _ended.SetResult();
            Tell();
        }
    }

    private PullEvent DoneEvent() => new()
    {
        Type = PullEventTypes.Done,
        Status = "success",
        Completed = _latest.Total,
        Total = _latest.Total,
        TotalIsFinal = true,
        Layers = [.. _latest.Layers.Select(l => l with { Completed = l.Total })],
        Steps = _latest.Steps,
        ModelId = ModelId,
    };

    private PullEvent ErrorEvent(string status, string sentence, Problem? problem) => new()
    {
        Type = PullEventTypes.Error,
        Status = status,
        Completed = _latest.Completed,
        Total = _latest.Total,
        Layers = _latest.Layers,
        Error = sentence,
        Problem = problem,
    };

    private Problem? Problem(ProblemException? e) => e is null ? null : Problems.From(e, "/v1/models/pulls/" + Id, Id, _time);

    private void Tell()
    {
        _changed.SetResult();
        _changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
