namespace ChatOllama.ApiService.Models;

/// <summary>
/// The places of <c>MAX_PULLS</c>: who has waited longest gets the next one, and a download whose Ollama is away holds none. Of the others of that Ollama
/// none is tried until it is back: each would only find the same. Thread-safe.
/// </summary>
internal sealed class PullPlaces(int most)
{
    private readonly Lock _gate = new();
    private readonly List<Waiting> _waiting = [];
    private readonly HashSet<PullJob> _holders = [];

    /// <summary>By Ollama, who waits for it.</summary>
    private readonly Dictionary<string, HashSet<PullJob>> _away = [];

    /// <summary>Completes when the job has a place, at once where one is free. Give it back with <see cref="Leave"/>.</summary>
    /// <param name="isBack">Its Ollama answers again.</param>
    /// <exception cref="OperationCanceledException">Then it has none.</exception>
    public async Task EnterAsync(PullJob job, CancellationToken cancellationToken, bool isBack = false)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add(new(job, turn));
            if (isBack)
                _away.Remove(HostOf(job));
            Hand();
        }
        try
        {
            await turn.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Leave(job);
            throw;
        }
    }

    /// <summary>It needs no place any more, whether it has one or not.</summary>
    public void Leave(PullJob job)
    {
        lock (_gate)
        {
            _waiting.RemoveAll(waiting => waiting.Job == job);
            _holders.Remove(job);
            if (_away.TryGetValue(HostOf(job), out var aside) && aside.Remove(job) && aside.Count == 0)
                _away.Remove(HostOf(job)); // nobody looks for that Ollama any more: the next one does
            Hand();
        }
    }

    /// <summary>Its Ollama is away: gives its place to one of another Ollama. The job looks for its own, then it comes back with <see cref="EnterAsync"/>.</summary>
    public void StepAside(PullJob job)
    {
        lock (_gate)
        {
            if (!_away.TryGetValue(HostOf(job), out var aside))
                _away[HostOf(job)] = aside = [];
            aside.Add(job);
            _holders.Remove(job);
            Hand();
        }
    }

    private void Hand()
    {
        while (_holders.Count < most && _waiting.Where(w => !_away.ContainsKey(HostOf(w.Job))).MinBy(w => w.Job.Key) is { } next)
        {
            _waiting.Remove(next);
            _holders.Add(next.Job);
            next.Turn.SetResult();
        }
    }

    private static string HostOf(PullJob job) => job.Host ?? "";

    private sealed record Waiting(PullJob Job, TaskCompletionSource Turn);
}
