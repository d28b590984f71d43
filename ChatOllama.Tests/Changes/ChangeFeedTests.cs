using ChatOllama.ApiService.Changes;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Changes;

/// <summary>The ring behind the feed.</summary>
public class ChangeFeedTests
{
    private readonly ChangeFeed _feed = new();

    [Fact]
    public void A_reader_gets_its_own_changes_and_those_of_all_in_order()
    {
        var reader = _feed.Read("ann", null);
        _feed.Publish("ann", ChangeTypes.SessionCreated, "s1");
        _feed.Publish("bob", ChangeTypes.SessionCreated, "s2");
        _feed.Publish(null, new ChangeEvent { Type = ChangeTypes.ModelsChanged });
        Assert.Equal(["session_created s1", "models_changed "], Take(reader));
        Assert.Equal([], Take(reader));
    }

    [Fact]
    public void A_reader_that_is_too_slow_is_told_once_and_then_goes_on()
    {
        var reader = _feed.Read("ann", null);
        for (var i = 0; i <= ChangeFeed.Capacity; i++)
            _feed.Publish("ann", ChangeTypes.SessionChanged, $"s{i}");
        Assert.Null(Take(reader));
        _feed.Publish("ann", ChangeTypes.SessionChanged, "later");
        Assert.Equal(["session_changed later"], Take(reader));
    }

    [Fact]
    public void A_reader_that_is_just_fast_enough_misses_nothing()
    {
        var reader = _feed.Read("ann", null);
        for (var i = 0; i < ChangeFeed.Capacity; i++)
            _feed.Publish("ann", ChangeTypes.SessionChanged, $"s{i}");
        Assert.Equal(Enumerable.Range(0, ChangeFeed.Capacity).Select(i => $"session_changed s{i}"), Take(reader));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345678-1")]
    [InlineData("another run")]
    public void An_id_of_another_run_is_answered_with_a_miss(string after)
    {
        _feed.Publish("ann", ChangeTypes.SessionChanged, "s");
        Assert.Null(Take(_feed.Read("ann", after)));
    }

    [Fact]
    public void An_id_from_the_future_is_a_miss_too()
    {
        var run = _feed.Version[..^1];
        Assert.Null(Take(_feed.Read("ann", run + "7")));
        Assert.Null(Take(_feed.Read("ann", run + "-7")));
        Assert.Equal([], Take(_feed.Read("ann", run + "0")));
    }

    [Fact]
    public async Task News_that_came_before_the_wait_end_it_at_once_and_a_publisher_runs_no_reader()
    {
        var reader = _feed.Read("ann", null);
        _feed.Publish("bob", ChangeTypes.SessionChanged, "s");
        Assert.True(reader.NewsAsync().IsCompletedSuccessfully);
        Take(reader);
        var publisher = Environment.CurrentManagedThreadId;
        var ran = new TaskCompletionSource<int>();
        var waiting = reader.NewsAsync();
        Assert.False(waiting.IsCompleted);
        _ = waiting.ContinueWith(_ => ran.SetResult(Environment.CurrentManagedThreadId), default, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var thread = new Thread(() =>
        {
            publisher = Environment.CurrentManagedThreadId;
            _feed.Publish("ann", ChangeTypes.SessionChanged, "s");
        });
        thread.Start();
        thread.Join();
        Assert.NotEqual(publisher, await ran.Task.WaitAsync(TestContext.Current.CancellationToken));
    }

    private static List<string>? Take(ChangeReader reader)
    {
        var changes = new List<Change>();
        return reader.TryTake(changes) ? [.. changes.Select(c => $"{c.Event.Type} {c.Event.SessionId}")] : null;
    }
}
