using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChatOllama.Contracts;
using ChatOllama.Web.Components;
using ChatOllama.Web.Components.Shared;

namespace ChatOllama.Web.Api;

/// <summary>An event of an answer and the cursor after which to go on.</summary>
public readonly record struct AnswerEvent(string? Cursor, ChatEvent Event);

/// <summary>
/// The api as the web sees it. Every failure is an <see cref="ApiException"/> with a sentence for people. What only reads is asked again for a moment
/// while the api starts; nothing else is, because a chat must never be asked twice. Thread-safe.
/// </summary>
public sealed partial class ApiClient(HttpClient http, IHttpClientFactory clients)
{
    /// <summary>The name of the client for calls that only read.</summary>
    internal const string Reads = "api-reads";

    private readonly HttpClient _reads = clients.CreateClient(Reads);

    /// <summary>For everything but streams.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(35);

    public Task<SessionList> ListSessionsAsync(SessionFilter filter, CancellationToken stop) =>
        GetAsync("/v1/sessions" + filter.ToQuery(), ContractsJson.Default.SessionList, stop);

    public Task<FolderList> ListFoldersAsync(bool? archived, CancellationToken stop) =>
        GetAsync("/v1/folders" + new SessionFilter { Archived = archived }.ToQuery(), ContractsJson.Default.FolderList, stop);

    public Task<TagList> ListTagsAsync(bool? archived, CancellationToken stop) =>
        GetAsync("/v1/tags" + new SessionFilter { Archived = archived }.ToQuery(), ContractsJson.Default.TagList, stop);

    public Task<SessionDetail> GetSessionAsync(string id, CancellationToken stop) =>
        GetAsync($"/v1/sessions/{Escape(id)}", ContractsJson.Default.SessionDetail, stop);

    /// <summary>A page of the active branch, oldest first: the newest messages, or those before a given one. A cursor says that there are older ones.</summary>
    public async Task<MessageList> ListMessagesAsync(string sessionId, string? before, int limit, CancellationToken stop)
    {
        var page = before is null ? "order=desc" : "before=" + Escape(before);
        var list = await GetAsync($"/v1/sessions/{Escape(sessionId)}/messages?limit={limit}&{page}", ContractsJson.Default.MessageList, stop);
        return before is null ? list with { Messages = [.. list.Messages.Reverse()] } : list;
    }

    /// <summary>The page around a message, oldest first, on whatever branch it is; says whether that is the active one and whether there is more below.</summary>
    public Task<MessageList> ListMessagesAroundAsync(string sessionId, string at, int limit, CancellationToken stop) =>
        GetAsync($"/v1/sessions/{Escape(sessionId)}/messages?limit={limit}&at={Escape(at)}", ContractsJson.Default.MessageList, stop);

    public Task UpdateSessionAsync(string id, UpdateSessionRequest update, CancellationToken stop) =>
        SendAsync(HttpMethod.Patch, $"/v1/sessions/{Escape(id)}", JsonContent.Create(update, ContractsJson.Default.UpdateSessionRequest), stop);

    public Task<SearchResult> SearchAsync(string words, string? cursor, CancellationToken stop) =>
        GetAsync($"/v1/search?q={Escape(words)}" + (cursor is null ? "" : "&cursor=" + Escape(cursor)), ContractsJson.Default.SearchResult, stop);

    public Task DeleteSessionAsync(string id, CancellationToken stop) =>
        SendAsync(HttpMethod.Delete, $"/v1/sessions/{Escape(id)}", null, stop);

    public Task RestoreSessionAsync(string id, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, $"/v1/sessions/{Escape(id)}/restore", null, stop);

    public Task<MessageView> GetMessageAsync(string id, CancellationToken stop) =>
        GetAsync($"/v1/messages/{Escape(id)}", ContractsJson.Default.MessageView, stop);

    public Task StopAsync(string messageId, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, $"/v1/messages/{Escape(messageId)}/stop", null, stop);

    public Task<ModelList> ListModelsAsync(bool availableOnly, CancellationToken stop) =>
        GetAsync(availableOnly ? "/v1/models?available=true" : "/v1/models", ContractsJson.Default.ModelList, stop);

    /// <summary>All models with what each has done.</summary>
    public Task<ModelList> ListModelsWithStatsAsync(CancellationToken stop) => GetAsync("/v1/models?stats=true", ContractsJson.Default.ModelList, stop);

    public Task<ModelDetail> GetModelAsync(string id, CancellationToken stop) =>
        GetAsync($"/v1/models/{Escape(id)}", ContractsJson.Default.ModelDetail, stop);

