using ChatOllama.ApiService.Search;
using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using ChatOllama.Tests.Sessions;
using Xunit;

namespace ChatOllama.Tests.Search;

public class SearchTests
{
    [Theory]
    [InlineData("foo", "\"foo\"*")]
    [InlineData(" foo  bar ", "\"foo\"* \"bar\"*")]
    [InlineData("a OR b", "\"a\"* \"OR\"* \"b\"*")]
    [InlineData("say \"hi", "\"say\"* \"\"\"hi\"*")]
    [InlineData("x* -y ^z", "\"x*\"* \"-y\"* \"^z\"*")]
    [InlineData("a\0b", "\"ab\"*")]
    [InlineData("!!! ?", null)]
    [InlineData("日本", "\"日本\"*")]
    public void Words_become_quoted_prefixes(string text, string? match) => Assert.Equal(match, FullText.Match(text));

    [Fact]
    public void A_single_letter_is_a_word_of_its_own_where_its_prefix_would_match_nearly_everything() =>
        Assert.Equal("\"w\" \"foo\"* \"C#\" \"日\"*", FullText.Match("w foo C# 日", prefixOfOne: false));

    [Fact]
    public async Task Titles_and_messages_are_found_newest_first_with_the_match_marked()
    {
        await using var api = await StartAsync();
        var result = await FindAsync(api, "ROM");
        // The title stands where the last activity of its session does, just above that message.
        Assert.Equal([null, "q2", "q1"], result.Hits.Select(h => h.MessageId));
        var message = result.Hits.Single(h => h.MessageId == "q1");
        Assert.Equal("user", message.Role);
        Assert.Equal("Trip to Rome", message.SessionTitle);
        Assert.Equal("Rom", message.Snippet.Substring(message.Highlights[0], message.Highlights[1])[..3]);
        var title = result.Hits.Single(h => h.MessageId is null);
        Assert.Equal("Trip to Rome", title.Snippet);
        Assert.Equal([8, 4], title.Highlights);
    }

    [Fact]
    public async Task Every_word_must_be_there_and_accents_and_case_do_not_matter()
    {
        await using var api = await StartAsync();
        Assert.Equal(["q1"], (await FindAsync(api, "cafe rome")).Hits.Select(h => h.MessageId));
        Assert.Empty((await FindAsync(api, "cafe oslo")).Hits);
    }

    [Theory]
    [InlineData("%22")]
    [InlineData("%22rome%22%20OR%20content%3A")]
    [InlineData("NEAR(rome%2C%202")]
    [InlineData("rome%20NOT%20cafe")]
    [InlineData("%27%3B%20DROP%20TABLE%20messages%3B--")]
    [InlineData("%00rome")]
    [InlineData("*")]
    [InlineData("%5E%7B%7D()%5B%5D")]
    [InlineData("%F0%9F%98%80")]
    [InlineData("%EF%B7%90")]
    [InlineData("%FF%FE")]
    public async Task Nothing_in_a_query_is_an_operator(string q)
    {
        await using var api = await StartAsync();
        await api.GetAsync("/v1/search?q=" + q, ContractsJson.Default.SearchResult);
        Assert.Equal(3, (await FindAsync(api, "rome")).Hits.Count);
    }

    [Theory]
    [InlineData("", "q")]
    [InlineData("?q=", "q")]
    [InlineData("?q=%20", "q")]
    [InlineData("?q=a&limit=0", "limit")]
    [InlineData("?q=a&limit=1000", "limit")]
    [InlineData("?q=a&cursor=zzz", "cursor")]
    public async Task A_bad_value_is_named(string query, string field)
    {
        await using var api = await HttpApi.StartAsync();
        var problem = await (await api.Client.GetAsync("/v1/search" + query)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal([field], problem.Errors!.Keys);
    }

    [Fact]
    public async Task A_long_query_is_refused()
    {
        await using var api = await HttpApi.StartAsync();
        await (await api.Client.GetAsync("/v1/search?q=" + new string('a', 5000))).ReadProblemAsync(ProblemCodes.Validation);
    }

    [Fact]
    public async Task Pages_cover_every_hit_once()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s","title":"needle in the title"}""");
        await api.AddMessagesAsync("s", Enumerable.Range(1, 12).Select(i => ($"m{i}", i == 1 ? null : $"m{i - 1}", $"needle {i}", "complete", (string?)null)));
        await api.CreateAsync("""{"id":"t","title":"another needle"}""");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await api.GetAsync($"/v1/search?q=needle&limit=3&cursor={cursor}", ContractsJson.Default.SearchResult);
            seen.AddRange(page.Hits.Select(h => h.MessageId ?? h.SessionId));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(["t", "s", .. Enumerable.Range(1, 12).Reverse().Select(i => $"m{i}")], seen);
    }

    [Fact]
    public async Task Deleted_sessions_are_never_found_and_restored_ones_again()
    {
        await using var api = await StartAsync();
        await api.Client.DeleteAsync("/v1/sessions/rome");
        Assert.Empty((await FindAsync(api, "rome")).Hits);
        await api.Client.PostAsync("/v1/sessions/rome/restore", null);
        Assert.Equal(3, (await FindAsync(api, "rome")).Hits.Count);
    }

    [Fact]
    public async Task A_changed_title_is_found_by_its_new_words_only()
    {
        await using var api = await StartAsync();
        await api.PatchAsync("rome", """{"title":"Holiday"}""");
        Assert.DoesNotContain((await FindAsync(api, "rome")).Hits, h => h.MessageId is null);
        Assert.Contains((await FindAsync(api, "holiday")).Hits, h => h.MessageId is null);
    }

    [Fact]
    public async Task A_snippet_of_a_long_text_is_short_and_without_markup()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s"}""");
        await api.AddMessageAsync("s", "q", null, string.Concat(Enumerable.Repeat("word ", 50_000)) + "<b>needle</b> & more");
        var hit = Assert.Single((await FindAsync(api, "needle")).Hits);
        Assert.InRange(hit.Snippet.Length, 10, 400);
        Assert.Contains("<b>needle</b>", hit.Snippet);
        Assert.Equal("needle", hit.Snippet.Substring(hit.Highlights[0], hit.Highlights[1]));
    }

    private static Task<SearchResult> FindAsync(HttpApi api, string q) =>
        api.GetAsync("/v1/search?q=" + Uri.EscapeDataString(q), ContractsJson.Default.SearchResult);

    private static async Task<HttpApi> StartAsync()
    {
        var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"rome","title":"Trip to Rome"}""");
        await api.AddMessagesAsync("rome", [("q1", null, "Where is a good Café in Rome?", "complete", null), ("a1", "q1", "Near the river.", "complete", null), ("q2", "a1", "Rome at night?", "complete", null)]);
        await api.CreateAsync("""{"id":"oslo","title":"Trip to Oslo"}""");
        return api;
    }
}
