using ChatOllama.ApiService.Generations;
using Xunit;

namespace ChatOllama.Tests.Generations;

public class FairQueueTests
{
    [Fact]
    public async Task Users_take_turns_and_within_a_user_its_sessions_do()
    {
        var queue = new FairQueue(1);
        await queue.EnterAsync("holder", "h", _ => { }, TestContext.Current.CancellationToken);
        var order = new List<string>();
        var waiting = new List<Task>();
        foreach (var (user, session, name) in new[]
        {
            ("anna", "a1", "anna a1 first"), ("anna", "a1", "anna a1 second"), ("anna", "a2", "anna a2 first"),
            ("ben", "b1", "ben b1 first"), ("ben", "b1", "ben b1 second"),
        })
            waiting.Add(WaitAsync(user, session, name));

        queue.Leave();
        await Task.WhenAll(waiting);
        Assert.Equal(["anna a1 first", "ben b1 first", "anna a2 first", "ben b1 second", "anna a1 second"], order);
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));

        async Task WaitAsync(string user, string session, string name)
        {
            await queue.EnterAsync(user, session, _ => { }, TestContext.Current.CancellationToken);
            order.Add(name);
            queue.Leave();
        }
    }

    [Fact]
    public async Task Waiters_are_told_their_place_as_it_changes()
    {
        var queue = new FairQueue(1);
        await queue.EnterAsync("u", "s", _ => { }, TestContext.Current.CancellationToken);
        var places = new List<int>();
        var first = queue.EnterAsync("u", "s1", _ => { }, TestContext.Current.CancellationToken);
        var second = queue.EnterAsync("u", "s2", places.Add, TestContext.Current.CancellationToken);
        queue.ReportPlaces();
        queue.Leave();
        await first;
        queue.ReportPlaces();
        queue.Leave();
        await second;
        Assert.Equal([2, 2, 1], places);
    }

    [Fact]
    public async Task Who_gives_up_holds_no_place_and_blocks_nobody()
    {
        var queue = new FairQueue(1);
        await queue.EnterAsync("u", "s", _ => { }, TestContext.Current.CancellationToken);
        using var impatient = new CancellationTokenSource();
        var givesUp = queue.EnterAsync("u", "s1", _ => { }, impatient.Token);
        var stays = queue.EnterAsync("u", "s2", _ => { }, TestContext.Current.CancellationToken);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);
        Assert.Equal(1, queue.Waiting);
        queue.Leave();
        await stays;
        queue.Leave();
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
    }

    [Fact]
    public async Task Never_more_than_the_capacity_run_and_everybody_gets_a_turn()
    {
        var queue = new FairQueue(3);
        var (running, most, served) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            await queue.EnterAsync($"user{i % 5}", $"session{i % 17}", _ => { }, CancellationToken.None);
            var now = Interlocked.Increment(ref running);
            lock (queue) most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref served);
            queue.Leave();
        })));
        Assert.Equal(200, served);
        Assert.InRange(most, 1, 3);
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
    }
}
