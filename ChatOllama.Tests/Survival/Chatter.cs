using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;

namespace ChatOllama.Tests.Survival;

/// <summary>An answer as one reader saw it: when which length of its text had arrived.</summary>
internal sealed class SeenAnswer
{
    private readonly List<(long At, int Length)> _arrivals = [];
    private readonly StringBuilder _text = new();

    public required string SessionId { get; init; }
    public required string QuestionId { get; init; }
    public required string Question { get; init; }
    public required string Id { get; init; }
    public bool Ended { get; set; }
    public string Text => _text.ToString();

    public void Add(string text)
    {
        _text.Append(text);
        _arrivals.Add((Stopwatch.GetTimestamp(), _text.Length));
    }

    /// <summary>How much had arrived by then.</summary>
    public int LengthAt(long moment) => _arrivals.LastOrDefault(arrival => arrival.At <= moment).Length;
}

/// <summary>People who chat without a pause, until the server goes away.</summary>
internal sealed class Chatter(HttpClient client, string name)
{
    /// <summary>Every message that the server has acknowledged.</summary>
    public ConcurrentQueue<SeenAnswer> Seen { get; } = [];

    public Task RunAsync(int people, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, people).Select(person => TalkAsync($"{name}-{person}", stop)));

    private async Task TalkAsync(string session, CancellationToken stop)
    {
        for (var turn = 0; ; turn++)
        {
            var question = $"{session} asks {turn}: tell me a story";
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat");
                request.Content = JsonContent.Create(new ChatRequest { Message = question, SessionId = session, Stream = true, Background = true }, ContractsJson.Default.ChatRequest);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
                await ReadAsync(response, session, question);
            }
            catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ReadAsync(HttpResponseMessage response, string session, string question)
    {
        using var reader = await EventReader.OpenAsync(response);
        SeenAnswer? answer = null;
        while (await reader.NextAsync() is { } received)
        {
            if (answer is null)
            {
                answer = new SeenAnswer { SessionId = session, Question = question, QuestionId = received.Data.UserMessageId!, Id = received.Data.MessageId! };
                Seen.Enqueue(answer);
            }
            else if (received.Data is { Type: ChatEventTypes.Token, Content: { } text }) answer.Add(text);
            else if (received.Data.Type is ChatEventTypes.Done or ChatEventTypes.Error) answer.Ended = true;
        }
    }
}
