using System.Net;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>The messages of a chat as a visitor without scripts sees them: what is waited for, what failed, what was attached, where a page opens.</summary>
public class ThreadTests
{
    [Theory]
    [InlineData(null, null, "Waiting for the first word")]
    [InlineData(ChatPhases.Queued, 3, "Waiting for a free place · number 3")]
    [InlineData(ChatPhases.Loading, null, "Loading the model")]
    [InlineData(ChatPhases.Prompt, null, "Reading the prompt")]
    public async Task An_answer_without_a_word_says_what_it_waits_for_and_since_when(string? phase, int? place, string words)
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "", MessageStatuses.Generating) with { Phase = phase, Place = place, RunningMs = 4200 });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Equal(words + " · 4.2 s", page.Text(".phase"));
        Assert.NotEmpty(page.Document.QuerySelector("live-answer")!.GetAttribute("data-hint")!);
        Assert.Equal("4200", page.Document.QuerySelector("live-answer")!.GetAttribute("data-waited"));
    }

    [Theory]
    [InlineData(ProblemCodes.OllamaUnreachable, "Ollama cannot be reached at localhost:11434.", "Ollama does not answer", "/settings")]
    [InlineData(ProblemCodes.Ollama, "model 'talker:latest' not found", "Ollama no longer has this model", "/models")]
    [InlineData(ProblemCodes.Ollama, "model requires more system memory (12.1 GiB) than is available (7.6 GiB)", "Not enough memory", "/models/talker%3Alatest")]
    [InlineData(ProblemCodes.Ollama, "llama runner process has terminated: exit status 2", "broke down", "/models/talker%3Alatest")]
    [InlineData(ProblemCodes.Ollama, "\"talker\" does not support thinking", "cannot do what was asked", null)]
    [InlineData(ProblemCodes.ContextOverflow, "the request exceeds the available context size", "no longer fits", "/")]
    [InlineData(ProblemCodes.OllamaTimeout, "Ollama sent nothing for 10 minutes.", "silent for too long", null)]
    [InlineData(ProblemCodes.Overloaded, "No place became free within 10 minutes.", "Too much", null)]
    [InlineData(ProblemCodes.Internal, "It is not known.", "The answer failed", null)]
    public async Task A_failed_answer_says_why_in_the_words_it_got_and_offers_the_ways_out(string code, string detail, string title, string? way)
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Add(FakeApi.Answer("r1", "", MessageStatuses.Failed) with { Problem = FakeApi.Problem(502, code, detail) });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Contains(title, page.Text(".failed strong"));
        Assert.Contains(detail, page.Text(".failed .reason"));
        Assert.Equal(code == ProblemCodes.Ollama, page.Text(".failed .reason").StartsWith("Ollama says:", StringComparison.Ordinal));
        Assert.Equal("Try again", page.Text(".failed form[action='/messages/r1/again'] > button.button"));
        if (way is not null) Assert.Contains(way, page.Document.QuerySelectorAll(".failed .ways a").Select(link => link.GetAttribute("href")));
    }

    [Fact]
    public async Task A_page_opens_at_a_message_of_another_branch_and_changes_the_branch_only_when_asked()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Add(FakeApi.Answer("r1", "Old version"));
        api.Around = at => new MessageList("s1", [api.Messages["q1"], api.Messages[at]], null) { HasNewer = false, IsActiveBranch = false };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1?at=r1");
        Assert.Equal("m-r1", Assert.Single(page.Document.QuerySelectorAll(".marked")).Id);
        Assert.Contains("another branch", page.Text("#branch"));
        Assert.Null(page.Document.QuerySelector("form.composer"));
        Assert.DoesNotContain(api.Calls, call => call.Method == "PATCH");
        await web.SubmitAsync(page, "#branch form", ("message", "r1"));
        Assert.Contains(api.Calls, call => call is { Method: "PATCH", Body: "{\"active_message_id\":\"r1\"}" });
    }

    [Fact]
    public async Task A_message_that_has_gone_opens_the_newest_page()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Around = _ => null;
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1?at=gone");
        Assert.Equal(200, page.Status);
        Assert.Equal("Hi", page.Text(".you"));
        Assert.NotNull(page.Document.QuerySelector("form.composer"));
    }

    [Fact]
    public async Task A_question_shows_its_images_and_files_and_keeps_them_when_it_is_edited()
    {
        await using var api = await FakeApi.StartAsync();
        var when = new DateTime(2026, 11, 1);
        api.Add(FakeApi.Question("q1", "What is this?") with
        {
            Attachments = [new AttachmentView { Id = "a1", Name = "cat.png", MediaType = "image/png", Size = 2_000_000, CreatedAt = when }, new AttachmentView { Id = "a2", Name = "<notes>.txt", MediaType = "text/plain", Size = 3000, CreatedAt = when }],
        });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Equal("/v1/attachments/a1", page.Document.QuerySelector(".thumb img")!.GetAttribute("src"));
        Assert.Equal("Open cat.png in full", page.Document.QuerySelector(".thumb")!.GetAttribute("aria-label"));
        Assert.Contains("<notes>.txt", page.Text(".chip"));
        Assert.Contains("3 kB", page.Text(".chip"));
        Assert.Equal(["a1", "a2"], page.Document.QuerySelectorAll(".editor input[name=files]").Select(field => field.GetAttribute("value")));
    }

    [Fact]
    public async Task The_source_of_an_answer_comes_as_plain_text_to_our_own_pages()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "# Title\n\n<script>alert(1)</script>"));
        await using var web = await WebHost.StartAsync(api.Url);
        var response = await web.Http.GetAsync("/messages/r1/markdown");
        Assert.Equal(("text/plain", "# Title\n\n<script>alert(1)</script>"), (response.Content.Headers.ContentType!.MediaType, await response.Content.ReadAsStringAsync()));
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/messages/r1/markdown");
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        Assert.Equal(HttpStatusCode.Forbidden, (await web.Http.SendAsync(foreign)).StatusCode);
    }

    [Fact]
    public async Task Everything_is_said_in_German_to_who_asks_for_it()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hallo"));
        api.Add(FakeApi.Answer("r1", "Text") with { Usage = new Usage { PromptTokens = 1000, CompletionTokens = 24, ContextLength = 4096 }, Timings = new Timings { TokensPerSecond = 3.5, TotalMs = 4200 } });
        api.Add(FakeApi.Answer("r2", "", MessageStatuses.Generating) with { Phase = ChatPhases.Loading, RunningMs = 1500 });
        api.Events = (context, _, _) => FakeApi.WriteAsync(context, "1", new ChatEvent { Type = ChatEventTypes.Phase, Phase = ChatPhases.Prompt }, new ChatEvent { Type = ChatEventTypes.Done });
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de-AT,en;q=0.5");
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Equal("Modell wird geladen · 1,5 s", page.Text(".phase"));
        Assert.Contains("1.000 Tokens gelesen, 24 geschrieben", page.Text(".receipt"));
        Assert.Contains("4,2 s gesamt", page.Text(".receipt"));
        Assert.Contains("Eingabe wird gelesen", await web.Http.GetStringAsync("/stream/messages/r2"));
    }
}
