using System.Data.Common;
using ChatOllama.ApiService.Data;
using ChatOllama.Tests.Hosting;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Costs;

/// <summary>How often a page asks the database, and that it does not depend on how much is on the page.</summary>
public class StatementTests
{
    [Fact]
    public async Task A_page_asks_the_database_a_few_times_however_much_is_on_it()
    {
        var counter = new Counter();
        await using var api = await ApiHost.StartAsync(setup => setup.Services = services => services.ConfigureDbContext<ChatDbContext>(options => options.AddInterceptors(counter)));
        for (var i = 0; i < 3; i++) await api.ChatAsync("""{ "message": "river", "session_id": "few" }""");
        for (var i = 0; i < 20; i++) await api.ChatAsync($$"""{ "message": "river", "session_id": "many-{{i}}" }""");
        for (var i = 0; i < 20; i++) await api.ChatAsync("""{ "message": "river", "session_id": "many-0" }""");

        Assert.Equal(await CountAsync("/v1/sessions/few/messages"), await CountAsync("/v1/sessions/many-0/messages"));
        Assert.InRange(await CountAsync("/v1/sessions/many-0/messages"), 1, 6);
        Assert.InRange(await CountAsync("/v1/sessions?limit=50"), 1, 2);
        Assert.InRange(await CountAsync("/v1/search?q=river"), 1, 2);
        Assert.InRange(await CountAsync("/v1/sessions/few"), 1, 3);

        async Task<int> CountAsync(string path)
        {
            var before = counter.Statements;
            using var response = await api.Client.GetAsync(path, TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();
            return counter.Statements - before;
        }
    }

    private sealed class Counter : DbCommandInterceptor
    {
        private int _statements;

        public int Statements => Volatile.Read(ref _statements);

        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            Interlocked.Increment(ref _statements);
            return result;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(ReaderExecuting(command, eventData, result));
    }
}
