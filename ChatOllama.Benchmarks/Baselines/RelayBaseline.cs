using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OllamaSharp;
using OllamaSharp.Models;
using OllamaSharp.Models.Chat;

namespace ChatOllama.Benchmarks.Baselines;

/// <summary>
/// What one writes in an afternoon: a minimal API, OllamaSharp, <c>TypedResults.ServerSentEvents</c>. It stores nothing, checks nothing and knows one message at a time.
/// </summary>
internal static class RelayBaseline
{
    public static WebApplication Build(WebApplicationBuilder builder, Uri upstream)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = upstream, Timeout = Timeout.InfiniteTimeSpan };
        var app = builder.Build();
        app.MapGet("/ready", () => "ready");
        app.MapPost("/v1/chat", (Question question, CancellationToken stop) =>
            TypedResults.ServerSentEvents(AnswerAsync(new OllamaApiClient(http), question, stop)));
        return app;
    }

    private static async IAsyncEnumerable<SseItem<Event>> AnswerAsync(OllamaApiClient ollama, Question question, [EnumeratorCancellation] CancellationToken stop)
    {
        var request = new OllamaSharp.Models.Chat.ChatRequest
        {
            Model = question.Model,
            Messages = [new Message(ChatRole.User, question.Message)],
            Options = new RequestOptions { NumPredict = question.Options.NumPredict },
        };
        await foreach (var part in ollama.ChatAsync(request, stop))
        {
            if (part is ChatDoneResponseStream done) yield return new SseItem<Event>(new Event("done") { CompletionTokens = done.EvalCount });
            else if (part?.Message.Content is { Length: > 0 } text) yield return new SseItem<Event>(new Event("token") { Content = text });
        }
    }

    private sealed record Question(string Model, string Message, Limits Options);

    private sealed record Limits([property: System.Text.Json.Serialization.JsonPropertyName("num_predict")] int NumPredict);

    private sealed record Event(string Type)
    {
        public string? Content { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("completion_tokens")]
        public int? CompletionTokens { get; init; }
    }
}
