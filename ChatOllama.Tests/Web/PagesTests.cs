using System.Net;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>What a visitor without scripts sees and does.</summary>
public class PagesTests
{
    [Fact]
    public async Task A_first_message_is_sent_by_a_form_and_leads_to_its_session()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        Assert.Equal(200, home.Status);
        var page = await web.SubmitAsync(home, "form.composer", ("message", "Hello\r\nthere <b>you</b>"), ("model", "hf.co/a/b:Q4"));
        Assert.Equal("/sessions/new-session", page.Path);
        Assert.Equal("Hello\nthere <b>you</b>", page.Document.QuerySelector(".you")!.TextContent);
        var sent = Assert.Single(api.Calls, call => call is { Method: "POST", Target: "/v1/chat" }).Body;
        Assert.Contains("\"stream\":true", sent);
        Assert.Contains("\"background\":true", sent);
        Assert.Contains("\"model\":\"hf.co/a/b:Q4\"", sent);
    }

    [Fact]
    public async Task Words_that_could_not_be_sent_stay_in_the_form_with_the_reason()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Refuse = FakeApi.Problem(503, ProblemCodes.OllamaUnreachable, "Ollama does not answer at localhost:11434.");
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.SubmitAsync(await web.OpenAsync("/sessions/s1"), "form.composer", ("message", "  precious words </textarea><script>alert(1)</script>"));
        Assert.True(page.Status == 503, page.Html);
        Assert.Contains("Ollama does not answer at localhost:11434.", page.Text(".dock .note"));
        Assert.Equal("  precious words </textarea><script>alert(1)</script>", page.Document.QuerySelector("#message")!.TextContent);
        Assert.DoesNotContain(page.Document.QuerySelectorAll("script"), script => script.TextContent.Length > 0);
    }

    [Fact]
    public async Task A_long_chat_opens_at_its_newest_messages_with_a_way_to_the_older_ones_and_back()
    {
        await using var api = await FakeApi.StartAsync();
        for (var i = 100; i < 220; i++) api.Add(FakeApi.Question("q" + i, "Message " + i));
        await using var web = await WebHost.StartAsync(api.Url);
        var newest = await web.OpenAsync("/sessions/s1");
        Assert.Equal(("Message 170", "Message 219"), Ends(newest));
        var older = await web.OpenAsync(newest.Document.QuerySelector(".pages a")!.GetAttribute("href")!);
        Assert.Equal(("Message 120", "Message 169"), Ends(older));
        Assert.Null(older.Document.QuerySelector("form.composer"));
        var oldest = await web.OpenAsync(older.Document.QuerySelector(".pages a")!.GetAttribute("href")!);
        Assert.Equal(("Message 100", "Message 119"), Ends(oldest));
        Assert.Equal("/sessions/s1", Assert.Single(oldest.Document.QuerySelectorAll(".pages a")).GetAttribute("href"));

        static (string, string) Ends(Page page)
        {
            var texts = page.Document.QuerySelectorAll(".you").Select(message => message.TextContent).ToList();
            return (texts[0], texts[^1]);
        }
    }

    [Fact]
    public async Task The_same_form_sent_twice_carries_the_same_key()
    {
        await using var api = await FakeApi.StartAsync();
        var keys = new List<string>();
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        keys.Add(home.Document.QuerySelector("input[name=key]")!.GetAttribute("value")!);
        api.Refuse = FakeApi.Problem(503, ProblemCodes.Overloaded, "Busy.");
        var again = await web.SubmitAsync(home, "form.composer", ("message", "x"));
        keys.Add(again.Document.QuerySelector("input[name=key]")!.GetAttribute("value")!);
        keys.Add((await web.OpenAsync("/")).Document.QuerySelector("input[name=key]")!.GetAttribute("value")!);
        Assert.Equal(keys[0], keys[1]);
        Assert.NotEqual(keys[0], keys[2]);
        Assert.Equal(32, keys[0].Length);
    }

    [Fact]
    public async Task A_running_answer_shows_its_words_so_far_loads_itself_again_and_can_be_stopped()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Add(FakeApi.Answer("r1", "First **bold** wor", MessageStatuses.Generating));
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Equal("bold", page.Text("[data-part=answer] strong"));
        Assert.NotNull(page.Document.QuerySelector("head noscript meta[http-equiv=refresh]"));
        var stopped = await web.SubmitAsync(page, "form#stop");
        Assert.Equal("/sessions/s1", stopped.Path);
        Assert.Contains(api.Calls, call => call is { Method: "POST", Target: "/v1/messages/r1/stop" });
    }

    [Theory]
    [InlineData(MessageStatuses.Stopped, "form[action$='/continue']", "continue")]
    [InlineData(MessageStatuses.Interrupted, "form[action$='/continue']", "continue")]
    [InlineData(MessageStatuses.Failed, "form[action$='/again']", "regenerate")]
    [InlineData(MessageStatuses.Complete, "form[action$='/again']", "regenerate")]
    public async Task An_ended_answer_offers_what_can_be_done(string status, string form, string call)
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Add(FakeApi.Answer("r1", "Text", status) with { Problem = FakeApi.Problem(502, ProblemCodes.Ollama, "model requires more system memory") });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1");
        if (status == MessageStatuses.Failed) Assert.Contains("model requires more system memory", page.Text(".turn .note"));
        Assert.DoesNotContain("http-equiv", page.Html);
        await web.SubmitAsync(page, form);
        Assert.Contains(api.Calls, made => made is { Method: "POST" } && made.Target == "/v1/messages/r1/" + call);
    }

    [Fact]
    public async Task The_receipt_tells_what_the_answer_cost()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "Text") with
        {
            Thinking = "Let me *see*",
            Usage = new Usage { PromptTokens = 1000, CompletionTokens = 24, ContextLength = 4096, DroppedMessages = 3 },
            Timings = new Timings { TokensPerSecond = 38.4, FirstTokenMs = 412, LoadMs = 4200, ThinkingMs = 6100 },
        });
        await using var web = await WebHost.StartAsync(api.Url);
        var receipt = (await web.OpenAsync("/sessions/s1")).Text(".receipt");
        foreach (var part in new[] { "1,000 tokens in, 24 out", "38 tokens/s", "first word 0.4 s", "loaded in 4.2 s", "25 % of context", "3 older messages left out" }) Assert.Contains(part, receipt);
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Equal("Thought for 6.1 s", page.Text("details.think summary"));
        Assert.Equal("see", page.Text("details.think em"));
    }

    [Fact]
    public async Task A_demo_says_so_on_every_page()
    {
        await using var api = await FakeApi.StartAsync();
        api.Health = api.Health with { Metadata = new() { ["notice"] = "Install Ollama from ollama.com for a real one." } };
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var path in new[] { "/", "/models", "/settings" }) Assert.Contains("Install Ollama", (await web.OpenAsync(path)).Text(".note"));
    }

    [Theory]
    [InlineData("/sessions/unknown", 404)]
    [InlineData("/nowhere", 404)]
    [InlineData("/sessions/%3Cscript%3E", 404)]
    public async Task What_does_not_exist_is_a_page_that_says_so(string path, int status)
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync(path);
        Assert.Equal(status, page.Status);
        Assert.Equal("text/html", page.Response.Content.Headers.ContentType!.MediaType);
        Assert.NotEmpty(page.Text("h1"));
    }

    [Fact]
    public async Task While_the_api_is_away_pages_say_so_in_words()
    {
        var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        await api.DisposeAsync();
        var page = await web.OpenAsync("/");
        Assert.Equal(503, page.Status);
        Assert.Contains("does not answer", page.Text("main"));
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var path in new[] { "/send", "/sessions/s1/send", "/sessions/s1/delete", "/messages/r1/stop", "/messages/r1/again", "/messages/r1/continue", "/models/sync", "/models/default", "/models/enabled", "/models/m1/about", "/models/m1/settings", "/settings/check" })
        {
            var response = await web.Http.PostAsync(path, new FormUrlEncodedContent(new Dictionary<string, string> { ["message"] = "x", ["session"] = "s1", ["model"] = "m1", ["enabled"] = "true" }));
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{path}: {response.StatusCode}");
        }
        Assert.DoesNotContain(api.Calls, call => call.Method != "GET");
    }

    [Fact]
    public async Task Another_sites_page_can_neither_post_nor_listen()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "secret", MessageStatuses.Complete));
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var (name, value) in new[] { ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "http://evil.example"), ("Origin", "null") })
            foreach (var path in new[] { "/stream/messages/r1", "/fragments/messages/r1" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                request.Headers.TryAddWithoutValidation(name, value);
                Assert.Equal(HttpStatusCode.Forbidden, (await web.Http.SendAsync(request)).StatusCode);
            }
    }

    [Fact]
    public async Task Pages_forbid_everything_but_their_own_scripts_and_styles()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "| a |\n|--:|\n| b |\n\n```py\nx\n```"));
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var path in new[] { "/", "/sessions/s1", "/models", "/models/m1", "/settings", "/nowhere" })
        {
            var page = await web.OpenAsync(path);
            var policy = page.Response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("nosniff", page.Response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Empty(page.Document.QuerySelectorAll("[style], style, script:not([src]), [onclick]"));
            foreach (var link in page.Document.QuerySelectorAll("script[src], link[href], use")) Assert.StartsWith("/", link.GetAttribute("src") ?? link.GetAttribute("href"));
        }
    }

    [Fact]
    public async Task Scripts_and_styles_are_there_and_may_be_kept_for_ever()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("r1", "x"));
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1");
        var addresses = page.Document.QuerySelectorAll("script[src], link[href^='/assets/']").Select(link => link.GetAttribute("src") ?? link.GetAttribute("href")!).ToList();
        Assert.True(addresses.Count >= 6);
        foreach (var address in addresses)
        {
            var response = await web.Http.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.True(response.Headers.CacheControl!.MaxAge > TimeSpan.FromDays(300));
            Assert.Contains(response.Content.Headers.ContentType!.MediaType, new[] { "text/css", "text/javascript", "image/svg+xml", "image/png" });
        }
        Assert.Equal(HttpStatusCode.NotFound, (await web.Http.GetAsync("/assets/app.0000000000.css")).StatusCode);
    }
}
