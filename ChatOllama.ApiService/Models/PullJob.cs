using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>What a watcher of a job sees: the latest news, the end once there is one, and a task that completes with the next change.</summary>
internal readonly record struct PullNews(PullEvent Last, PullEvent? End, Task Changed);

/// <summary>
/// A download and its state. Watchers always get the latest state, so a slow one costs nothing and never falls behind. Thread-safe.
/// </summary>
internal sealed class PullJob(string name, TimeProvider time) : IDisposable
{
    /// <summary>Progress is told no more often: Ollama sends a line per layer every 60 ms.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _ended = New();
    private readonly DateTime _createdAt = time.GetUtcNow().UtcDateTime;
    private readonly PullSpeed _speed = new(time);
    private TaskCompletionSource _changed = New();
    private PullEvent _latest = new() { Type = PullEventTypes.Status, Status = PullStatuses.Queued };
    private PullEvent _told = new() { Type = PullEventTypes.Status, Status = PullStatuses.Queued };
    private PullEvent? _end;
    private string _status = PullStatuses.Queued;
    private long? _toldAt;
    private DateTime? _endedAt;

    public string Id { get; } = Guid.CreateVersion7().ToString();
    public string Name { get; } = name;

    /// <summary>Cancelled when somebody cancels the job.</summary>
    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>Completes when the job has ended, in whatever way.</summary>
    public Task Ended => _ended.Task;

    public bool HasEnded => Ended.IsCompleted;

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
                return new(_told, _end, _changed.Task);
        }
    }

    /// <returns>False when it was cancelled while it waited.</returns>
    public bool TryStart()
    {
        lock (_gate)
        {
            if (_status != PullStatuses.Queued)
                return false;
            _status = PullStatuses.Running;
            return true;
        }
    }

    public void Report(OllamaProgress line)
    {
        lock (_gate)
        {
            if (_end is not null)
                return;
            var (speed, eta) = _speed.Measure(line);
            _latest = new PullEvent
            {
                Type = line.Digest is null ? PullEventTypes.Status : PullEventTypes.Progress,
                Status = line.Status,
                Digest = line.Digest,
                Completed = line.Digest is null ? null : line.Completed ?? 0,
                Total = line.Total,
                BytesPerSecond = speed,
                EtaSeconds = eta,
            };
            if (line.Digest is not null && _toldAt is { } at && time.GetElapsedTime(at) < Interval)
                return;
            if (line.Digest is not null)
                _toldAt = time.GetTimestamp();
            Tell();
        }
    }

    /// <summary>Ends a waiting job at once; a running one ends when its request to Ollama is closed.</summary>
    public async Task CancelAsync()
    {
        if (IsQueued)
            EndCancelled();
        try
        {
            // Also after that: it may have been started in between.
            await _cancel.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended long ago and was just forgotten.
        }
    }

    public void EndCancelled() => End(PullStatuses.Cancelled, new PullEvent
    {
        Type = PullEventTypes.Error,
        Status = PullStatuses.Cancelled,
        Error = "The download was cancelled. Pull the model again to go on: what has arrived is kept.",
    });

    public void EndDone(string? modelId) => End(PullStatuses.Done, new PullEvent { Type = PullEventTypes.Done, Status = "success", ModelId = modelId });

    public void EndFailed(ProblemException e) => End(PullStatuses.Failed, new PullEvent
    {
        Type = PullEventTypes.Error,
        Status = PullStatuses.Failed,
        Error = e.Message,
        Problem = Problems.From(e, "/v1/models/pulls/" + Id, Id, time),
    });

    public PullView ToView()
    {
        lock (_gate)
            return new PullView
            {
                Id = Id,
                Name = Name,
                Status = _status,
                Progress = _latest,
                Error = _end?.Error,
                CreatedAt = _createdAt,
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
            (_status, _end, _endedAt) = (status, end, time.GetUtcNow().UtcDateTime);
            _ended.SetResult();
            Tell();
        }
    }

    private void Tell()
    {
        _told = _latest;
        _changed.SetResult();
        _changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
