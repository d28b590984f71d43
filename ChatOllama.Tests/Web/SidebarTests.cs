using System.Net;
using System.Net.Http.Json;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using ChatOllama.Web.Components.Sidebar;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>Finding and keeping chats as a visitor without scripts does, on the real api.</summary>
public sealed class SidebarTests : IAsyncLifetime
{
    private ApiHost _api = null!;
    private WebHost _web = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await ApiHost.StartAsync();
        _web = await WebHost.StartAsync(new Uri(_api.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task A_chat_is_renamed_pinned_moved_tagged_and_archived_from_one_page_and_back()
    {
        await AddAsync("""{"id":"bread","title":"Baking bread"}""");
        await AddAsync("""{"id":"rome","title":"Trip to Rome","folder":"Travel"}""");
        var page = await _web.OpenAsync("/sessions/rome");
        Assert.Equal(["Travel", "Today"], Headings(page).Select(h => h == "Folders" ? "Travel" : h));
        Assert.Equal("Trip to Rome", page.Text("details.folder .chat a[aria-current]"));
        Assert.NotNull(page.Document.QuerySelector("details.folder[open]"));

        var manage = await _web.OpenAsync(Link(page, "#chat-bread a[data-manage]"));
        Assert.Equal(["Travel"], manage.Document.QuerySelectorAll("datalist option").Select(o => o.GetAttribute("value")));
        page = await _web.SubmitAsync(manage, "form[action$='/rename']", ("title", " Baking <b>rye</b> "));
        Assert.Equal("/sessions/rome", page.Path);
        Assert.Equal("Baking <b>rye</b>", page.Text("#chat-bread a"));
        page = await _web.SubmitAsync(manage, "form[action$='/pin']", ("on", "true"));
        Assert.Equal("Pinned", Headings(page).First());
        page = await _web.SubmitAsync(manage, "form[action$='/folder']", ("folder", "Kitchen & more"));
        Assert.Equal(["Kitchen & more", "Travel"], page.Document.QuerySelectorAll(".folder summary span").Select(f => f.TextContent));
        await _web.SubmitAsync(manage, "form[action$='/tags']", ("tags", "flour, , it's,"));
        page = await _web.SubmitAsync(manage, "form[action$='/archive']", ("on", "true"));
        Assert.Null(page.Document.QuerySelector("#chat-bread"));
        var stored = await _api.Client.GetFromJsonAsync("/v1/sessions/bread", ContractsJson.Default.SessionDetail, TestContext.Current.CancellationToken);
        Assert.Equal(("Kitchen & more", true, true, "flour it's"), (stored!.Folder, stored.Pinned, stored.Archived, string.Join(' ', stored.Tags)));

        var archive = await _web.OpenAsync(Link(page, ".ways a[href*=archived]"));
        Assert.Equal("Baking <b>rye</b>", archive.Text(".chats #row-bread a > span"));
        var tagged = await _web.OpenAsync(Link(archive, ".filters a[href*=tag]:last-of-type"));
        Assert.NotNull(tagged.Document.QuerySelector("#row-bread"));
        manage = await _web.OpenAsync(Link(archive, "#row-bread a[data-manage]"));
        page = await _web.SubmitAsync(manage, "form[action$='/archive']", ("on", "false"));
        Assert.Equal("/chats?archived=true", page.Path);
        Assert.NotNull(page.Document.QuerySelector("#chat-bread"));
    }

    [Fact]
    public async Task A_deleted_chat_is_offered_back_on_the_next_page()
    {
        await AddAsync("""{"id":"bread","title":"Baking bread"}""");
        await AddAsync("""{"id":"rome","title":"Trip to Rome"}""");
        var manage = await _web.OpenAsync(Link(await _web.OpenAsync("/models?x=1"), "#chat-bread a[data-manage]"));
        var page = await _web.SubmitAsync(manage, "form[action$='/delete']");
        Assert.Equal("/models?x=1&deleted=bread", page.Path);
        Assert.Null(page.Document.QuerySelector("#chat-bread"));
        Assert.Equal("The chat was deleted.", page.Text(".undo p"));
        page = await _web.SubmitAsync(page, "form.undo");
        Assert.Equal("/models?x=1", page.Path);
        Assert.NotNull(page.Document.QuerySelector("#chat-bread"));
        Assert.Null(page.Document.QuerySelector(".undo"));
    }

    [Fact]
    public async Task Deleting_the_open_chat_leads_to_a_new_one_and_undo_back_to_it()
    {
        await AddAsync("""{"id":"rome","title":"Trip to Rome"}""");
        var manage = await _web.OpenAsync(Link(await _web.OpenAsync("/sessions/rome"), "#chat-rome a[data-manage]"));
        var page = await _web.SubmitAsync(manage, "form[action$='/delete']");
        Assert.Equal("/?deleted=rome&open=1", page.Path);
        Assert.Equal(HttpStatusCode.NotFound, (await _web.OpenAsync("/sessions/rome")).Response.StatusCode);
        page = await _web.SubmitAsync(page, "form.undo");
        Assert.Equal("/sessions/rome", page.Path);
    }

    [Fact]
    public async Task Older_chats_come_page_by_page_each_once()
    {
        for (var i = 0; i < 120; i++) await AddAsync($$"""{"id":"s{{i}}"}""");
        var page = await _web.OpenAsync("/");
        var seen = page.Document.QuerySelectorAll(".list .chat").Select(c => c.Id!["chat-".Length..]).ToList();
        var next = page.Document.QuerySelector(".list a[data-older]")?.GetAttribute("href");
        while (next is not null)
        {
            page = await _web.OpenAsync(next);
            seen.AddRange(page.Document.QuerySelectorAll("[data-rows] .chat").Select(c => c.Id!["row-".Length..]));
            next = page.Document.QuerySelector("[data-region=chats] a[data-older]")?.GetAttribute("href");
        }
        Assert.Equal(Enumerable.Range(0, 120).Reverse().Select(i => $"s{i}"), seen);
        Assert.Equal("/chats", Link(page, ".pages a"));
    }

    [Fact]
    public async Task Search_shows_marked_snippets_that_lead_to_the_message()
    {
        using var models = await _api.PostAsync("/v1/models/sync", "");
        var answer = await _api.ChatAsync("""{"message":"How long does a sourdough rest?","session_id":"bread"}""");
        var page = await _web.OpenAsync("/search?q=sourd");
        Assert.All(page.Document.QuerySelectorAll(".hits mark"), mark => Assert.Equal("sourdough", mark.TextContent));
        var links = page.Document.QuerySelectorAll(".page .hits a").Select(a => a.GetAttribute("href")).ToList();
        Assert.Contains("/sessions/bread", links);
        var question = links.Single(link => link!.Contains("?at=", StringComparison.Ordinal) && !link.EndsWith(answer.Id, StringComparison.Ordinal));
        Assert.Equal(200, (await _web.OpenAsync(question!)).Status);
        Assert.Equal("sourd", page.Document.QuerySelector("#search-chats")!.GetAttribute("value"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("%20")]
    [InlineData("a")]
    [InlineData("%22%20OR%20*")]
    [InlineData("%00%27--")]
    [InlineData("%3Cscript%3Ealert(1)%3C/script%3E")]
    [InlineData("NEAR(%22")]
    public async Task Whatever_is_searched_for_there_is_a_page(string query)
    {
        await AddAsync("""{"id":"s","title":"alert(1) or not"}""");
        var page = await _web.OpenAsync("/search?q=" + query);
        Assert.Equal(200, page.Status);
        Assert.Empty(page.Document.QuerySelectorAll("script:not([src])"));
        Assert.Equal(200, (await _web.OpenAsync("/search?q=" + new string('x', 3000))).Status);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    public async Task A_form_never_leads_to_another_site(string from)
    {
        await AddAsync("""{"id":"s","title":"A chat"}""");
        var manage = await _web.OpenAsync("/sessions/s/manage?from=" + Uri.EscapeDataString(from));
        Assert.All(manage.Document.QuerySelectorAll(".manage input[name=from]"), field => Assert.Equal("/sessions/s", field.GetAttribute("value")));
        var page = await _web.SubmitAsync(manage, "form[action$='/pin']", ("from", from), ("on", "true"));
        Assert.Equal("/sessions/s", page.Path);
    }

    [Theory]
    [InlineData("rename")]
    [InlineData("pin")]
    [InlineData("archive")]
    [InlineData("folder")]
    [InlineData("tags")]
    [InlineData("delete")]
    [InlineData("restore")]
    public async Task A_form_without_its_token_or_from_another_site_changes_nothing(string deed)
    {
        await AddAsync("""{"id":"s","title":"A chat"}""");
        var forged = await _web.Http.PostAsync($"/sessions/s/{deed}", new FormUrlEncodedContent([new("title", "x"), new("on", "true")]), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, $"/sessions/s/{deed}") { Content = new FormUrlEncodedContent([]) };
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        Assert.Contains((await _web.Http.SendAsync(foreign, TestContext.Current.CancellationToken)).StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.BadRequest });
        var session = await _api.Client.GetFromJsonAsync("/v1/sessions/s", ContractsJson.Default.SessionDetail, TestContext.Current.CancellationToken);
        Assert.Equal(("A chat", false, false), (session!.Title, session.Pinned, session.Archived));
    }

    [Fact]
    public async Task The_list_speaks_German()
    {
        await AddAsync("""{"id":"s","title":"Brot"}""");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/chats");
        request.Headers.AcceptLanguage.ParseAdd("de-AT");
        var html = await (await _web.Http.SendAsync(request, TestContext.Current.CancellationToken)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Alle Chats", html, StringComparison.Ordinal);
        Assert.Contains("„Brot“ verwalten", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_feed_reaches_the_page_with_its_ids_and_ends_with_the_service()
    {
        await AddAsync("""{"id":"before"}""");
        var page = await _web.OpenAsync("/");
        var after = page.Document.QuerySelector("live-page")!.GetAttribute("data-after")!;
        await AddAsync("""{"id":"later"}""");
        using var response = await _web.Http.GetAsync("/stream/changes?after=" + after, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var lines = new List<string>();
        while (!lines.Exists(line => line.Contains("later", StringComparison.Ordinal)))
            lines.Add(await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new EndOfStreamException(string.Join('\n', lines)));
        Assert.Equal(2, lines.Count(line => line.StartsWith("id: ", StringComparison.Ordinal)));
        Assert.Contains("""data: {"type":"session_created","session_id":"later"}""", lines);
        await _api.StopAsync();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is not null) { }
    }

    [Fact]
    public async Task Another_site_cannot_listen()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/stream/changes");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        Assert.Equal(HttpStatusCode.Forbidden, (await _web.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("/chats", "/chats")]
    [InlineData("/sessions/a?at=1#m-1", "/sessions/a?at=1#m-1")]
    [InlineData("//x", null)]
    [InlineData("/\\x", null)]
    [InlineData("/a\nb", null)]
    [InlineData("chats", null)]
    [InlineData(null, null)]
    public void Only_our_own_addresses_are_ours(string? address, string? expected) => Assert.Equal(expected, Places.Local(address));

    private async Task AddAsync(string body) => (await _api.PostAsync("/v1/sessions", body)).Dispose();

    private static string Link(Page page, string selector) => page.Document.QuerySelector(selector)!.GetAttribute("href")!;

    private static IEnumerable<string> Headings(Page page) => page.Document.QuerySelectorAll(".list h2").Select(h => h.TextContent);
}
