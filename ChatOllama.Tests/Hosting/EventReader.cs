using System.Globalization;
using System.Net;
using System.Text.Json;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Hosting;

/// <summary>One event with the id it came with.</summary>
public sealed record ReceivedEvent(string Id, ChatEvent Data);

/// <summary>Reads a stream of chat events as a client does.</summary>
public sealed class EventReader : IDisposable
{
    private readonly StreamReader _reader;

    private EventReader(HttpResponseMessage response, Stream body)
    {
        Response = response;
        _reader = new StreamReader(body);
    }

    public HttpResponseMessage Response { get; }

    /// <summary>Everything read so far.</summary>
    public List<ReceivedEvent> Events { get; } = [];

    /// <summary>Comment lines seen so far.</summary>
    public int Comments { get; private set; }

    public string Text => string.Concat(Events.Where(e => e.Data.Type == "token").Select(e => e.Data.Content));
    public string Thinking => string.Concat(Events.Where(e => e.Data.Type == "thinking").Select(e => e.Data.Content));

    public static async Task<EventReader> OpenAsync(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
            Assert.Fail($"expected a stream, got {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventReader(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event, or null at the end of the stream.</summary>
    public async Task<ReceivedEvent?> NextAsync()
    {
        string? id = null;
        ChatEvent? data = null;
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(':')) Comments++;
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = JsonSerializer.Deserialize(line[6..], ContractsJson.Default.ChatEvent);
            else if (line.Length == 0 && data is not null)
            {
                var received = new ReceivedEvent(id ?? "", data);
                Events.Add(received);
                return received;
            }
        }
        return null;
    }

    /// <summary>Reads on until an event of this type.</summary>
    public async Task<ReceivedEvent> UntilAsync(string type)
    {
        while (await NextAsync() is { } received)
            if (received.Data.Type == type) return received;
        Assert.Fail($"The stream ended without a '{type}' event; seen: {string.Join(", ", Events.Select(e => e.Data.Type))}");
        return null!;
    }

    /// <summary>Reads on until the text holds this.</summary>
    public async Task UntilTextAsync(string text)
    {
        while (!Text.Contains(text, StringComparison.Ordinal))
            if (await NextAsync() is null) Assert.Fail($"The stream ended with the text '{Text}'.");
    }

    /// <summary>Reads to the end and checks what holds for every stream: ids grow, exactly one terminal event, and it is the last.</summary>
    public async Task<ReceivedEvent> ToEndAsync()
    {
        while (await NextAsync() is not null) { }
        var terminal = Assert.Single(Events, e => e.Data.Type is "done" or "error");
        Assert.Same(Events[^1], terminal);
        var ids = Events.Where(e => e.Data.Type != "reset").Select(e => long.Parse(e.Id, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(ids.Order().Distinct(), ids);
        return terminal;
    }

    public void Dispose()
    {
        _reader.Dispose();
        Response.Dispose();
    }
}
