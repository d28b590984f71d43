using ChatOllama.ApiService.Generations;
using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using Xunit;

namespace ChatOllama.Tests.Sessions;

public class MessageListTests
{
    [Fact]
    public async Task The_active_branch_comes_oldest_first_with_its_siblings_counted()
    {
        await using var api = await StartWithTreeAsync();
        var list = await api.MessagesAsync("s");
        Assert.Equal("s", list.SessionId);
        Assert.Equal(["q1", "a1b", "q2"], list.Messages.Select(m => m.Id));
        Assert.Equal([null, "q1", "a1b"], list.Messages.Select(m => m.ParentId));
        Assert.Equal(["user", "assistant", "user"], list.Messages.Select(m => m.Role));
        Assert.Equal([(0, 1), (1, 2), (0, 1)], list.Messages.Select(m => (m.SiblingIndex, m.SiblingCount)));
        Assert.Equal(("a1", null), (list.Messages[1].PreviousSiblingId, list.Messages[1].NextSiblingId));
        Assert.Equal("q2", (await api.SessionAsync("s")).ActiveMessageId);
    }

    [Fact]
    public async Task All_is_the_whole_tree_in_the_order_it_grew()
    {
        await using var api = await StartWithTreeAsync();
        Assert.Equal(["q1", "a1", "q1x", "a1b", "q2"], (await api.MessagesAsync("s", "?all=true")).Messages.Select(m => m.Id));
        var page = await api.MessagesAsync("s", "?all=true&limit=2");
        Assert.Equal(["q1", "a1"], page.Messages.Select(m => m.Id));
        Assert.Equal(["q1x", "a1b", "q2"], (await api.MessagesAsync("s", "?all=true&limit=3&cursor=" + page.NextCursor)).Messages.Select(m => m.Id));
    }

    [Fact]
    public async Task Choosing_a_message_makes_the_branch_down_to_its_newest_leaf_active()
    {
        await using var api = await StartWithTreeAsync();
        await api.PatchAsync("s", """{"active_message_id":"a1"}""");
        Assert.Equal(["q1", "a1", "q1x"], (await api.MessagesAsync("s")).Messages.Select(m => m.Id));
        await api.PatchAsync("s", """{"active_message_id":"q1"}""");
        Assert.Equal("q2", (await api.SessionAsync("s")).ActiveMessageId);
        await api.PatchAsync("s", """{"active_message_id":"a1"}""");
        await api.PatchAsync("s", """{"active_message_id":null}""");
        Assert.Equal("q2", (await api.SessionAsync("s")).ActiveMessageId);
        var problem = await (await api.PatchAsync("s", """{"active_message_id":"nobody"}""")).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal(["active_message_id"], problem.Errors!.Keys);
    }

    [Fact]
    public async Task A_message_of_another_session_cannot_be_chosen()
    {
        await using var api = await StartWithTreeAsync();
        await api.CreateAsync("""{"id":"other"}""");
        await api.AddMessageAsync("other", "elsewhere", null, "x");
        await (await api.PatchAsync("s", """{"active_message_id":"elsewhere"}""")).ReadProblemAsync(ProblemCodes.Validation);
        await (await api.Client.GetAsync("/v1/sessions/s/messages?before=elsewhere")).ReadProblemAsync(ProblemCodes.Validation);
    }

