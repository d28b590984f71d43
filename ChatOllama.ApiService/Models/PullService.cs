using System.Threading.Channels;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// Owns the downloads: they outlive whoever asked for them, run one after the other, and are one per name. Jobs live in memory. Thread-safe.
/// </summary>
public sealed partial class PullService(ModelCatalog catalog, OllamaClient ollama, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<PullService> log) : BackgroundService
{
    internal const int MaxWaiting = 100;
    internal const int MaxEnded = 100;

    private readonly Lock _gate = new();
    private readonly List<PullJob> _jobs = [];
    private readonly Channel<PullJob> _queue = Channel.CreateUnbounded<PullJob>();
    private bool _stopped;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<PullView> List()
    {
        lock (_gate)
            return [.. _jobs.AsEnumerable().Reverse().Select(j => j.ToView())];
    }

    /// <summary>Jobs that wait or run.</summary>
    public int Unfinished
    {
        get
        {
            lock (_gate)
                return _jobs.Count(j => !j.HasEnded);
        }
    }

    internal PullJob? Find(string id)
    {
        lock (_gate)
            return _jobs.Find(j => j.Id == id);
    }

    /// <summary>The job that pulls this model: the one that waits or runs already, else a new one.</summary>
    /// <param name="name">A full name.</param>
    /// <exception cref="ProblemException">503 when too many wait or the service stops.</exception>
    internal PullJob Start(string name)
    {
        lock (_gate)
        {
            if (_stopped || lifetime.ApplicationStopping.IsCancellationRequested)
                throw new ProblemException(ProblemCodes.Overloaded, "The service is stopping. Pull the model again in a moment.") { RetryAfterSeconds = 5 };
            if (_jobs.Find(j => !j.HasEnded && string.Equals(j.Name, name, StringComparison.OrdinalIgnoreCase)) is { } going)
                return going;
            if (_jobs.Count(j => j.IsQueued) >= MaxWaiting)
                throw new ProblemException(ProblemCodes.Overloaded, $"{MaxWaiting} downloads are waiting already. Cancel some, or try again when some have ended.") { RetryAfterSeconds = 60 };
            var job = new PullJob(name, time);
            _jobs.Add(job);
            Forget();
            _queue.Writer.TryWrite(job);
            return job;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server stops before this service and waits for its watchers, so waiting for our own turn would take until its patience ends.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            await foreach (var job in _queue.Reader.ReadAllAsync(stopping.Token))
            {
                if (job.TryStart())
                    await RunAsync(job, stopping.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service stops.
        }
        finally
        {
            EndAll();
        }
    }

    public override void Dispose()
    {
        foreach (var job in _jobs)
            job.Dispose();
        base.Dispose();
    }

    private async Task RunAsync(PullJob job, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, job.Cancelled);
        catalog.Downloading = job.Name;
        try
        {
            await foreach (var line in ollama.PullAsync(job.Name, either.Token))
                job.Report(line);
            var id = await ShowAsync(job.Name, stopping);
            catalog.Downloading = null;
            job.EndDone(id);
            LogDone(job.Name);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            job.EndFailed(Stopping());
        }
        catch (OperationCanceledException) when (job.Cancelled.IsCancellationRequested)
        {
            catalog.Downloading = null;
            job.EndCancelled();
        }
        catch (OllamaException e)
        {
            catalog.Downloading = null;
            job.EndFailed(e.ToProblem());
            LogFailed(job.Name, e.Sentence);
        }
        catch (Exception e)
        {
            // The next job must get its turn whatever is wrong with this one.
            catalog.Downloading = null;
            job.EndFailed(new ProblemException(ProblemCodes.Internal, "The service made a mistake while it pulled the model. Try again; its log says more.", e));
            LogBroken(e, job.Name);
        }
        finally
        {
            catalog.Downloading = null;
        }
    }

    /// <summary>Brings what was pulled into the list, also where a person had removed it: whoever pulls a model wants it.</summary>
    /// <returns>Its id; null when Ollama has not listed it yet, which the background sync makes good.</returns>
    private async Task<string?> ShowAsync(string name, CancellationToken stopping)
    {
        try
        {
            if ((await catalog.GetAsync(stopping)).FindName(name) is { } hidden && ModelRules.IsHidden(hidden.Row))
                await catalog.ChangeAsync(context => context.Db.Models.Single(m => m.Key == hidden.Row.Key).Digest = null);
            await catalog.SyncAnewAsync(stopping);
        }
        catch (OllamaException e)
        {
            LogUnlisted(name, e.Sentence);
        }
        return (await catalog.GetAsync(stopping)).FindName(name)?.Row.Id;
    }

    private void EndAll()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (var job in _jobs)
                job.EndFailed(Stopping());
        }
    }

    /// <summary>Keeps the ends of the last hundred.</summary>
    private void Forget()
    {
        var surplus = _jobs.Count(j => j.HasEnded) - MaxEnded;
        for (var i = 0; surplus > 0 && i < _jobs.Count;)
        {
            if (!_jobs[i].HasEnded)
            {
                i++;
                continue;
            }
            _jobs[i].Dispose();
            _jobs.RemoveAt(i);
            surplus--;
        }
    }

    private static ProblemException Stopping() => new(ProblemCodes.Overloaded, "The service stopped before the download ended. Pull the model again: what has arrived is kept.");

    [LoggerMessage(LogLevel.Information, "Pulled {Model}")]
    private partial void LogDone(string model);

    [LoggerMessage(LogLevel.Warning, "Pulling {Model} failed: {Sentence}")]
    private partial void LogFailed(string model, string sentence);

    [LoggerMessage(LogLevel.Warning, "Pulled {Model}, but the list could not be read: {Sentence}")]
    private partial void LogUnlisted(string model, string sentence);

    [LoggerMessage(LogLevel.Error, "Pulling {Model} failed by a mistake of the service")]
    private partial void LogBroken(Exception e, string model);
}
