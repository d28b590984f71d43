using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Emulator;

public class LoadingTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_model_leaves_the_memory_when_its_keep_alive_is_over()
    {
        var time = new FakeTimeProvider(s_start);
        await using var emulator = await EmulatorHost.StartAsync(time: time);
        await emulator.ChatLinesAsync(Chat("10m"));
        time.Advance(TimeSpan.FromMinutes(9.9));
        var loaded = Assert.Single(await LoadedAsync(emulator));
        Assert.Equal("demo:latest", loaded.GetProperty("name").GetString());
        Assert.StartsWith("2026-11-22T12:10:00", loaded.GetProperty("expires_at").GetString());
        time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Empty(await LoadedAsync(emulator));
        Assert.Equal(1, emulator.Control.Loads);
        await emulator.ChatLinesAsync(Chat(30));
        Assert.Equal(2, emulator.Control.Loads);
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Empty(await LoadedAsync(emulator));
    }

    [Fact]
    public async Task Without_keep_alive_it_stays_five_minutes_with_a_negative_one_until_2319_and_with_zero_not_at_all()
    {
        var time = new FakeTimeProvider(s_start);
        await using var emulator = await EmulatorHost.StartAsync(time: time);
        await emulator.ChatLinesAsync(Chat(null));
        Assert.StartsWith("2026-11-22T12:05:00", Assert.Single(await LoadedAsync(emulator)).GetProperty("expires_at").GetString());
        await emulator.ChatLinesAsync(Chat(-1));
        Assert.StartsWith("2319-", Assert.Single(await LoadedAsync(emulator)).GetProperty("expires_at").GetString());
        await emulator.ChatLinesAsync(Chat(0));
        Assert.Empty(await LoadedAsync(emulator));
    }

    [Theory]
    [InlineData("soon", "time: invalid duration \"soon\"")]
    [InlineData("5", "time: missing unit in duration \"5\"")]
    [InlineData("5x", "time: unknown unit \"x\" in duration \"5x\"")]
    public async Task A_keep_alive_that_is_no_duration_is_refused(string keepAlive, string error)
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var response = await emulator.ChatAsync(Chat(keepAlive));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(error, await response.ErrorAsync());
    }

    [Fact]
    public async Task Loading_is_silence_until_the_first_token()
    {
        var time = new FakeTimeProvider(s_start);
        await using var emulator = await EmulatorHost.StartAsync(options => options.LoadTime = TimeSpan.FromSeconds(20), time);
        var answer = emulator.ChatAsync(Chat(null));
        await emulator.Control.WaitForLoadsAsync(1);
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.Empty(await LoadedAsync(emulator));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var lines = await (await answer).LinesAsync();
        Assert.Equal(20_000_000_000, (long)lines[^1]["load_duration"]!);
    }

    [Fact]
    public async Task Another_num_ctx_loads_again_but_only_after_the_running_answer()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var running = await HeldAnswer.StartAsync(emulator);
        var other = emulator.ChatLinesAsync(new { model = "held", messages = EmulatorCalls.User("b"), options = new { num_ctx = 8192, num_predict = 1 } });
        await emulator.Control.WaitForQueuedAsync(1);
        Assert.Equal(1, emulator.Control.Loads);
        Assert.Equal(4096, Assert.Single(await LoadedAsync(emulator)).GetProperty("context_length").GetInt32());
        running.Dispose();
        await other;
        Assert.Equal(2, emulator.Control.Loads);
        Assert.Equal(8192, Assert.Single(await LoadedAsync(emulator)).GetProperty("context_length").GetInt32());
    }

    [Fact]
    public async Task A_load_goes_on_when_the_one_who_asked_for_it_has_left()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var gate = new TaskCompletionSource();
        emulator.Control.LoadGate = gate.Task;
        using var leaving = new CancellationTokenSource();
        var left = emulator.ChatAsync(Chat(null), cancellation: leaving.Token);
        await emulator.Control.WaitForLoadsAsync(1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await emulator.Control.WaitForAbortAsync(1);
        // Another size of the same model has to wait for that load, although nobody wants it any more.
        var other = emulator.ChatLinesAsync(new { model = "demo", messages = EmulatorCalls.User("hi"), options = new { num_ctx = 2048 } });
        await emulator.Control.WaitForQueuedAsync(1);
        gate.SetResult();
        Assert.NotEmpty(await other);
        Assert.Equal(2048, Assert.Single(await LoadedAsync(emulator)).GetProperty("context_length").GetInt32());
    }

    [Fact]
    public async Task A_model_that_is_told_to_go_while_it_answers_goes_when_it_has_answered()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var running = await HeldAnswer.StartAsync(emulator);
        var unload = Assert.Single(await (await emulator.SendAsync("/api/generate", new { model = "held", keep_alive = 0 })).LinesAsync());
        Assert.Equal("unload", (string?)unload["done_reason"]);
        Assert.Single(await LoadedAsync(emulator));
        running.Dispose();
        await emulator.Control.WaitForAbortAsync(1);
        Assert.Empty(await LoadedAsync(emulator));
    }

    [Fact]
    public async Task More_waiting_requests_than_the_queue_takes_are_refused_as_busy()
    {
        await using var emulator = await EmulatorHost.StartAsync(options => (options.Parallel, options.MaxQueue) = (1, 2));
        var running = await HeldAnswer.StartAsync(emulator);
        var body = new { model = "held", messages = EmulatorCalls.User("b"), options = new { num_predict = 1 } };
        var waiting = new[] { emulator.ChatLinesAsync(body), emulator.ChatLinesAsync(body) };
        await emulator.Control.WaitForQueuedAsync(2);
        var refused = await emulator.ChatAsync(body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("server busy, please try again.  maximum pending requests exceeded", await refused.ErrorAsync());
        running.Dispose();
        foreach (var answer in waiting) Assert.Equal("length", (string?)(await answer)[^1]["done_reason"]);
    }

    [Fact]
    public async Task One_who_leaves_while_waiting_does_not_take_a_slot()
    {
        await using var emulator = await EmulatorHost.StartAsync(options => options.Parallel = 1);
        var running = await HeldAnswer.StartAsync(emulator);
        using var leaving = new CancellationTokenSource();
        var body = new { model = "held", messages = EmulatorCalls.User("b"), options = new { num_predict = 1 } };
        var left = emulator.ChatAsync(body, cancellation: leaving.Token);
        await emulator.Control.WaitForQueuedAsync(1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await emulator.Control.WaitForAbortAsync(1);
        running.Dispose();
        Assert.Equal(2, (await emulator.ChatLinesAsync(body)).Count);
    }

    private static object Chat(object? keepAlive) => keepAlive is null
        ? new { model = "demo", messages = EmulatorCalls.User("hi") }
        : new { model = "demo", messages = EmulatorCalls.User("hi"), keep_alive = keepAlive };

    private static async Task<IReadOnlyList<JsonElement>> LoadedAsync(EmulatorHost emulator) =>
        [.. (await emulator.GetJsonAsync("/api/ps")).GetProperty("models").EnumerateArray()];
}
