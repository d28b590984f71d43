using System.Threading.Channels;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using ChatOllama.ServiceDefaults.Hosting;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// Owns the downloads: they outlive whoever asked for them and a restart of the service, wait for one of <c>MAX_PULLS</c> places, and are one per name. Thread-safe.
/// </summary>
public sealed partial class PullService(
    ModelCatalog catalog, PullStore store, ActivePulls active, OllamaClient ollama, OllamaServers servers, ApiOptions options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<PullService> log)
    : BackgroundService
{
    internal const int MaxWaiting = 100;
    internal const int MaxEnded = 100;

    private static readonly TimeSpan SyncPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly List<PullJob> _jobs = [];
    private readonly UnstoredEnds _unstored = new(store, active);
    private readonly Channel<PullJob> _queue = Channel.CreateUnbounded<PullJob>();
    private readonly PullPlaces _places = new(options.MaxPulls);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    /// <summary>Jobs that wait or run.</summary>
    public int Unfinished
    {
        get
        {
            lock (_gate)
                return _jobs.Count(j => !j.HasEnded);
        }
    }

    /// <summary>Newest first, each with its place in the order.</summary>
    internal async Task<IReadOnlyList<(long Key, PullView View)>> ListAsync(CancellationToken cancellationToken)
    {
        await _loaded.Task.WaitAsync(cancellationToken);
        lock (_gate)
        {
            var waiting = 0;
            var views = _jobs.OrderBy(j => j.Key == 0 ? long.MaxValue : j.Key).Select(j => (j.Key, j.ToView(j.IsQueued ? waiting++ : 0))).ToList();
            views.Reverse();
            return views;
        }
    }

    internal async Task<PullView> ViewAsync(PullJob job, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(p => p.View.Id == job.Id).View ?? job.ToView();

    internal async Task<PullJob?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await _loaded.Task.WaitAsync(cancellationToken);
        lock (_gate)
            return _jobs.Find(j => j.Id == id);
    }

    /// <summary>The job that pulls this model: the one that waits or runs already, else a new one. It is stored when this returns.</summary>
    /// <param name="name">A full name.</param>
    /// <param name="host">Which of several Ollamas is to have it; null: <see cref="OllamaServers.ForPull"/>. The same model for two of them is two jobs.</param>
    /// <exception cref="ProblemException">503 when too many wait or the service stops.</exception>
    internal async Task<PullJob> StartAsync(string name, bool insecure, CancellationToken cancellationToken, string? host = null)
    {
        await _loaded.Task.WaitAsync(cancellationToken);
        // One that is being cancelled would take the new request with it.
        while (Leaving(name, host) is { } leaving)
            await leaving.Ended.WaitAsync(cancellationToken);
        PullJob job;
        lock (_gate)
        {
            if (_stopped || lifetime.ApplicationStopping.IsCancellationRequested)
                throw new ProblemException(ProblemCodes.Overloaded, "The service is stopping. Pull the model again in a moment.") { RetryAfterSeconds = 5 };
            if (Going(name, host) is { } going)
            {
                job = going;
            }
            else
            {
                if (_jobs.Count(j => j.IsQueued) >= MaxWaiting)
                    throw new ProblemException(ProblemCodes.Overloaded, $"{MaxWaiting} downloads are waiting already. Cancel some, or try again when some have ended.") { RetryAfterSeconds = 60 };
                _jobs.Add(job = new PullJob(name, time, insecure, servers.Only is null ? host ?? servers.ForPull(name).Name : null));
                active.Add(job);
                job.Stored = AddAsync(job);
            }
        }
        await job.Stored.WaitAsync(cancellationToken);
        return job;
    }

    /// <summary>Cancels and waits until it has ended; one that has ended stays as it is.</summary>
    internal async Task CancelAsync(PullJob job, CancellationToken cancellationToken)
    {
        await job.CancelAsync();
        if (job.IsQueued)
            await FinishAsync(job, PullOutcome.Cancelled);
        await job.Ended.WaitAsync(cancellationToken);
    }

    /// <summary>Cancels the jobs of a model, if there are any: several only where several Ollamas download it.</summary>
    /// <param name="name">A full name.</param>
    internal async Task CancelAsync(string name, CancellationToken cancellationToken)
    {
        await _loaded.Task.WaitAsync(cancellationToken);
        List<PullJob> jobs;
        lock (_gate)
            jobs = _jobs.FindAll(j => IsGoing(j, name));
        foreach (var job in jobs)
            await CancelAsync(job, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server stops before this service and waits for its watchers, so waiting for our own turn would take until its patience ends.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            await lifetime.WaitUntilStartedAsync(stopping.Token);
            await LoadAsync(stopping.Token);
            await Task.WhenAll(WorkAsync(stopping.Token), _unstored.RunAsync(time, stopping.Token));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service stops.
        }
        finally
        {
            _loaded.TrySetResult();
            Suspend();
            await _unstored.StoreAsync();
        }
    }

    public override void Dispose()
    {
        foreach (var job in _jobs)
            job.Dispose();
        _unstored.Dispose();
        base.Dispose();
    }

    private PullJob? Going(string name, string? host) => _jobs.Find(j => IsGoing(j, name) && (host is null || servers.Only is not null || j.Host == host));

    private PullJob? Leaving(string name, string? host)
    {
        lock (_gate)
            return Going(name, host) is { IsLeaving: true } going ? going : null;
    }

    private static bool IsGoing(PullJob job, string name) => !job.HasEnded && string.Equals(job.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the last process left: the ends to be read, the rest to go on with.</summary>
    private async Task LoadAsync(CancellationToken stopping)
    {
        try
        {
            var rows = await store.LoadAsync(stopping);
            var twins = PullStore.Join(rows, time.GetUtcNow().UtcDateTime);
            foreach (var row in rows)
            {
                var job = new PullJob(row, time);
                lock (_gate)
                    _jobs.Add(job);
                if (job.HasEnded)
                    continue;
                LogGoesOn(job.Name);
                active.Add(job);
                _queue.Writer.TryWrite(job);
            }
            await store.EndTwinsAsync(twins);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A broken history must not be the end of downloads.
            LogUnreadable(e);
        }
        _loaded.TrySetResult();
    }

    private async Task AddAsync(PullJob job)
    {
        // Leaves the lock of the caller before the database is asked.
        await Task.Yield();
        try
        {
            // First what ended before: the end of an earlier job must not be written over the beginning of this one.
            await _unstored.StoreAsync();
            await store.AddAsync(job);
            _queue.Writer.TryWrite(job);
        }
        catch (Exception e)
        {
            active.Remove(job);
            lock (_gate)
                _jobs.Remove(job);
            job.End(PullOutcome.Failed(e as ProblemException ?? new ProblemException(ProblemCodes.Internal, "The download could not be stored. Try again; the log of the service says more.", e)));
            job.Dispose();
            throw;
        }
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        var going = new List<Task>();
        try
        {
            await foreach (var job in _queue.Reader.ReadAllAsync(stopping))
            {
                going.RemoveAll(task => task.IsCompleted);
                going.Add(RunAsync(job, stopping));
            }
        }
        finally
        {
            await Task.WhenAll(going);
        }
    }

    private async Task RunAsync(PullJob job, CancellationToken stopping)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stopping, job.Cancelled);
        try
        {
            await _places.EnterAsync(job, gone.Token);
            if (job.TryStart())
                await PullAsync(job, stopping);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // Whoever cancels one that waits ends it, and a stop leaves it for the next start.
        }
        finally
        {
            _places.Leave(job);
        }
    }

    private async Task PullAsync(PullJob job, CancellationToken stopping)
    {
        PullOutcome outcome;
        try
        {
            // Also of a job that was stored while this was allowed.
            PullNames.Check(job.Name, options.AllowInsecurePulls);
            await store.StartedAsync(job);
            outcome = await new PullRun(job, ollama, _places, options, time).RunAsync(stopping);
            if (outcome.Status == PullStatuses.Done)
                outcome = outcome with { ModelId = await ShowAsync(job.Name, stopping) };
            else
                await LookAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // In the database it still runs: the next start goes on with it. What a person has cancelled must not come back with it.
            if (!job.Cancelled.IsCancellationRequested)
                return;
            outcome = PullOutcome.Cancelled;
        }
        catch (ProblemException e)
        {
            outcome = PullOutcome.Failed(e);
        }
        catch (Exception e)
        {
            // The next job must get its turn whatever is wrong with this one.
            LogBroken(e, job.Name);
            outcome = PullOutcome.Failed(new ProblemException(ProblemCodes.Internal, "The service made a mistake while it pulled the model. Try again; its log says more.", e));
        }
        await FinishAsync(job, outcome);
    }

    private async Task FinishAsync(PullJob job, PullOutcome outcome)
    {
        if (!job.TryFinish())
            return;
        active.Remove(job);
        try
        {
            await job.Stored;
            await store.EndAsync(job, outcome);
        }
        catch (Exception e)
        {
            // Whoever waits for the end must get it; it is stored as soon as that is possible.
            LogUnstored(e, job.Name);
            if (job.Key != 0)
                _unstored.Add(job, outcome);
        }
        job.End(outcome);
        Forget();
        LogEnded(job.Name, outcome.Status, outcome.Fault?.Message);
    }

    /// <summary>Brings what was pulled into the list, also where a person had removed it: whoever pulls a model wants it.</summary>
    /// <returns>Its id; null when Ollama has not listed it yet, which the background sync makes good.</returns>
    private async Task<string?> ShowAsync(string name, CancellationToken stopping)
    {
        try
        {
            await catalog.SyncAnewAsync(stopping);
            await catalog.BringBackAsync(name);
        }
        catch (OllamaException e)
        {
            LogUnlisted(name, e.Sentence);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It is in Ollama whatever the database says; a sync that succeeds lists it.
            LogUnlisted(name, e.Message);
        }
        catalog.ForgetOldSource(name);
        return (await catalog.GetAsync(stopping)).FindName(name) is { Row: { Status: ModelStatuses.Available } row } ? row.Id : null;
    }

    /// <summary>Ollama may have finished in the moment in which it was told to stop. Whoever cancelled does not wait long for that.</summary>
    private async Task LookAsync(CancellationToken stopping)
    {
        try
        {
            await catalog.SyncAnewAsync(stopping).WaitAsync(SyncPatience, time, stopping);
        }
        catch (Exception e) when (e is OllamaException or TimeoutException or OperationCanceledException)
        {
            // Then the next sync sees it. Also when the service stops: the download has ended, which must be stored, or the next start would go on with it.
        }
    }

    /// <summary>Tells the watchers that it goes on later.</summary>
    private void Suspend()
    {
        lock (_gate)
        {
            _stopped = true;
            var why = new ProblemException(ProblemCodes.Overloaded, "The service stops. The download goes on by itself when it is back.");
            foreach (var job in _jobs)
                job.End(new PullOutcome(PullStatuses.Queued, why));
        }
    }

    /// <summary>Keeps the ends of the last hundred.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            foreach (var job in _jobs.Where(j => j.HasEnded).OrderByDescending(j => j.Key).Skip(MaxEnded).ToList())
            {
                _jobs.Remove(job);
                job.Dispose();
            }
        }
    }
}
