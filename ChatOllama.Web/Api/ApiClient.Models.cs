using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChatOllama.Contracts;

namespace ChatOllama.Web.Api;

/// <summary>What the pages of the models do: downloads, memory, new models, removing.</summary>
public sealed partial class ApiClient
{
    /// <summary>For what takes as long as a disk or a graphics card needs: loading a model, making one.</summary>
    private static readonly TimeSpan LongTimeout = TimeSpan.FromMinutes(10);

    public async Task<IReadOnlyList<PullView>> ListPullsAsync(CancellationToken stop) => (await GetAsync("/v1/models/pulls", ContractsJson.Default.PullList, stop)).Pulls;

    /// <summary>The job that pulls this model: a new one, or the one that does already.</summary>
    /// <param name="host">Which of several Ollamas is to have it; null leaves it to the api.</param>
    public Task<PullView> StartPullAsync(string name, string? host, CancellationToken stop) =>
        PostAsync("/v1/models/pull", JsonContent.Create(new PullModelRequest { Name = name, Host = host }, ContractsJson.Default.PullModelRequest), ContractsJson.Default.PullView, CallTimeout, stop);

    public Task<PullView> RetryPullAsync(string id, CancellationToken stop) => PostAsync($"/v1/models/pulls/{Escape(id)}/retry", null, ContractsJson.Default.PullView, CallTimeout, stop);

    public Task CancelPullAsync(string id, CancellationToken stop) => SendAsync(HttpMethod.Delete, $"/v1/models/pulls/{Escape(id)}", null, stop);

    /// <summary>The news of a download, to the one that ends it; a cut connection is an <see cref="ApiException"/>.</summary>
    internal IAsyncEnumerable<PullEvent> FollowPullAsync(string id, CancellationToken stop) => FollowAsync(EventRequest(HttpMethod.Get, $"/v1/models/pulls/{Escape(id)}/events"), stop);

    /// <summary>Makes a model and tells of it, to the event that ends it. Leaving the loop cancels it.</summary>
    internal IAsyncEnumerable<PullEvent> MakeModelAsync(CreateModelRequest request, CancellationToken stop)
    {
        var making = EventRequest(HttpMethod.Post, "/v1/models");
        making.Content = JsonContent.Create(request, ContractsJson.Default.CreateModelRequest);
        return FollowAsync(making, stop);
    }

    private async IAsyncEnumerable<PullEvent> FollowAsync(HttpRequestMessage request, [EnumeratorCancellation] CancellationToken stop)
    {
        using var response = await CallAsync(request, HttpCompletionOption.ResponseHeadersRead, stop, stop);
        await ThrowIfProblemAsync(response, stop);
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        await using var batches = SseReader.ReadAsync(stream, stop).GetAsyncEnumerator(stop);
        // Of what came at once only the last is worth drawing.
        while (await NextAsync(batches, stop)) yield return ParsePull(batches.Current[^1].Data);
    }

    /// <summary>What is in Ollama's memory.</summary>
    public Task<RunningModelList> ListRunningAsync(CancellationToken stop) => GetAsync("/v1/models/running", ContractsJson.Default.RunningModelList, stop);

