using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Live;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace ChatOllama.Web.Components.Pulls;

/// <summary>The progress of a download as the page draws it, over and over until it has ended: numbers and words are made here, once for all browsers.</summary>
internal static class PullStream
{
    public static void MapPullStream(this IEndpointRouteBuilder routes) => routes.MapGet("/stream/pulls/{id}", StreamAsync).RequireSameOrigin();

    private static async Task StreamAsync(string id, HttpContext context, ApiClient api, ILoggerFactory log, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var patches = PatchesAsync(id, context, api, log, stop.Token).GetAsyncEnumerator(stop.Token);
        try
        {
            var any = await patches.MoveNextAsync();
            LiveEndpoints.Begin(context.Response);
            while (any)
            {
                await context.Response.WriteAsync($"event: {(patches.Current.Html is null ? "ended" : "progress")}\ndata: {JsonSerializer.Serialize(patches.Current, PullJson.Default.PullPatch)}\n\n", stop.Token);
                await context.Response.Body.FlushAsync(stop.Token);
                any = await LiveEndpoints.NextAsync(context.Response, patches, time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader left, or the service stops: the page comes back by itself.
        }
        catch (ApiException gone)
        {
            if (!context.Response.HasStarted) context.Response.StatusCode = gone.Problem.Status;
        }
    }

    private static async IAsyncEnumerable<PullPatch> PatchesAsync(string id, HttpContext context, ApiClient api, ILoggerFactory log, [EnumeratorCancellation] CancellationToken stop)
    {
        var name = (await api.ListPullsAsync(stop)).FirstOrDefault(pull => pull.Id == id)?.Name ?? "";
        await using var renderer = new HtmlRenderer(context.RequestServices, log);
        await foreach (var news in api.FollowPullAsync(id, stop))
        {
            // The api stops and goes on with it by itself: so does the page, as soon as it is back.
            if (news is { Type: PullEventTypes.Error, Status: PullStatuses.Queued }) yield break;
            if (news.Type is PullEventTypes.Done or PullEventTypes.Error)
            {
                yield return new PullPatch { Text = news.Type == PullEventTypes.Done ? Words.Fill(PullTexts.IsHere, name) : null };
                yield break;
            }
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(PullProgress.Name)] = name, [nameof(PullProgress.Progress)] = news });
            yield return new PullPatch { Html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<PullProgress>(parameters)).ToHtmlString()) };
        }
    }
}

/// <summary>The data of one event: a drawing, or the end.</summary>
internal sealed record PullPatch
{
    /// <summary>What stands where the progress is.</summary>
    public string? Html { get; init; }

    /// <summary>With the end of one that went well: a sentence for whoever is looking elsewhere.</summary>
    public string? Text { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PullPatch))]
internal sealed partial class PullJson : JsonSerializerContext;
