using System.Net;
using System.Net.Http.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Control;
using ChatOllama.Tests.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static SQLitePCL.raw;

namespace ChatOllama.Tests.Data;

/// <summary>A disk that is full, read-only or broken: what runs goes on in memory, what is asked for is refused with the reason, and nothing needs a restart.</summary>
public class DiskTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // SQLite's own way to be full: the same code as the disk gives.
    [Fact(Timeout = 60_000)]
    public async Task While_the_disk_is_full_answers_go_on_reads_work_and_writes_say_why()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"Before","session_id":"old"}""");
        var gate = new TaskCompletionSource();
        api.Ollama.Script("demo", new ChatScript().Token("one ").WaitFor(gate.Task).Tokens("two ", "three").Done());
        using var answer = await api.StreamAsync("""{"message":"Count","session_id":"s","stream":true}""");
        await answer.UntilTextAsync("one ");

        await SetMaxPagesAsync(api, 1);
        var big = new string('x', 100_000);
        await ApiHost.ProblemAsync(await api.PostAsync("/v1/chat", $$"""{"message":"{{big}}","session_id":"old"}"""), 507, ProblemCodes.DiskFull);
        await ApiHost.ProblemAsync(await api.PostAsync("/v1/chat", $$"""{"message":"{{big}}","session_id":"new","stream":true}"""), 507, ProblemCodes.DiskFull);
        gate.SetResult();
        var end = await answer.ToEndAsync();
        Assert.Equal((ChatEventTypes.Done, "one two three"), (end.Data.Type, answer.Text));
        Assert.Equal(2, (await ReadAsync(api, "old")).Messages.Count);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync("/v1/sessions/new", Stop)).StatusCode);

        await SetMaxPagesAsync(api, 1_000_000);
        await api.ChatAsync("""{"message":"After","session_id":"old"}""");
        Assert.Equal(4, (await ReadAsync(api, "old")).Messages.Count);
        // What the disk did not take at its end, it takes now.
        MessageView last;
        do last = (await ReadAsync(api, "s")).Messages[^1];
        while (last.Status == MessageStatuses.Generating && !TestContext.Current.CancellationToken.IsCancellationRequested);
        Assert.Equal(("one two three", MessageStatuses.Complete), (last.Content, last.Status));
        await api.StopAsync();
        await api.DisposeAsync();
        await using var again = await ApiHost.StartAsync(setup => setup.Folder = api.Folder);
        Assert.Equal("one two three", (await ReadAsync(again, "s")).Messages[^1].Content);
    }

    [Theory]
    [InlineData(SQLITE_FULL, ProblemCodes.DiskFull)]
    [InlineData(SQLITE_READONLY, ProblemCodes.DiskFailed)]
    [InlineData(SQLITE_IOERR, ProblemCodes.DiskFailed)]
    [InlineData(SQLITE_CANTOPEN, ProblemCodes.DiskFailed)]
    [InlineData(SQLITE_CORRUPT, ProblemCodes.DiskFailed)]
    [InlineData(SQLITE_CONSTRAINT, null)]
    public void Only_what_the_disk_did_is_said_of_the_disk(int error, string? code) =>
        Assert.Equal(code, DiskFaults.Explain(new DbUpdateException("wrapped", new SqliteException("as SQLite says it", error)))?.Code);

    private static Task<object?> SetMaxPagesAsync(ApiHost api, int pages) =>
        api.Services.GetRequiredService<DbWriter>().WriteAsync(context => context.Scalar(FormattableString.Invariant($"PRAGMA max_page_count = {pages}")));

    private static async Task<MessageList> ReadAsync(ApiHost api, string session) =>
        (await api.Client.GetFromJsonAsync($"/v1/sessions/{session}/messages", ContractsJson.Default.MessageList, Stop))!;
}