    /// <summary>Null where the answer is a failure or does not come in time: for what a page can do without.</summary>
    public async Task<T?> TryAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan patience, CancellationToken stop) where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(patience);
        try
        {
            return await call(limit.Token);
        }
        catch (Exception failed) when (failed is ApiException || (failed is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Loads a model and waits until it is there.</summary>
    /// <param name="stays">True: until somebody unloads it. False: as long as its settings say.</param>
    /// <param name="host">Which of several Ollamas; null leaves it to the api.</param>
    public Task LoadModelAsync(string id, bool stays, string? host, CancellationToken stop) =>
        PostAsync($"/v1/models/{Escape(id)}/load", JsonContent.Create(new LoadModelRequest { KeepAlive = stays ? JsonElement.Parse("-1") : null, Host = host }, ContractsJson.Default.LoadModelRequest),
            ContractsJson.Default.RunningModel, LongTimeout, stop);

    /// <param name="host">Which of several Ollamas; null: all that have it loaded.</param>
    public Task UnloadModelAsync(string id, string? host, CancellationToken stop) => PostAsync($"/v1/models/{Escape(id)}/unload",
        host is null ? null : JsonContent.Create(new UnloadModelRequest { Host = host }, ContractsJson.Default.UnloadModelRequest), ContractsJson.Default.ModelView, LongTimeout, stop);

    public Task<ModelView> CopyModelAsync(string id, string name, CancellationToken stop) =>
        PostAsync($"/v1/models/{Escape(id)}/copy", JsonContent.Create(new CopyModelRequest { Name = name }, ContractsJson.Default.CopyModelRequest), ContractsJson.Default.ModelView, LongTimeout, stop);

    /// <summary>Takes a model off the list here.</summary>
    /// <param name="purge">True: deletes it from Ollama as well.</param>
    public Task RemoveModelAsync(string id, bool purge, CancellationToken stop) => SendAsync(HttpMethod.Delete, $"/v1/models/{Escape(id)}" + (purge ? "?purge=true" : ""), null, stop);

    /// <summary>Brings back a model that was removed here and that Ollama still has.</summary>
    public Task RestoreModelAsync(string id, CancellationToken stop) => SendAsync(HttpMethod.Post, $"/v1/models/{Escape(id)}/restore", null, stop);

    /// <summary>What Ollama knows of a model.</summary>
    public Task<ModelInfo> GetModelInfoAsync(string id, CancellationToken stop) => GetAsync($"/v1/models/{Escape(id)}/details", ContractsJson.Default.ModelInfo, stop);

    /// <summary>Asks the registry which models differ from their source.</summary>
    public Task<ModelUpdateList> CheckUpdatesAsync(CancellationToken stop) => PostAsync("/v1/models/updates", null, ContractsJson.Default.ModelUpdateList, LongTimeout, stop);

    /// <summary>What the last check found.</summary>
    public Task<ModelUpdateList> GetUpdatesAsync(CancellationToken stop) => GetAsync("/v1/models/updates", ContractsJson.Default.ModelUpdateList, stop);

    /// <summary>Pulls a model again, or all that differ from their source.</summary>
    public Task UpdateModelsAsync(string? id, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, "/v1/models/update", JsonContent.Create(new UpdateModelsRequest { Models = id is null ? null : [id] }, ContractsJson.Default.UpdateModelsRequest), stop);

    public Task<ModelView> CreateModelAsync(CreateModelRequest request, CancellationToken stop) =>
        PostAsync("/v1/models", JsonContent.Create(request, ContractsJson.Default.CreateModelRequest), ContractsJson.Default.ModelView, LongTimeout, stop);

    /// <param name="from">The first day.</param>
    /// <param name="by"><c>day</c> or <c>model</c>.</param>
    /// <param name="model">The only one that counts; null for all.</param>
    /// <param name="stop">Cancels it.</param>
    public Task<StatsView> GetStatsAsync(DateOnly from, string by, string? model, CancellationToken stop) =>
        GetAsync($"/v1/stats?from={from.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)}&by={by}" + (string.IsNullOrEmpty(model) ? "" : "&model=" + Escape(model)), ContractsJson.Default.StatsView, stop);

    private static PullEvent ParsePull(string data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, ContractsJson.Default.PullEvent)!;
        }
        catch (JsonException broken)
        {
            throw ApiException.Unreachable(broken);
        }
    }

    private async Task<T> PostAsync<T>(string path, HttpContent? body, JsonTypeInfo<T> type, TimeSpan patience, CancellationToken stop)
    {
        using var limit = Limit(stop, patience);
        using var response = await CallAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = body }, HttpCompletionOption.ResponseContentRead, limit.Token, stop);
        await ThrowIfProblemAsync(response, limit.Token);
        return await ReadAsync(response, type, limit.Token);
    }
}
