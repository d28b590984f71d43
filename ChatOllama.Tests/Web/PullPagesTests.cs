using AngleSharp.Dom;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>Downloads as pages and forms, and the stream that a page draws their progress from.</summary>
public class PullPagesTests
{
    private static readonly PullEvent Half = new()
    {
        Type = PullEventTypes.Progress,
        Status = "pulling 8934d96d3f08",
        Completed = 600_000_000,
        Total = 1_200_000_000,
        BytesPerSecond = 40_000_000,
        EtaSeconds = 131,
        Layers = [new PullLayer("sha256:8934d96d3f08aabbcc", 1_199_000_000, 599_000_000), new PullLayer("sha256:aa", 1_000_000, 1_000_000)],
    };

    [Fact]
    public async Task Downloads_are_listed_with_what_runs_first_and_the_page_looks_again_only_while_one_does()
    {
        await using var api = await FakeApi.StartAsync();
        api.Pulls.AddRange([
            FakeApi.Pull("p4", "third:1b", PullStatuses.Queued) with { Position = 2 }, FakeApi.Pull("p3", "second:1b", PullStatuses.Queued) with { Position = 1 }, FakeApi.Pull("p2", "first:1b", PullStatuses.Running, Half),
            FakeApi.Pull("p1", "old:1b", PullStatuses.Done) with { EndedAt = new DateTime(2026, 1, 1) },
        ]);
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/pulls");
        Assert.Equal(["first:1b", "second:1b waits, no. 1 in line", "third:1b waits, no. 2 in line", "old:1b done · 1 January 2026"], page.Document.QuerySelectorAll(".pull .head p").Select(Words));
        Assert.Equal("50", page.Document.QuerySelector("#pull-p2 progress")!.GetAttribute("value"));
        Assert.Equal("600 MB of 1.2 GB · 40 MB/s 2:11 left", Words(page.Document.QuerySelector("#pull-p2 pull-job > .kv")!));
        Assert.Equal(["8934d96d3f08 599 MB of 1.2 GB", "aa 1 MB"], page.Document.QuerySelectorAll("#pull-p2 .layers li").Select(Words));
        Assert.Equal("1 earlier download", page.Text(".past summary"));
        Assert.Contains("5;url=/models/pulls", page.Html);
        // What loads itself again must have nothing to type into.
        Assert.Empty(page.Document.QuerySelectorAll("main input:not([type=hidden]), main textarea"));
        api.Pulls.RemoveRange(0, 3);
        Assert.DoesNotContain("http-equiv", (await web.OpenAsync("/models/pulls")).Html);
    }

    [Fact]
    public async Task A_download_is_started_cancelled_and_tried_again()
    {
        await using var api = await FakeApi.StartAsync();
        api.Pulls.AddRange([FakeApi.Pull("p2", "b:1b", PullStatuses.Running, Half), FakeApi.Pull("p1", "a:1b", PullStatuses.Cancelled) with { Error = "Cancelled." }]);
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        Assert.Equal("/models/pulls", (await web.SubmitAsync(page, "form.pull-form", ("name", " ollama pull llama3.2 "))).Path);
        Assert.Equal("/models", (await web.SubmitAsync(page, "#pull-p2 form")).Path);
        Assert.Equal("/models/pulls", (await web.SubmitAsync(await web.OpenAsync("/models/pulls"), "#pull-p1 form")).Path);
        Assert.Equal([("POST", "/v1/models/pull", """{"name":"ollama pull llama3.2","insecure":null}"""), ("DELETE", "/v1/models/pulls/p2", ""), ("POST", "/v1/models/pulls/p1/retry", "")], api.Calls.Where(call => call.Method != "GET"));
    }

    [Fact]
    public async Task A_name_that_is_none_is_refused_beside_its_field_and_kept()
    {
        await using var api = await FakeApi.StartAsync();
        api.RefuseModels = FakeApi.Problem(400, ProblemCodes.Validation, "name names the host evil.example.") with { Errors = new() { ["name"] = ["name names the host evil.example."] } };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.SubmitAsync(await web.OpenAsync("/models"), "form.pull-form", ("name", "http://evil.example/<b>"));
        Assert.Equal(400, page.Status);
        Assert.Equal("http://evil.example/<b>", page.Document.QuerySelector("#pull-name")!.GetAttribute("value"));
        Assert.Equal("This cannot be pulled. name names the host evil.example.", Words(page.Document.QuerySelector("#pull-wrong")!));
        Assert.Equal("Type the name of a model.", (await web.SubmitAsync(page, "form.pull-form", ("name", " "))).Text("#pull-wrong"));
        Assert.Equal("/models#pulling", (await web.Http.GetAsync("/models/pull")).Headers.Location?.ToString());
        api.RefuseModels = FakeApi.Problem(503, ProblemCodes.Overloaded, "100 downloads are waiting already.");
        Assert.Contains("100 downloads are waiting", (await web.SubmitAsync(page, "form.pull-form", ("name", "a"))).Text("main [role=alert]"));
    }

