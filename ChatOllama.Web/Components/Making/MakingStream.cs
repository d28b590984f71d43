using System.Text.Json;
using System.Text.Json.Serialization;
using ChatOllama.Contracts;
using ChatOllama.Web.Components.Models;
using ChatOllama.Web.Components.Shared;
using ChatOllama.Web.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace ChatOllama.Web.Components.Making;

/// <summary>
/// The making of a model, told while it happens to the script that posted the form: <c>step</c> with what has been done, then <c>made</c> with the page of the model,
/// or <c>refused</c> with a sentence. What is refused before Ollama has begun is an ordinary page.
/// </summary>
internal static class MakingStream
{
    public static bool IsWanted(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <param name="news">To the event that ends it; the first is there already.</param>
    public static async Task WriteAsync(HttpContext context, IAsyncEnumerator<PullEvent> news, CancellationToken stop)
    {
        var services = context.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        LiveEndpoints.Begin(context.Response);
        do
        {
            var (name, patch) = await PatchAsync(news.Current, renderer);
            await context.Response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(patch, MakingJson.Default.MakingPatch)}\n\n", stop);
            await context.Response.Body.FlushAsync(stop);
        }
        while (await LiveEndpoints.NextAsync(context.Response, news, services.GetRequiredService<TimeProvider>(), stop));
    }

    private static async Task<(string Event, MakingPatch Patch)> PatchAsync(PullEvent news, HtmlRenderer renderer)
    {
        if (news is { Type: PullEventTypes.Done, ModelId: { } model })
            return ("made", new MakingPatch { Address = ModelPages.Address(model) + "?saved=made" });
        if (news.Type is PullEventTypes.Done or PullEventTypes.Error)
            return ("refused", new MakingPatch { Text = (news.Problem is { } problem ? ProblemWords.Title(problem) + ". " : "") + news.Error });
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(MakingSteps.Progress)] = news });
        return ("step", new MakingPatch { Html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<MakingSteps>(parameters)).ToHtmlString()) });
    }
}

/// <summary>The data of one event: a drawing, or how it ended.</summary>
internal sealed record MakingPatch
{
    public string? Html { get; init; }
    public string? Address { get; init; }
    public string? Text { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MakingPatch))]
internal sealed partial class MakingJson : JsonSerializerContext;
