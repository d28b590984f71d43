using System.Net;
using System.Text.Json;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Changes;

/// <summary>Reads the feed of changes as a client does; dispose it to leave.</summary>
internal sealed class ChangeWatcher : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private ChangeWatcher(HttpResponseMessage response) => (_response, _reader) = (response, new StreamReader(response.Content.ReadAsStream()));

    /// <summary>The id of the last event.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Everything as it came, to see that no text of anybody is in it.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>Attached, with the first event read.</summary>
    public static async Task<ChangeWatcher> AttachAsync(HttpClient client, string? after = null, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events" + (after is null ? "" : "?after=" + Uri.EscapeDataString(after)));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var watcher = new ChangeWatcher(response);
        Assert.Equal(ChangeTypes.Start, (await watcher.NextAsync())?.Type);
        return watcher;
    }

    /// <summary>The next line that is not blank; null at the end of the stream.</summary>
    public async Task<string?> LineAsync()
    {
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Length == 0) continue;
            Lines.Add(line);
            return line;
        }
        return null;
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<ChangeEvent?> NextAsync()
    {
        while (await LineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) Id = line[4..];
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return JsonSerializer.Deserialize(line[6..], ContractsJson.Default.ChangeEvent);
        }
        return null;
    }

    /// <summary>The types of the next events, with what they are about.</summary>
    public async Task<string> NextAsync(int count)
    {
        var seen = new List<string>();
        while (seen.Count < count && await NextAsync() is { } change)
            seen.Add(change.SessionId is null ? change.Type : $"{change.Type} {change.SessionId}");
        return string.Join(", ", seen);
    }

    /// <summary>Reads on until an event of this type.</summary>
    public async Task<ChangeEvent> UntilAsync(string type)
    {
        while (await NextAsync() is { } change)
            if (change.Type == type) return change;
        Assert.Fail($"The feed ended without '{type}'; seen: {string.Join(" | ", Lines)}");
        return null!;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
