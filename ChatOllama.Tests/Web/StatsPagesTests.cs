using System.Globalization;
using ChatOllama.Contracts;
using ChatOllama.Web.Components.Statistics;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>The page of the statistics: pictures made on the server, and the same numbers as tables.</summary>
public class StatsPagesTests
{
    private static readonly DateTime Today = TimeProvider.System.GetUtcNow().UtcDateTime;

    private static string Day(int ago) => Today.AddDays(-ago).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Every_day_has_a_bar_and_a_chart_says_in_words_what_it_shows()
    {
        await using var api = await FakeApi.StartAsync();
        api.Stats["day"].AddRange([new StatsItem { Name = Day(3), Messages = 4, Tokens = 400, CompletionTokens = 300, AverageTokensPerSecond = 30, SpeedTokens = 300, SpeedSeconds = 10, AverageFirstTokenMs = 500, FirstTokenCount = 4, Loads = 1, AverageLoadMs = 2500 }, new StatsItem { Name = Day(0), Messages = 2, Tokens = 100, Errors = 1 }]);
        api.Stats["model"].Add(new StatsItem { Name = "talker:latest", Messages = 6, Tokens = 500, Errors = 1 });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/stats?for=7");
        Assert.Equal("6 answers, 500 tokens.", page.Text(".lead"));
        var chart = page.Document.QuerySelector(".chart svg")!;
        Assert.Equal("img", chart.GetAttribute("role"));
        Assert.Matches("^Answers: at most 4, on .+ 1 failed\\.$", chart.GetAttribute("aria-label")!);
        Assert.Equal(["0", "0", "0", "100", "0", "0", "50"], chart.QuerySelectorAll(".bar").Select(bar => bar.GetAttribute("height")));
        Assert.Equal("25", chart.QuerySelector(".bad")!.GetAttribute("height"));
        Assert.Equal(4, page.Document.QuerySelectorAll(".chart").Length);
        Assert.Equal("/models/stats?for=7&model=m1", page.Document.QuerySelector(".numbers a")!.GetAttribute("href"));
        Assert.Equal(["4", "400", "30 tokens/s", "0.5 s", "1", "2.5 s", "–"], page.Document.QuerySelectorAll(".numbers")[1].QuerySelectorAll("tbody tr")[1].QuerySelectorAll("td").Select(cell => cell.TextContent));
        Assert.Contains(api.Calls, call => call.Target == $"/v1/stats?from={Day(6)}&by=day");
    }

    [Fact]
    public async Task A_chart_is_drawn_with_points_where_people_write_commas()
    {
        await using var api = await FakeApi.StartAsync();
        api.Stats["day"].Add(new StatsItem { Name = Day(0), Messages = 1, Tokens = 10 });
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de");
        var chart = (await web.OpenAsync("/models/stats?for=7")).Document.QuerySelector(".chart svg")!;
        Assert.All(chart.QuerySelectorAll("*").Append(chart).SelectMany(shape => shape.Attributes).Where(attribute => attribute.Name is "d" or "x" or "y" or "width" or "height" or "viewBox"),
            attribute => Assert.DoesNotContain(",", attribute.Value));
        Assert.Equal("M0 .5H84M0 50H84M0 99.5H84", chart.QuerySelector(".grid")!.GetAttribute("d"));
    }

    [Fact]
    public async Task A_year_is_told_in_months_and_one_model_alone_where_that_is_asked_for()
    {
        await using var api = await FakeApi.StartAsync();
        api.Stats["day"].AddRange([new StatsItem { Name = Day(0), Messages = 1, Tokens = 10 }]);
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/stats?for=year&model=m1");
        Assert.Equal("Statistics of talker:latest", page.Text("h1"));
        Assert.Equal(12, page.Document.QuerySelectorAll(".chart:first-child .bar").Length);
        Assert.Single(page.Document.QuerySelectorAll(".numbers"));
        Assert.DoesNotContain(api.Calls, call => call.Target.Contains("by=model", StringComparison.Ordinal));
        Assert.Contains(api.Calls, call => call.Target.EndsWith("&by=day&model=m1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_nothing_was_answered_the_page_says_so()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de");
        var page = await web.OpenAsync("/models/stats?for=<b>");
        Assert.StartsWith("Keine Antwort in dieser Zeit.", page.Text(".lead"));
        Assert.Equal("30 Tage", page.Text("[aria-current=page]:not(.side *)"));
        Assert.Empty(page.Document.QuerySelectorAll(".chart, .numbers"));
    }

    [Fact]
    public void Averages_of_several_days_are_weighted_by_what_they_are_averages_of()
    {
        var total = StatsTotals.Of("", [
            new StatsItem { Name = "a", Messages = 1, SpeedTokens = 100, SpeedSeconds = 10, AverageTokensPerSecond = 10, AverageFirstTokenMs = 100, FirstTokenCount = 1 },
            new StatsItem { Name = "b", Messages = 3, SpeedTokens = 300, SpeedSeconds = 10, AverageTokensPerSecond = 30, AverageFirstTokenMs = 500, FirstTokenCount = 3 },
            new StatsItem { Name = "c", Messages = 9 },
        ]);
        Assert.Equal((20.0, 400.0, 13, null), (total.AverageTokensPerSecond, total.AverageFirstTokenMs, total.Messages, total.AverageLoadMs));
    }
}