    [Fact]
    public async Task What_failed_says_why_in_plain_words_and_in_Ollamas_own()
    {
        (string Sentence, string? Code, string Title, bool CanRetry)[] faults =
        [
            ("write /root/.ollama/models/blobs/sha256-1-partial: no space left on device", null, "The disk is full.", true),
            ("pull model manifest: file does not exist", null, "There is no model of that name.", false),
            ("The model requires a newer version of Ollama.", null, "This model needs a newer Ollama.", true),
            ("pull model manifest: 401: gated", null, "The library does not give it to everybody.", true),
            ("dial tcp: lookup registry.ollama.ai: no such host", null, "The way to the library is broken.", true),
            ("digest mismatch, file must be downloaded again", null, "What arrived is damaged.", true),
            ("Ollama does not answer at localhost:11434.", ProblemCodes.OllamaUnreachable, "Ollama does not answer.", true),
            ("something <new>", null, "The download did not work out.", true),
        ];
        await using var api = await FakeApi.StartAsync();
        api.Pulls.AddRange(faults.Select((fault, i) => FakeApi.Pull("p" + i, $"model{i}:1b", PullStatuses.Failed) with { Error = fault.Sentence, ErrorCode = fault.Code }));
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        for (var i = 0; i < faults.Length; i++)
        {
            var shown = (page.Text($"#pull-p{i} .reason [lang=en]"), page.Text($"#pull-p{i} .note strong"), page.Document.QuerySelector($"#pull-p{i} form[action$='/retry']") is not null);
            Assert.Equal((faults[i].Sentence, faults[i].Title, faults[i].CanRetry), shown);
        }
    }

    [Fact]
    public async Task The_stream_draws_every_news_and_tells_the_end()
    {
        await using var api = await FakeApi.StartAsync();
        api.Pulls.Add(FakeApi.Pull("p1", "a<b>:1b", PullStatuses.Running, Half));
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de");
        (PullEvent News, string Event, string[] Words)[] told =
        [
            (new PullEvent { Type = PullEventTypes.Status, Status = "pulling manifest" }, "progress", ["Sucht das Modell"]), (Half, "progress", ["noch 2:11", "1,2 GB", "Download von a"]),
            (new PullEvent { Type = PullEventTypes.Status, Status = PullStatuses.WaitingForOllama }, "progress", ["Wartet auf Ollama"]),
            (new PullEvent { Type = PullEventTypes.Status, Status = "verifying sha256 digest", Completed = 9, Total = 9 }, "progress", ["was angekommen ist"]),
            (new PullEvent { Type = PullEventTypes.Done, ModelId = "m1" }, "ended", ["ist da."]), (new PullEvent { Type = PullEventTypes.Error, Error = "No." }, "ended", ["data: {}"]),
        ];
        foreach (var (news, name, words) in told)
        {
            api.PullEvents.Clear();
            api.PullEvents.Add(news);
            var stream = await web.Http.GetStringAsync("/stream/pulls/p1");
            Assert.StartsWith($"event: {name}\ndata: ", stream);
            foreach (var word in words) Assert.Contains(word, stream);
            Assert.DoesNotContain("<b>", stream);
        }
    }

    [Fact]
    public async Task A_stream_whose_api_stops_ends_without_the_end_of_the_download()
    {
        await using var api = await FakeApi.StartAsync();
        api.Pulls.Add(FakeApi.Pull("p1", "a:1b", PullStatuses.Running, Half));
        api.PullEvents.AddRange([Half, new PullEvent { Type = PullEventTypes.Error, Status = PullStatuses.Queued, Error = "The service stops." }]);
        await using var web = await WebHost.StartAsync(api.Url);
        var stream = await web.Http.GetStringAsync("/stream/pulls/p1");
        Assert.DoesNotContain("event: ended", stream);
    }

    private static string Words(IElement element) => string.Join(' ', element.GetDescendants().OfType<IText>().SelectMany(text => text.Data.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
}
