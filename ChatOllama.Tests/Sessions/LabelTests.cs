using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Sessions;

public class LabelTests
{
    [Fact]
    public async Task Folders_and_tags_are_listed_by_name_with_their_sessions()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"rome","folder":"Travel","tags":["italy","it's"]}""");
        await api.CreateAsync("""{"id":"oslo","folder":"Travel","tags":["Norway","italy"]}""");
        await api.CreateAsync("""{"id":"bread","folder":"kitchen","tags":["flour"]}""");
        await api.CreateAsync("""{"id":"none"}""");
        await api.PatchAsync("oslo", """{"archived":true}""");
        await api.CreateAsync("""{"id":"gone","folder":"Gone","tags":["gone"]}""");
        await api.Client.DeleteAsync("/v1/sessions/gone");
        Assert.Equal([new("kitchen", 1), new("Travel", 2)], (await api.GetAsync("/v1/folders", ContractsJson.Default.FolderList)).Folders);
        Assert.Equal([new("kitchen", 1), new("Travel", 1)], (await api.GetAsync("/v1/folders?archived=false", ContractsJson.Default.FolderList)).Folders);
        Assert.Equal([new("flour", 1), new("it's", 1), new("italy", 2), new("Norway", 1)], (await api.GetAsync("/v1/tags", ContractsJson.Default.TagList)).Tags);
        Assert.Equal([new("italy", 1), new("Norway", 1)], (await api.GetAsync("/v1/tags?archived=true", ContractsJson.Default.TagList)).Tags);
        await (await api.Client.GetAsync("/v1/tags?archived=maybe")).ReadProblemAsync(ProblemCodes.Validation);
    }

    [Theory]
    [InlineData("SELECT * FROM sessions WHERE user_id = $1 AND deleted_at IS NULL AND archived = $2 AND pinned = $2 ORDER BY activity DESC LIMIT 51")]
    [InlineData("SELECT * FROM sessions WHERE user_id = $1 AND deleted_at IS NULL AND archived = $2 ORDER BY activity DESC LIMIT 51")]
    [InlineData("SELECT * FROM sessions WHERE user_id = $1 AND deleted_at IS NULL AND folder = $2 AND archived = $2 ORDER BY activity DESC LIMIT 51")]
    [InlineData("SELECT folder, count(*) FROM sessions WHERE user_id = $1 AND folder IS NOT NULL AND deleted_at IS NULL AND ($2 IS NULL OR archived = $2) GROUP BY folder")]
    public async Task The_lists_at_the_side_are_answered_by_an_index_without_sorting(string sql)
    {
        await using var api = await HttpApi.StartAsync();
        await using var db = await api.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync();
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + sql;
        foreach (var (name, value) in new (string, object)[] { ("$1", "local"), ("$2", 0) })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        var plan = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) plan.Add(reader.GetString(3));
        Assert.Contains("INDEX IX_sessions_user_id_", Assert.Single(plan), StringComparison.Ordinal);
    }
}
