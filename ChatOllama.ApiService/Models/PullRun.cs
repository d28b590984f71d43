using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>One download, from the request to Ollama to its outcome.</summary>
internal sealed class PullRun(PullJob job, OllamaClient ollama, PullPlaces places, ApiOptions options, TimeProvider time)
{
    internal static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromSeconds(30);

    /// <summary>How often in a row an attempt may break off, or Ollama not be there for it, without anything having arrived.</summary>
    private const int MaxBroken = 5;

    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _patience = options.PullStallTimeout;
    private TimeSpan _pause = FirstRetry;
    private OllamaProgress? _before;
    private int _broken;

    /// <summary>Call it with a place; it comes back with one unless it throws.</summary>
    /// <remarks>An Ollama that is away, restarts or comes up later than this service is waited for, however long: whoever looks is told, and may cancel.</remarks>
    /// <exception cref="OperationCanceledException">The service stops.</exception>
    public async Task<PullOutcome> RunAsync(CancellationToken stopping)
    {
        using var stalled = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, job.Cancelled, stalled.Token);
        try
        {
            while (true)
            {
                bool isAway;
                try
                {
                    await ReadAsync(stalled, any.Token);
                    return new PullOutcome(PullStatuses.Done);
                }
                // An attempt that found nobody counts as well: Ollama was there when it was made, since whoever stands aside waits until it is. So one
                // that is away counts once, however long, and one that drops each download while it answers all else is not asked for ever.
                catch (OllamaException e) when (e.Kind is OllamaFault.Unreachable or OllamaFault.Incomplete && ++_broken <= MaxBroken)
                {
                    isAway = e.Kind == OllamaFault.Unreachable;
                }
                // Ollama goes on where it was. Waiting for it is not the silence of a source.
                stalled.CancelAfter(Timeout.InfiniteTimeSpan);
                job.TellWaitingForOllama();
                if (!isAway)
                    await PauseAsync(any.Token);
                else if (!await StandAsideAsync(any.Token))
                    return PullOutcome.Cancelled;
            }
        }
        catch (OllamaException e)
        {
            return PullOutcome.Failed(e.ToProblem());
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return job.Cancelled.IsCancellationRequested ? PullOutcome.Cancelled : PullOutcome.Failed(Stalled());
        }
    }

    /// <summary>Others may go on meanwhile.</summary>
    /// <returns>False when it was cancelled while it waited for its turn.</returns>
    private async Task<bool> StandAsideAsync(CancellationToken cancellationToken)
    {
        places.StepAside(job);
        do
            await PauseAsync(cancellationToken);
        while (!await ollama.AnswersAsync(job.Host, ProbeLimit, cancellationToken));
        var turn = places.EnterAsync(job, cancellationToken, isBack: true);
        if (!turn.IsCompleted)
            job.TellQueuedAgain();
        await turn;
        return !job.IsQueued || job.TryStart();
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_pause, time, cancellationToken);
        _pause = _pause * 2 < LastRetry ? _pause * 2 : LastRetry;
    }

    private async Task ReadAsync(CancellationTokenSource stalled, CancellationToken cancellationToken)
    {
        _before = null;
        stalled.CancelAfter(_patience);
        await foreach (var line in ollama.PullAsync(job.Name, cancellationToken, job.IsInsecure && options.AllowInsecurePulls, job.Host))
        {
            if (!job.IsNews(line))
                continue;
            stalled.CancelAfter(_patience);
            job.Report(line);
            // The first line of an attempt says what is there already: only what grows has arrived now, and all is well again.
            if (line.Digest is not null && _before?.Digest == line.Digest && line.Completed > (_before.Completed ?? 0))
                (_broken, _pause) = (0, FirstRetry);
            _before = line;
        }
    }

    private ProblemException Stalled() => new(ProblemCodes.OllamaTimeout,
        $"Nothing has arrived for {(_patience.TotalSeconds < 120 ? $"{_patience.TotalSeconds:0.#} s" : $"{_patience.TotalMinutes:0.#} min")}. Look at the network of the machine where Ollama runs, then retry: what has arrived is kept.");
}
