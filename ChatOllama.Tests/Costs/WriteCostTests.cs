using System.Text;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Costs;

/// <summary>What reaches the disk, counted in bytes of the write-ahead log.</summary>
public class WriteCostTests
{
    private const int PiecesOfAnAnswer = 100;

    [Fact]
    public async Task An_answer_saved_piece_by_piece_writes_a_few_times_what_it_writes_at_once()
    {
        await using var api = await ApiHost.StartAsync();
        await StreamAsync(api, "warm-up", pieces: 1);
        var once = await StreamAsync(api, "once", pieces: 0);
        var streamed = await StreamAsync(api, "streamed", PiecesOfAnAnswer);
        // Each piece is a commit, and a commit is a page of 4 KiB at the least: a hundred of them, and the answer as it is.
        Assert.InRange(streamed - once, 1, (PiecesOfAnAnswer + 20) * 4120);
    }

    [Fact]
    public async Task Saving_two_hundred_answers_together_writes_what_is_new_and_not_a_page_for_each()
    {
        await using var api = await ApiHost.StartAsync();
        var store = api.Services.GetRequiredService<DatabaseExchanges>();
        // At once, so that they make a few groups: the log must not begin anew while it is measured.
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => store.CommitAsync(Exchange($"s{i}"))));
        await store.CheckpointAsync([.. answers.Select(answer => Piece(answer.AnswerSeq, 0))]);
        var before = Wal(api);
        await store.CheckpointAsync([.. answers.Select(answer => Piece(answer.AnswerSeq, 1))]);
        // 200 pieces of 100 bytes are 20 KB: five pages and what holds them together.
        Assert.InRange(Wal(api) - before, 1, 10 * 4120);
    }

    private static async Task<long> StreamAsync(ApiHost api, string session, int pieces)
    {
        var store = api.Services.GetRequiredService<DatabaseExchanges>();
        var exchange = Exchange(session);
        var before = Wal(api);
        var committed = await store.CommitAsync(exchange);
        for (var i = 0; i < pieces; i++) await store.CheckpointAsync([Piece(committed.AnswerSeq, i)]);
        await store.FinishAsync(new FinishedAnswer(committed.AnswerSeq, new Answer
        {
            Id = exchange.AnswerId,
            UserMessageId = exchange.UserMessageId,
            SessionId = session,
            Model = exchange.Model,
            CreatedAt = DateTime.UnixEpoch,
            Status = MessageStatuses.Complete,
            Content = string.Concat(Enumerable.Repeat(Text, PiecesOfAnAnswer)),
        }));
        return Wal(api) - before;
    }

    private const string Text = "some ten words of an answer as it comes, and no more.";

    private static CheckpointPart Piece(long seq, int number) => new(seq, 0, number * Text.Length, default, Encoding.UTF8.GetBytes(Text));

    private static long Wal(ApiHost api) => new FileInfo(Path.Combine(api.Folder, "chat.db-wal")).Length;

    private static NewExchange Exchange(string session) => new()
    {
        UserId = User.LocalId,
        SessionId = session,
        UserMessageId = Guid.NewGuid().ToString(),
        AnswerId = Guid.NewGuid().ToString(),
        Text = "What does it cost to lose nothing?",
        Model = "none",
    };
}
