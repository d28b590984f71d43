using System.Data.Common;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Ollama;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Ollama says nothing while it loads a model, and nothing when it has loaded it: the first byte comes with the first word. So while a
/// generation is in phase <c>loading</c> this looks once a second whether the model is in <c>/api/ps</c> by now, and tells phase
/// <c>prompt</c> then. Belongs to one pump, which disposes it with its first word; nothing of it runs after that.
/// </summary>
internal sealed class LoadWatch : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop;
    private readonly Task _looking;

    private LoadWatch(Run run, IModelCatalog models, TimeProvider time)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(run.Generation.Ending);
        _looking = LookAsync(run, models, time, _stop.Token);
    }

    /// <summary>Null where there is nothing to wait for.</summary>
    public static LoadWatch? Start(Run run, IModelCatalog models, TimeProvider time) => run.IsLoading ? new LoadWatch(run, models, time) : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        _stop.Dispose();
    }

    private static async Task LookAsync(Run run, IModelCatalog models, TimeProvider time, CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(Every, time);
            while (await timer.WaitForNextTickAsync(stop) && run.IsLoading)
            {
                // Answers that wait at the same time share one reading.
                if (await models.FindLoadedAsync(run.Generation.Request.Model, Every / 2, stop) is { } loaded && Fits(run, loaded)) run.Loaded();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or OllamaException or DbException)
        {
            // It only adds a word to the page; whether Ollama answers is found out by the answer itself.
        }
    }

    /// <summary>A model that is to run with another context is loaded anew, after waiting for what runs in it.</summary>
    public static bool Fits(Run run, LoadedModel loaded) => run.Generation.Request.ExplicitContextLength is not { } wanted || loaded.ContextLength is not { } has
        || has == wanted || (run.Generation.Request.Model.ContextLength is { } most && wanted > most);
}
