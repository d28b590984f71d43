using Microsoft.Extensions.Hosting;

namespace ChatOllama.ServiceDefaults.Hosting;

/// <summary>For work in the background that should not take the processor from a service that is just starting.</summary>
public static class StartOrder
{
    /// <summary>Completes when the service listens; cancelled when it is told to stop before.</summary>
    public static async Task WaitUntilStartedAsync(this IHostApplicationLifetime lifetime, CancellationToken stop)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), started);
        await started.Task.WaitAsync(stop);
    }
}
