using System.Net;
using System.Text;
using System.Text.Json;
using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>The stream of patches behind a page, applied as the page applies them.</summary>
public class LiveTests
{
    private const string Text = "Hello **world**.\n\n```python\nprint('x')\nprint('y')\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThe end, ü *really*.";

    [Fact]
    public async Task Words_arrive_as_patches_that_add_up_to_the_rendered_text()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "", MessageStatuses.Generating));
        using var seen = new SemaphoreSlim(0);
        api.Events = async (context, _, _) =>
        {
            await seen.WaitAsync();
            await FakeApi.WriteAsync(context, "p", new ChatEvent { Type = ChatEventTypes.Phase, Phase = ChatPhases.Queued, Place = 3 });
            await seen.WaitAsync();
            await FakeApi.WriteAsync(context, "p", new ChatEvent { Type = ChatEventTypes.Phase, Phase = ChatPhases.Loading });
            await seen.WaitAsync();
            await FakeApi.WriteAsync(context, "t", new ChatEvent { Type = ChatEventTypes.Thinking, Content = "Let me *think*." });
            foreach (var piece in IncrementalRendererTests.Pieces(Text, 4)) await FakeApi.WriteAsync(context, "c", FakeApi.Token(piece));
            await FakeApi.WriteAsync(context, "d", new ChatEvent { Type = ChatEventTypes.Done, FinishReason = "stop" });
        };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await ReadAsync(web, "r1", seen);
        Assert.Equal("snapshot", page.Events[0]);
        Assert.Equal("done", page.Events[^1]);
        Assert.Contains("Waiting for a free place · number 3", page.Phases);
        Assert.Contains("Loading the model", page.Phases);
        Assert.Equal(ShownAtEnd(Text), page.Html("answer"));
        Assert.Equal(ShownAtEnd("Let me *think*."), page.Html("thinking"));
    }

    [Fact]
    public async Task A_cut_connection_is_resumed_after_the_last_cursor()
    {
        await using var api = await FakeApi.StartAsync();
        var pieces = IncrementalRendererTests.Pieces(Text, 5).ToList();
        var asked = new List<string?>();
        api.Add(FakeApi.Answer("r1", "", MessageStatuses.Generating));
        api.Events = async (context, _, after) =>
        {
            asked.Add(after);
            var next = after is null ? 0 : int.Parse(after, System.Globalization.CultureInfo.InvariantCulture);
            foreach (var piece in pieces.Skip(next).Take(4)) await FakeApi.WriteAsync(context, $"{++next}", FakeApi.Token(piece));
            if (next >= pieces.Count) await FakeApi.WriteAsync(context, "end", new ChatEvent { Type = ChatEventTypes.Done });
            // Once only: a reset may take words with it that were on their way, and each loss makes the next pause longer.
            else if (asked.Count == 2) context.Abort();
        };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await ReadAsync(web, "r1");
        Assert.Equal(ShownAtEnd(Text), page.Html("answer"));
        Assert.Equal("done", page.Events[^1]);
        Assert.Null(asked[0]);
        Assert.True(asked.Count >= pieces.Count / 4, string.Join(",", asked));
    }

    [Fact]
    public async Task A_page_that_comes_late_begins_with_all_there_is_and_goes_on_from_its_cursor()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", Text[..30], MessageStatuses.Generating) with { Cursor = "30", Thinking = "Hm." });
        string? asked = null;
        api.Events = async (context, _, after) =>
        {
            asked = after;
            await FakeApi.WriteAsync(context, "end", FakeApi.Token(Text[30..]), new ChatEvent { Type = ChatEventTypes.Done });
        };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await ReadAsync(web, "r1");
        Assert.Equal("30", asked);
        Assert.Equal(ShownAtEnd(Text), page.Html("answer"));
        Assert.Equal(ShownAtEnd("Hm."), page.Html("thinking"));
    }

    [Fact]
    public async Task A_reset_begins_again_with_a_snapshot()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "lost words", MessageStatuses.Generating) with { Cursor = "99" });
        api.Events = async (context, _, _) =>
        {
            await FakeApi.WriteAsync(context, "0", new ChatEvent { Type = ChatEventTypes.Reset }, FakeApi.Token("From the start."));
            await FakeApi.WriteAsync(context, "1", new ChatEvent { Type = ChatEventTypes.Error, Error = "gone" });
        };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await ReadAsync(web, "r1");
        Assert.Equal(ShownAtEnd("From the start."), page.Html("answer"));
        Assert.Equal("problem", page.Events[^1]);
    }

    [Fact]
    public async Task An_api_that_restarts_is_waited_for_and_the_interrupted_answer_is_shown()
    {
        var api = await FakeApi.StartAsync();
        var address = api.Url;
        api.Add(FakeApi.Answer("r1", "", MessageStatuses.Generating));
        var streaming = new TaskCompletionSource();
        api.Events = async (context, _, _) =>
        {
            await FakeApi.WriteAsync(context, "1", FakeApi.Token("Half an"));
            streaming.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        };
        await using var web = await WebHost.StartAsync(address);
        var reading = ReadAsync(web, "r1");
        await streaming.Task;
        await api.DisposeAsync();
        await using var again = await FakeApi.StartAsync(address.ToString());
        again.Add(FakeApi.Answer("r1", "Half an answer", MessageStatuses.Interrupted));
        var page = await reading;
        Assert.Contains("Reconnecting to the server", page.Phases);
        Assert.Equal(ShownAtEnd("Half an answer"), page.Html("answer"));
        Assert.Equal("done", page.Events[^1]);
    }

    [Fact]
    public async Task A_finished_answer_is_one_snapshot_and_the_end()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", Text));
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await ReadAsync(web, "r1");
        Assert.Equal("done", page.Events[^1]);
        Assert.Equal(ShownAtEnd(Text), page.Html("answer"));
    }

    [Fact]
    public async Task An_unknown_message_is_a_404_before_the_stream_begins()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        Assert.Equal(HttpStatusCode.NotFound, (await web.Http.GetAsync("/stream/messages/unknown")).StatusCode);
    }

    [Fact]
    public async Task A_silent_stream_is_kept_alive()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "", MessageStatuses.Queued));
        var silent = new TaskCompletionSource();
        api.Events = (context, _, _) =>
        {
            silent.TrySetResult();
            return new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        };
        var time = new FakeTimeProvider();
        await using var web = await WebHost.StartAsync(api.Url, builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var response = await web.Http.GetAsync("/stream/messages/r1", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("event: snapshot", await reader.ReadLineAsync());
        await silent.Task;
        var ping = ReadUntilAsync(reader, ": ping");
        while (!ping.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
        await ping;
    }

    [Fact]
    public async Task Comments_and_broken_lines_between_events_do_no_harm()
    {
        var bytes = Encoding.UTF8.GetBytes(": hi\r\n\r\nretry: 5\nid: 1\r\ndata: a\r\ndata: ü\r\n\r\n\n\nevent: x\ndata:b\n\ndata: unfinished");
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            var pipe = new System.IO.Pipelines.Pipe();
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, cut));
            var reading = CollectAsync(pipe.Reader.AsStream());
            await pipe.Writer.WriteAsync(bytes.AsMemory(cut));
            await pipe.Writer.CompleteAsync();
            Assert.Equal([new SseEvent("1", "a\nü"), new SseEvent("1", "b")], await reading);
        }
    }

    private static async Task<List<SseEvent>> CollectAsync(Stream stream)
    {
        var events = new List<SseEvent>();
        await foreach (var batch in SseReader.ReadAsync(stream, CancellationToken.None)) events.AddRange(batch);
        return events;
    }

    private static async Task ReadUntilAsync(StreamReader reader, string line)
    {
        while (await reader.ReadLineAsync() is { } read)
            if (read == line) return;
        Assert.Fail("The stream ended.");
    }

    /// <summary>What the page shows just before it fetches the final form.</summary>
    private static string ShownAtEnd(string text)
    {
        var renderer = new IncrementalRenderer();
        renderer.Append(text);
        return renderer.SealedHtml + renderer.TailHtml;
    }

    private static async Task<LivePage> ReadAsync(WebHost web, string id, SemaphoreSlim? seen = null)
    {
        using var response = await web.Http.GetAsync("/stream/messages/" + id, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var page = new LivePage();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (string? name = null; await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line;)
        {
            Assert.True(page.Events.Count < 2000, "The stream does not end: " + string.Join(", ", page.Events.TakeLast(6)));
            if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                page.Apply(name!, JsonDocument.Parse(line[6..]).RootElement);
                seen?.Release();
            }
        }
        return page;
    }

    /// <summary>Does what live-answer.js does.</summary>
    private sealed class LivePage
    {
        private readonly Dictionary<string, (string Sealed, string Tail, int Seals)> _parts = [];

        public List<string> Events { get; } = [];
        public List<string> Phases { get; } = [];

        public string Html(string part) => _parts[part].Sealed + _parts[part].Tail;

        public void Apply(string name, JsonElement patch)
        {
            Events.Add(name);
            if (patch.TryGetProperty("text", out var text)) Phases.Add(text.GetString()!);
            switch (name)
            {
                case "snapshot":
                    foreach (var part in new[] { "answer", "thinking" })
                        _parts[part] = (patch.GetProperty(part).GetProperty("sealed").GetString()!, patch.GetProperty(part).GetProperty("tail").GetString()!, patch.GetProperty(part).GetProperty("seals").GetInt32());
                    break;
                case "seal":
                    var now = _parts[patch.GetProperty("part").GetString()!];
                    Assert.Equal(now.Seals, patch.GetProperty("after").GetInt32());
                    _parts[patch.GetProperty("part").GetString()!] = (now.Sealed + patch.GetProperty("sealed").GetString(), patch.GetProperty("tail").GetString()!, now.Seals + 1);
                    break;
                case "tail":
                    var part2 = _parts[patch.GetProperty("part").GetString()!];
                    var tail = patch.TryGetProperty("code", out var code)
                        ? part2.Tail.Insert(part2.Tail.LastIndexOf("</code>", StringComparison.Ordinal), code.GetString()!)
                        : patch.GetProperty("tail").GetString()!;
                    _parts[patch.GetProperty("part").GetString()!] = part2 with { Tail = tail };
                    break;
            }
        }
    }
}
