using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>One download, from the request to Ollama to its outcome.</summary>
internal sealed class PullRun(PullJob job, OllamaClient ollama, ApiOptions options, TimeProvider time)
{
    /// <summary>After a restart of the machine Ollama may come up later than this service: a job that goes on by itself waits for it.</summary>
    internal static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _patience = options.PullStallTimeout;

    /// <exception cref="OperationCanceledException">The service stops.</exception>
    public async Task<PullOutcome> RunAsync(CancellationToken stopping)
    {
        using var stalled = new CancellationTokenSource(_patience, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, job.Cancelled, stalled.Token);
        OllamaException? away = null;
        try
        {
            for (var pause = FirstRetry; ; pause = pause * 2 < LastRetry ? pause * 2 : LastRetry)
            {
                try
                {
                    await ReadAsync(stalled, any.Token);
                    return new PullOutcome(PullStatuses.Done);
                }
                catch (OllamaException e) when (e.Kind == OllamaFault.Unreachable && job.IsResumed)
                {
                    away = e;
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
            return job.Cancelled.IsCancellationRequested ? PullOutcome.Cancelled : PullOutcome.Failed(away?.ToProblem() ?? Stalled());
        }
    }

    private async Task ReadAsync(CancellationTokenSource stalled, CancellationToken cancellationToken)
    {
        await foreach (var line in ollama.PullAsync(job.Name, cancellationToken, job.IsInsecure && options.AllowInsecurePulls, job.Host))
        {
            if (!job.IsNews(line))
                continue;
            stalled.CancelAfter(_patience);
            job.Report(line);
        }
    }

    private ProblemException Stalled() => new(ProblemCodes.OllamaTimeout,
        $"Nothing has arrived for {(_patience.TotalSeconds < 120 ? $"{_patience.TotalSeconds:0.#} s" : $"{_patience.TotalMinutes:0.#} min")}. Look at the network of the machine where Ollama runs, then retry: what has arrived is kept.");
}
