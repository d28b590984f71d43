using System.Net;
using System.Text.Json;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Models;

/// <summary>Reads a stream of progress as a client does; dispose it to leave.</summary>
internal sealed class PullWatcher : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    public PullWatcher(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        (_response, _reader) = (response, new StreamReader(response.Content.ReadAsStream()));
    }

    /// <summary>The next line that is not blank; null at the end of the stream.</summary>
    public async Task<string?> LineAsync()
    {
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            if (line.Length > 0) return line;
        return null;
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<PullEvent?> NextAsync()
    {
        while (await LineAsync() is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return JsonSerializer.Deserialize(line[6..], ContractsJson.Default.PullEvent);
        return null;
    }

    /// <summary>Reads on until an event of this type.</summary>
    public async Task<PullEvent> UntilAsync(string type)
    {
        while (await NextAsync() is { } news)
            if (news.Type == type) return news;
        Assert.Fail($"The stream ended without a '{type}' event.");
        return null!;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