    [Fact]
    public async Task Forward_pages_cover_the_branch_and_see_what_is_added_below()
    {
        await using var api = await StartWithBranchAsync(11);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await api.MessagesAsync("s", $"?limit=3&cursor={cursor}");
            seen.AddRange(page.Messages.Select(m => m.Id));
            cursor = page.NextCursor;
            if (seen.Count == 3)
                await api.AddMessageAsync("s", "m12", "m11", "later");
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(1, 12).Select(i => $"m{i}"), seen);
    }

    [Fact]
    public async Task Backward_pages_begin_at_the_newest_and_do_not_move_when_something_is_added()
    {
        await using var api = await StartWithBranchAsync(11);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await api.MessagesAsync("s", $"?limit=4&order=desc&cursor={cursor}");
            seen.AddRange(page.Messages.Select(m => m.Id));
            cursor = page.NextCursor;
            if (seen.Count == 4)
                await api.AddMessageAsync("s", "m12", "m11", "later");
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(1, 11).Reverse().Select(i => $"m{i}"), seen);
    }

    [Fact]
    public async Task Before_gives_the_page_right_above_a_message_oldest_first()
    {
        await using var api = await StartWithBranchAsync(10);
        var page = await api.MessagesAsync("s", "?before=m8&limit=4");
        Assert.Equal(["m4", "m5", "m6", "m7"], page.Messages.Select(m => m.Id));
        page = await api.MessagesAsync("s", "?limit=4&cursor=" + page.NextCursor);
        Assert.Equal(["m1", "m2", "m3"], page.Messages.Select(m => m.Id));
        Assert.Null(page.NextCursor);
        Assert.Empty((await api.MessagesAsync("s", "?before=m1")).Messages);
    }

    [Fact]
    public async Task A_long_chat_answers_its_first_thousand_without_a_limit_and_goes_on_by_cursor()
    {
        await using var api = await StartWithBranchAsync(2000);
        var first = await api.MessagesAsync("s");
        Assert.Equal(1000, first.Messages.Count);
        var rest = await api.MessagesAsync("s", "?cursor=" + first.NextCursor);
        Assert.Equal(["m1001", "m2000"], [rest.Messages[0].Id, rest.Messages[^1].Id]);
        Assert.Null(rest.NextCursor);
        Assert.Equal("m2000", (await api.MessagesAsync("s", "?order=desc&limit=50")).Messages[0].Id);
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=x", "limit")]
    [InlineData("?order=up", "order")]
    [InlineData("?all=maybe", "all")]
    [InlineData("?before=nobody", "before")]
    [InlineData("?cursor=nonsense", "cursor")]
    [InlineData("?cursor=czc", "cursor")]
    public async Task A_bad_value_is_named(string query, string field)
    {
        await using var api = await StartWithBranchAsync(1);
        var problem = await (await api.Client.GetAsync("/v1/sessions/s/messages" + query)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal([field], problem.Errors!.Keys);
    }

    [Fact]
    public async Task A_page_around_a_message_says_what_lies_above_and_below()
    {
        await using var api = await StartWithBranchAsync(20);
        var middle = await api.MessagesAsync("s", "?at=m10&limit=7");
        Assert.Equal(["m7", "m8", "m9", "m10", "m11", "m12", "m13"], middle.Messages.Select(m => m.Id));
        Assert.Equal((true, true), (middle.HasNewer, middle.IsActiveBranch));
        Assert.Equal(["m1", "m2", "m3", "m4", "m5", "m6"], (await api.MessagesAsync("s", "?limit=7&cursor=" + middle.NextCursor)).Messages.Select(m => m.Id));
        var first = await api.MessagesAsync("s", "?at=m1&limit=5");
        Assert.Equal(["m1", "m2", "m3", "m4", "m5"], first.Messages.Select(m => m.Id));
        Assert.Null(first.NextCursor);
        var last = await api.MessagesAsync("s", "?at=m20&limit=5");
        Assert.Equal(["m18", "m19", "m20"], last.Messages.Select(m => m.Id));
        Assert.False(last.HasNewer);
    }

    [Fact]
    public async Task A_page_around_a_message_of_another_branch_shows_that_branch_and_changes_nothing()
    {
        await using var api = await StartWithTreeAsync();
        var other = await api.MessagesAsync("s", "?at=a1&limit=10");
        Assert.Equal(["q1", "a1", "q1x"], other.Messages.Select(m => m.Id));
        Assert.Equal((false, false), (other.HasNewer, other.IsActiveBranch));
        Assert.Equal(["q1", "a1b", "q2"], (await api.MessagesAsync("s", "?at=q1&limit=10")).Messages.Select(m => m.Id));
        Assert.Equal("q2", (await api.SessionAsync("s")).ActiveMessageId);
        await (await api.Client.GetAsync("/v1/sessions/s/messages?at=nobody")).ReadProblemAsync(ProblemCodes.Validation);
    }

    [Fact]
    public async Task A_running_answer_shows_what_it_has_said_by_now()
    {
        await using var api = await StartWithBranchAsync(1);
        await api.AddMessageAsync("s", "a", "m1", "", MessageStatuses.Generating);
        api.Running.Answers["a"] = new RunningAnswer(MessageStatuses.Generating, "Half an ans", "Hm.", "42") { Phase = ChatPhases.Queued, Place = 2, Age = TimeSpan.FromSeconds(3) };
        var answer = (await api.MessagesAsync("s")).Messages[1];
        Assert.Equal(("Half an ans", "Hm.", "generating", "42"), (answer.Content, answer.Thinking, answer.Status, answer.Cursor));
        Assert.Equal((ChatPhases.Queued, 2, 3000), (answer.Phase, answer.Place, answer.RunningMs));
    }

    [Fact]
    public async Task Text_comes_back_as_it_was_written_whatever_it_is()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s"}""");
        var text = "<b>\u2028 '; DROP TABLE messages;-- \u0001 👩‍👩‍👧 \uFDD0 " + new string('x', 900_000);
        await api.AddMessageAsync("s", "q", null, text);
        Assert.Equal(text, (await api.MessagesAsync("s")).Messages[0].Content);
    }

    private static async Task<HttpApi> StartWithBranchAsync(int count)
    {
        var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s"}""");
        await api.AddBranchAsync("s", count);
        return api;
    }

    /// <summary>q1 has the answers a1, followed by q1x, and a1b, followed by q2.</summary>
    private static async Task<HttpApi> StartWithTreeAsync()
    {
        var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s"}""");
        await api.AddMessagesAsync("s",
        [
            ("q1", null, "one", "complete", null), ("a1", "q1", "two", "complete", null), ("q1x", "a1", "three", "complete", null),
            ("a1b", "q1", "four", "complete", null), ("q2", "a1b", "five", "complete", null),
        ]);
        return api;
    }
}