    public Task UpdateModelConfigAsync(string id, UpdateModelConfigRequest update, CancellationToken stop) =>
        SendAsync(HttpMethod.Put, $"/v1/models/{Escape(id)}/config", JsonContent.Create(update, ContractsJson.Default.UpdateModelConfigRequest), stop);

    public Task<AttachmentLimits> GetAttachmentLimitsAsync(CancellationToken stop) =>
        GetAsync("/v1/attachments", ContractsJson.Default.AttachmentLimits, stop);

    /// <summary>Keeps an image or a text file for a message that will bring it.</summary>
    public async Task<AttachmentView> UploadAsync(string name, Stream bytes, CancellationToken stop)
    {
        using var limit = Limit(stop);
        using var response = await CallAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/attachments?name=" + Escape(name)) { Content = new StreamContent(bytes) },
            HttpCompletionOption.ResponseContentRead, limit.Token, stop);
        await ThrowIfProblemAsync(response, limit.Token);
        return await ReadAsync(response, ContractsJson.Default.AttachmentView, limit.Token);
    }

    public Task SyncModelsAsync(CancellationToken stop) => SendAsync(HttpMethod.Post, "/v1/models/sync?keep_removed=true", null, stop);

    public Task SetDefaultModelAsync(string id, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, $"/v1/models/{Escape(id)}/default", null, stop);

    public Task UpdateModelAsync(string id, UpdateModelRequest update, CancellationToken stop) =>
        SendAsync(HttpMethod.Put, $"/v1/models/{Escape(id)}", JsonContent.Create(update, ContractsJson.Default.UpdateModelRequest), stop);

    public Task<SettingsView> GetSettingsAsync(CancellationToken stop) =>
        GetAsync("/v1/settings", ContractsJson.Default.SettingsView, stop);

    /// <summary>The report also of an unhealthy service, which comes with status 503.</summary>
    public async Task<HealthReport> GetHealthAsync(CancellationToken stop)
    {
        using var limit = Limit(stop);
        using var response = await CallAsync(new HttpRequestMessage(HttpMethod.Get, "/health"), HttpCompletionOption.ResponseContentRead, limit.Token, stop);
        return await ReadAsync(response, ContractsJson.Default.HealthReport, limit.Token);
    }

    /// <summary>
    /// Starts an exchange that runs in the background and returns its first event, which says that the message is stored.
    /// </summary>
    /// <param name="key">Makes sending the same form twice one exchange.</param>
    public Task<ChatEvent> StartChatAsync(ChatRequest chat, string? key, CancellationToken stop) =>
        StartAsync("/v1/chat", JsonContent.Create(chat with { Stream = true, Background = true }, ContractsJson.Default.ChatRequest), key, stop);

    public Task<ChatEvent> RegenerateAsync(string messageId, string? model, CancellationToken stop) =>
        StartAsync($"/v1/messages/{Escape(messageId)}/regenerate",
            JsonContent.Create(new RegenerateRequest { Model = model, Stream = true, Background = true }, ContractsJson.Default.RegenerateRequest), null, stop);

    public Task<ChatEvent> ContinueAsync(string messageId, CancellationToken stop) =>
        StartAsync($"/v1/messages/{Escape(messageId)}/continue",
            JsonContent.Create(new ContinueRequest { Stream = true, Background = true }, ContractsJson.Default.ContinueRequest), null, stop);

    /// <summary>
    /// Follows an answer from a cursor on, in batches as they arrive. Ends when the api ends the stream; a cut connection is an
    /// <see cref="ApiException"/>, and the caller goes on from the last cursor it saw.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<AnswerEvent>> FollowAsync(string messageId, string? after, [EnumeratorCancellation] CancellationToken stop)
    {
        var path = $"/v1/messages/{Escape(messageId)}/events" + (after is null ? "" : "?after=" + Escape(after));
        using var response = await CallAsync(EventRequest(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead, stop, stop);
        await ThrowIfProblemAsync(response, stop);
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        await using var batches = SseReader.ReadAsync(stream, stop).GetAsyncEnumerator(stop);
        while (await NextAsync(batches, stop)) yield return [.. batches.Current.Select(Parse)];
    }

    /// <summary>
    /// Follows the feed of changes behind an id, in batches as they arrive; each comes with the id that leads behind it. Ends when the api
    /// ends the stream; a cut connection is an <see cref="ApiException"/>.
    /// </summary>
    internal async IAsyncEnumerable<IReadOnlyList<SseEvent>> FollowChangesAsync(string? after, [EnumeratorCancellation] CancellationToken stop)
    {
        var path = "/v1/events" + (after is null ? "" : "?after=" + Escape(after));
        using var response = await CallAsync(EventRequest(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead, stop, stop);
        await ThrowIfProblemAsync(response, stop);
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        await using var batches = SseReader.ReadAsync(stream, stop).GetAsyncEnumerator(stop);
        while (await NextAsync(batches, stop)) yield return batches.Current;
    }

    private static AnswerEvent Parse(SseEvent item)
    {
        try
        {
            return new AnswerEvent(item.Id, JsonSerializer.Deserialize(item.Data, ContractsJson.Default.ChatEvent)!);
        }
        catch (JsonException broken)
        {
            throw ApiException.Unreachable(broken);
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<IReadOnlyList<SseEvent>> batches, CancellationToken stop)
    {
        try
        {
            var any = await batches.MoveNextAsync();
            // Off the thread that reads sockets: what comes of a batch is rendered, and meanwhile every other stream would wait.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            return any;
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException && !stop.IsCancellationRequested)
        {
            throw ApiException.Unreachable(cut);
        }
    }

    private async Task<ChatEvent> StartAsync(string path, HttpContent body, string? key, CancellationToken stop)
    {
        using var limit = Limit(stop);
        var request = EventRequest(HttpMethod.Post, path);
        request.Content = body;
        if (!string.IsNullOrEmpty(key)) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await CallAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token, stop);
        await ThrowIfProblemAsync(response, limit.Token);
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        await using var batches = SseReader.ReadAsync(stream, limit.Token).GetAsyncEnumerator(limit.Token);
        while (await NextAsync(batches, limit.Token))
        {
            var first = Parse(batches.Current[0]).Event;
            return first is { Type: ChatEventTypes.Error, MessageId: null, Problem: { } problem } ? throw new ApiException(problem) : first;
        }
        throw ApiException.Unreachable();
    }

    private static HttpRequestMessage EventRequest(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        return request;
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken stop)
    {
        using var limit = Limit(stop);
        using var response = await CallAsync(_reads, new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseContentRead, limit.Token, stop);
        await ThrowIfProblemAsync(response, limit.Token);
        return await ReadAsync(response, type, limit.Token);
    }

    private async Task SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken stop)
    {
        using var limit = Limit(stop);
        using var response = await CallAsync(new HttpRequestMessage(method, path) { Content = body }, HttpCompletionOption.ResponseContentRead, limit.Token, stop);
        await ThrowIfProblemAsync(response, limit.Token);
    }

    private Task<HttpResponseMessage> CallAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken limit, CancellationToken stop) =>
        CallAsync(http, request, completion, limit, stop);

    private static async Task<HttpResponseMessage> CallAsync(HttpClient client, HttpRequestMessage request, HttpCompletionOption completion, CancellationToken limit, CancellationToken stop)
    {
        using (request)
        {
            try
            {
                var response = await client.SendAsync(request, completion, limit);
                // From here on it may take a while: a page is made of it. The thread that reads all sockets has better things to do; see Program.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                return response;
            }
            // A bare SocketException comes where a fresh connection is reset at once.
            catch (Exception failure) when (failure is HttpRequestException or SocketException || (failure is OperationCanceledException && !stop.IsCancellationRequested))
            {
                throw ApiException.Unreachable(failure);
            }
        }
    }

    private static async Task ThrowIfProblemAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (response.IsSuccessStatusCode) return;
        throw new ApiException(await ReadProblemAsync(response, stop));
    }

    private static async Task<Problem> ReadProblemAsync(HttpResponseMessage response, CancellationToken stop)
    {
        try
        {
            if (await response.Content.ReadFromJsonAsync(ContractsJson.Default.Problem, stop) is { } problem) return problem;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or HttpRequestException or IOException)
        {
            // What is no problem document is reported below by its status.
        }
        return ApiProblems.Of(ProblemCodes.Internal, (int)response.StatusCode, ProblemTexts.TitleInternal,
            Words.Fill(ProblemTexts.DetailStatus, (int)response.StatusCode));
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken stop)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, stop) ?? throw ApiException.Unreachable();
        }
        catch (JsonException broken)
        {
            throw new ApiException(await ReadProblemAsync(response, stop), broken);
        }
    }

    private static CancellationTokenSource Limit(CancellationToken stop, TimeSpan? patience = null)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(patience ?? CallTimeout);
        return limit;
    }

    private static string Escape(string id) => Uri.EscapeDataString(id);
}
