using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using Xunit;

namespace ChatOllama.Tests.Sessions;

public class SessionListTests
{
    [Fact]
    public async Task Without_limit_everything_comes_newest_activity_first()
    {
        await using var api = await HttpApi.StartAsync();
        for (var i = 0; i < 60; i++)
            await api.CreateAsync($$"""{"id":"s{{i}}"}""");
        await api.AddMessageAsync("s7", "q", null, "again");
        var list = await api.ListAsync();
        Assert.Equal(["s7", .. Enumerable.Range(0, 60).Reverse().Where(i => i != 7).Select(i => $"s{i}")], list.Sessions.Select(s => s.Id));
        Assert.Null(list.NextCursor);
        Assert.Equal(1, list.Sessions[0].MessageCount);
    }

    [Fact]
    public async Task A_clock_that_jumps_back_shuffles_nothing()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"before"}""");
        api.Time.AdjustTime(api.Time.GetUtcNow().AddDays(-400));
        await api.CreateAsync("""{"id":"after"}""");
        await api.AddMessagesAsync("after", [("q", null, "one", "complete", null), ("a", "q", "two", "complete", null)]);
        api.Time.AdjustTime(api.Time.GetUtcNow().AddDays(-400));
        await api.AddMessageAsync("after", "q2", "a", "three");
        Assert.Equal(["after", "before"], (await api.ListAsync()).Sessions.Select(s => s.Id));
        Assert.Equal(["q", "a", "q2"], (await api.MessagesAsync("after")).Messages.Select(m => m.Id));
    }

    [Theory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task Pages_cover_everything_once_while_others_come_and_go(string order)
    {
        await using var api = await HttpApi.StartAsync();
        for (var i = 0; i < 25; i++)
            await api.CreateAsync($$"""{"id":"s{{i}}"}""");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await api.ListAsync($"?limit=4&order={order}&cursor={cursor}");
            Assert.InRange(page.Sessions.Count, 1, 4);
            seen.AddRange(page.Sessions.Select(s => s.Id));
            cursor = page.NextCursor;
            // One that was seen goes, a new one comes: no page moves.
            await api.Client.DeleteAsync("/v1/sessions/" + page.Sessions[0].Id);
            if (order == "desc")
                await api.CreateAsync();
        }
        while (cursor is not null);
        var all = Enumerable.Range(0, 25).Select(i => $"s{i}");
        Assert.Equal(order == "asc" ? all : all.Reverse(), seen);
    }

    [Fact]
    public async Task Filters_narrow_the_list()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"rome","title":"Trip to Rome","pinned":true,"folder":"Travel","tags":["italy","it's"]}""");
        await api.CreateAsync("""{"id":"bread","title":"Baking bread","tags":["kitchen"]}""");
        await api.CreateAsync("""{"id":"oslo","title":"Trip to Oslo","folder":"Travel"}""");
        await api.PatchAsync("oslo", """{"archived":true}""");
        async Task<string> Ids(string query) => string.Join(' ', (await api.ListAsync(query)).Sessions.Select(s => s.Id));
        Assert.Equal("rome", await Ids("?pinned=true"));
        Assert.Equal("oslo bread", await Ids("?pinned=false"));
        Assert.Equal("oslo", await Ids("?archived=true"));
        Assert.Equal("bread rome", await Ids("?archived=false"));
        Assert.Equal("oslo rome", await Ids("?folder=Travel"));
        Assert.Equal("bread", await Ids("?folder="));
        Assert.Equal("rome", await Ids("?tag=italy"));
        Assert.Equal("rome", await Ids("?tag=it%27s"));
        Assert.Equal("", await Ids("?tag=ital"));
        Assert.Equal("oslo rome", await Ids("?q=TRI"));
        Assert.Equal("rome", await Ids("?q=rom%20trip&archived=false&folder=Travel"));
        Assert.Equal("", await Ids("?q=%21%21"));
        Assert.Equal("", await Ids("?q=%22%20OR%20title%3A%20NEAR%28"));
        Assert.Equal("", await Ids("?folder=%27%20OR%201%3D1--"));
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=201", "limit")]
    [InlineData("?limit=-1", "limit")]
    [InlineData("?limit=ten", "limit")]
    [InlineData("?order=sideways", "order")]
    [InlineData("?archived=yes", "archived")]
    [InlineData("?pinned=1", "pinned")]
    [InlineData("?cursor=nonsense", "cursor")]
    [InlineData("?cursor=%00", "cursor")]
    [InlineData("?cursor=czEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTA", "cursor")]
    [InlineData("?cursor=Zjc", "cursor")]
    public async Task A_bad_value_is_named(string query, string field)
    {
        await using var api = await HttpApi.StartAsync();
        var problem = await (await api.Client.GetAsync("/v1/sessions" + query)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal([field], problem.Errors!.Keys);
    }

    [Fact]
    public async Task A_session_says_whether_it_is_running()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"busy"}""");
        await api.CreateAsync("""{"id":"idle"}""");
        await api.AddMessagesAsync("busy", [("q", null, "one", "complete", null), ("a", "q", "", MessageStatuses.Generating, null)]);
        Assert.Equal([("busy", true), ("idle", false)], (await api.ListAsync()).Sessions.Select(s => (s.Id, s.IsRunning)));
        Assert.True((await api.SessionAsync("busy")).IsRunning);
    }
}
