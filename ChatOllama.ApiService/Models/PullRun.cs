using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>One download, from the request to Ollama to its outcome.</summary>
internal sealed class PullRun(PullJob job, OllamaClient ollama, ApiOptions options, TimeProvider time)
{
    internal static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromSeconds(30);

    /// <summary>How often in a row a connection may break off without anything having arrived.</summary>
    private const int MaxBroken = 5;

    private readonly TimeSpan _patience = options.PullStallTimeout;
    private int _broken;

    /// <remarks>An Ollama that is away, restarts or comes up later than this service is waited for, however long: whoever looks is told, and may cancel.</remarks>
    /// <exception cref="OperationCanceledException">The service stops.</exception>
    public async Task<PullOutcome> RunAsync(CancellationToken stopping)
    {
        using var stalled = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, job.Cancelled, stalled.Token);
        try
        {
            for (var pause = FirstRetry; ; pause = pause * 2 < LastRetry ? pause * 2 : LastRetry)
            {
                try
                {
                    await ReadAsync(stalled, any.Token);
                    return new PullOutcome(PullStatuses.Done);
                }
                catch (OllamaException e) when (e.Kind == OllamaFault.Unreachable || (e.Kind == OllamaFault.Incomplete && ++_broken <= MaxBroken))
                {
                    // Ollama goes on where it was. Waiting for it is not the silence of a source.
                    stalled.CancelAfter(Timeout.InfiniteTimeSpan);
                    job.Wait();
                }
                await Task.Delay(pause, time, any.Token);
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

    private async Task ReadAsync(CancellationTokenSource stalled, CancellationToken cancellationToken)
    {
        stalled.CancelAfter(_patience);
        await foreach (var line in ollama.PullAsync(job.Name, cancellationToken, job.IsInsecure && options.AllowInsecurePulls, job.Host))
        {
            if (!job.IsNews(line))
                continue;
            stalled.CancelAfter(_patience);
            job.Report(line);
            // Lines without bytes come with every new attempt.
            if (line.Completed > 0)
                _broken = 0;
        }
    }

    private ProblemException Stalled() => new(ProblemCodes.OllamaTimeout,
        $"Nothing has arrived for {(_patience.TotalSeconds < 120 ? $"{_patience.TotalSeconds:0.#} s" : $"{_patience.TotalMinutes:0.#} min")}. Look at the network of the machine where Ollama runs, then retry: what has arrived is kept.");
}
