using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Http;
using ChatOllama.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Import;

/// <summary>Our own export, taken in again.</summary>
public class RoundTripTests
{
    [Theory]
    [InlineData("json")]
    [InlineData("zip")]
    public async Task An_export_taken_into_an_empty_database_exports_the_same_and_a_second_time_changes_nothing(string format)
    {
        await using var old = await ApiHost.StartAsync();
        await ImportSteps.FillAsync(old);
        var file = await old.Client.GetByteArrayAsync("/v1/export?format=" + format, TestContext.Current.CancellationToken);
        var before = await old.Client.ExportAsync();

        await using var api = await ImportSteps.EmptyAsync();
        var result = await api.Client.ImportAsync(file);
        Assert.Equal((ImportSources.ChatOllama, new ImportedSessions(4, 0, 0), 9, 1, 2, false), (result.Source, result.Sessions, result.Messages, result.Attachments, result.Models, result.DryRun));
        Assert.Empty(result.Warnings);
        var after = await api.Client.ExportAsync();
        // Which model is the default is chosen among those that are there.
        foreach (var model in before["models"]!.AsArray().Concat(after["models"]!.AsArray()))
            model!.AsObject().Remove("is_default");
        Assert.Equal(before["sessions"]!.ToJsonString(), after["sessions"]!.ToJsonString());
        Assert.Equal(before["attachments"]!.ToJsonString(), after["attachments"]!.ToJsonString());
        Assert.Subset(before["models"]!.AsArray().Select(m => m!.ToJsonString()).ToHashSet(), after["models"]!.AsArray().Select(m => m!.ToJsonString()).ToHashSet());
        Assert.Equal(2, after["models"]!.AsArray().Count);

        var again = await api.Client.ImportAsync(file);
        Assert.Equal((new ImportedSessions(0, 0, 4), 0, 0, 0), (again.Sessions, again.Messages, again.Attachments, again.Models));
        Assert.Empty(again.Warnings);
        Assert.Equal(after["sessions"]!.ToJsonString(), (await api.Client.ExportAsync())["sessions"]!.ToJsonString());
    }

    [Fact]
    public async Task What_was_taken_in_is_a_chat_like_any_other()
    {
        await using var old = await ApiHost.StartAsync();
        await ImportSteps.FillAsync(old);
        var file = await old.Client.GetByteArrayAsync("/v1/export", TestContext.Current.CancellationToken);
        await using var api = await ApiHost.StartAsync();
        await api.Client.ImportAsync(file);
        using var models = await api.PostAsync("/v1/models/sync", "");

        // Its pages, its place in lists, its words in the search, its files.
        var messages = (await api.Client.GetFromJsonAsync("/v1/sessions/rich/messages?limit=2", ContractsJson.Default.MessageList, TestContext.Current.CancellationToken))!;
        Assert.Equal(["Look", "And now?\nTwo lines & <tags>"], (await PagesAsync(api, messages)).Where(m => m.Role == "user").Select(m => m.Content));
        Assert.Equal(2, messages.Messages[1].SiblingCount);
        var list = (await api.Client.GetFromJsonAsync("/v1/sessions", ContractsJson.Default.SessionList, TestContext.Current.CancellationToken))!;
        Assert.Equal(["empty", "last", "failed", "rich"], list.Sessions.Select(s => s.Id));
        var found = (await api.Client.GetFromJsonAsync("/v1/search?q=lines", ContractsJson.Default.SearchResult, TestContext.Current.CancellationToken))!;
        Assert.Equal(["rich", "rich"], found.Hits.Select(h => h.SessionId));
        var image = messages.Messages[0].Attachments![0];
        Assert.Equal(ImportSteps.Pixel, await api.Client.GetByteArrayAsync("/v1/attachments/" + image.Id, TestContext.Current.CancellationToken));
        // And it goes on, with the settings of its model.
        var next = await api.ChatAsync("""{"message":"Go on","session_id":"rich"}""");
        Assert.NotEmpty(next.Content);
        using var regenerated = await api.PostAsync($"/v1/messages/{next.Id}/regenerate", "{}");
        Assert.True(regenerated.IsSuccessStatusCode);
        var model = (await api.Client.GetFromJsonAsync("/v1/models/demo", ContractsJson.Default.ModelDetail, TestContext.Current.CancellationToken))!;
        Assert.Equal((0.3, "Be kind."), (model.Config.Temperature, model.Config.SystemPrompt));
        list = (await api.Client.GetFromJsonAsync("/v1/sessions", ContractsJson.Default.SessionList, TestContext.Current.CancellationToken))!;
        Assert.Equal("rich", list.Sessions[0].Id);
    }

    [Fact]
    public async Task Looking_first_says_the_same_and_changes_nothing()
    {
        await using var api = await ImportSteps.EmptyAsync();
        var looked = await api.Client.ImportAsync(ImportSteps.Sample("open-webui.json"), "?dry_run=true");
        Assert.True(looked.DryRun);
        Assert.Empty((await api.ListAsync()).Sessions);
        Assert.Equal(0, await api.Services.GetRequiredService<DbWriter>().WriteAsync(context => (long)context.Scalar("SELECT count(*) FROM messages")!));
        var done = await api.Client.ImportAsync(ImportSteps.Sample("open-webui.json"));
        Assert.Equal((looked.Sessions, looked.Messages, looked.Attachments), (done.Sessions, done.Messages, done.Attachments));
        Assert.NotEmpty((await api.ListAsync()).Sessions);
    }

    [Fact]
    public async Task Messages_that_are_missing_join_a_session_that_is_here_and_its_settings_stay()
    {
        await using var api = await ImportSteps.EmptyAsync();
        await api.CreateAsync("""{"id":"s","title":"Mine"}""");
        await api.AddMessagesAsync("s", [("q", null, "How?", "complete", null), ("a", "q", "So.", "complete", null)]);
        var export = JsonNode.Parse(await api.Client.GetStringAsync("/v1/sessions/s/export"))!;
        var session = export["sessions"]![0]!;
        session["title"] = "Theirs";
        var messages = session["messages"]!.AsArray();
        messages[1]!["content"] = "Quite otherwise.";
        var question = messages[0]!.DeepClone();
        (question["id"], question["parent_id"], question["content"]) = ("q2", "a", "And then?");
        var answer = messages[1]!.DeepClone();
        (answer["id"], answer["parent_id"], answer["content"]) = ("a2", "q2", "Then this.");
        messages.Add(question);
        messages.Add(answer);
        session["active_message_id"] = "a2";
        await api.CreateAsync("""{"id":"other"}""");

        var result = await api.Client.ImportAsync(export.ToJsonString());
        Assert.Equal((new ImportedSessions(0, 1, 0), 2), (result.Sessions, result.Messages));
        Assert.Equal((ImportWarnings.DifferentText, 1), (Assert.Single(result.Warnings).Code, result.Warnings[0].Count));
        Assert.Equal(["$.sessions[0].messages[1]"], result.Warnings[0].Places);
        Assert.Equal(["How?", "So.", "And then?", "Then this."], (await api.MessagesAsync("s")).Messages.Select(m => m.Content));
        Assert.Equal(("Mine", 4), ((await api.SessionAsync("s")).Title, (await api.SessionAsync("s")).MessageCount));
        Assert.Equal(new ImportedSessions(0, 0, 1), (await api.Client.ImportAsync(export.ToJsonString())).Sessions);
    }

    [Fact]
    public async Task An_older_file_does_not_hide_what_was_said_here_since()
    {
        await using var api = await ImportSteps.EmptyAsync();
        await api.CreateAsync("""{"id":"s","title":"Mine"}""");
        await api.AddMessagesAsync("s", [("q", null, "How?", "complete", null), ("a", "q", "So.", "complete", null)]);
        var export = JsonNode.Parse(await api.Client.GetStringAsync("/v1/sessions/s/export"))!;
        var session = export["sessions"]![0]!;
        var question = session["messages"]![0]!.DeepClone();
        (question["id"], question["parent_id"], question["content"]) = ("q2", "a", "Elsewhere?");
        session["messages"]!.AsArray().Add(question);
        session["active_message_id"] = "q2";
        api.Time.Advance(TimeSpan.FromMinutes(1));
        await api.AddMessagesAsync("s", [("q3", "a", "And here?", "complete", null)]);
        await api.Services.GetRequiredService<DbWriter>().WriteAsync(context =>
            context.Execute("UPDATE sessions SET updated_at = $1, active_seq = (SELECT seq FROM messages WHERE id = 'q3')", context.Now));
        await api.Client.ImportAsync(export.ToJsonString());
        Assert.Equal(["How?", "So.", "And here?"], (await api.MessagesAsync("s")).Messages.Select(m => m.Content));
        Assert.Equal(4, (await api.SessionAsync("s")).MessageCount);
    }

    [Fact]
    public async Task Old_chats_take_their_places_between_those_that_are_here()
    {
        await using var api = await ImportSteps.EmptyAsync();
        foreach (var (id, day) in new[] { ("first", 1), ("second", 10), ("third", 20) })
        {
            api.Time.SetUtcNow(new DateTimeOffset(2027, 1, day, 0, 0, 0, TimeSpan.Zero));
            await api.CreateAsync($$"""{"id":"{{id}}","title":"{{id}}"}""");
            await api.AddMessageAsync(id, "m-" + id, null, "common words of " + id);
        }
        var days = new[] { -5, 2, 3, 4, 5, 6, 11, 12, 19, 25 };
        var sessions = string.Join(',', days.Select(d => Session($"i{d}", new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(d - 1))));
        await api.Client.ImportAsync($$"""{"format":"chatollama","version":1,"exported_at":"2027-02-01T00:00:00Z","models":[],"sessions":[{{sessions}}],"attachments":[]}""");
        string[] expected = ["i25", "third", "i19", "i12", "i11", "second", "i6", "i5", "i4", "i3", "i2", "first", "i-5"];
        Assert.Equal(expected, (await api.ListAsync()).Sessions.Select(s => s.Id));
        Assert.Equal(expected, await ListByPagesAsync(api, "/v1/sessions?limit=2"));
        // What is searched for comes newest first too: what was said here stands above what was brought along.
        var hits = new List<SearchHit>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await api.GetAsync($"/v1/search?q=common&limit=3&cursor={cursor}", ContractsJson.Default.SearchResult);
            hits.AddRange(page.Hits);
            cursor = page.NextCursor;
        }
        Assert.Equal(13, hits.Select(h => h.MessageId).Distinct().Count());
        Assert.Equal(13, hits.Count);
        Assert.Equal(["third", "second", "first", "i25"], hits.Take(4).Select(h => h.SessionId));
        // Whatever is used now goes to the top.
        await api.AddMessageAsync("i-5", "new", null, "news");
        Assert.Equal("i-5", (await api.ListAsync()).Sessions[0].Id);

        static string Session(string id, DateTime at) => $$"""
            {"id":"{{id}}","title":"{{id}}","created_at":"{{at:yyyy-MM-dd}}T00:00:00Z","updated_at":"{{at:yyyy-MM-dd}}T00:00:00Z","messages":[
            {"id":"m-{{id}}","role":"user","content":"common words of {{id}}","status":"complete","created_at":"{{at:yyyy-MM-dd}}T00:00:00Z"}]}
            """;
    }

    [Fact]
    public async Task A_session_that_was_deleted_a_moment_ago_comes_back_and_a_running_answer_is_marked()
    {
        await using var api = await ImportSteps.EmptyAsync();
        await api.CreateAsync("""{"id":"s","title":"Mine"}""");
        await api.AddMessagesAsync("s", [("q", null, "How?", "complete", null), ("a", "q", "So far", MessageStatuses.Generating, null)]);
        var export = await api.Client.GetByteArrayAsync("/v1/export");
        (await api.Client.DeleteAsync("/v1/sessions/s")).EnsureSuccessStatusCode();
        var result = await api.Client.ImportAsync(export);
        Assert.Equal(new ImportedSessions(1, 0, 0), result.Sessions);
        Assert.Equal(ImportWarnings.UnfinishedAnswer, Assert.Single(result.Warnings).Code);
        Assert.Equal([("How?", "complete"), ("So far", "interrupted")], (await api.MessagesAsync("s")).Messages.Select(m => (m.Content, m.Status)));
    }

    [Fact]
    public async Task A_form_brings_the_file_too_and_pages_hear_of_what_came()
    {
        await using var api = await ImportSteps.EmptyAsync();
        using var form = new MultipartFormDataContent { { new StringContent("x"), "other" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(ImportSteps.Sample("librechat-flat.json"))), "file", "chat.json" } };
        var before = (await api.ListAsync()).Version;
        using var response = await api.Client.PostAsync("/v1/import", form);
        Assert.Equal(ImportSources.LibreChat, (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ImportResult))!.Source);
        Assert.NotEqual(before, (await api.ListAsync()).Version);
        Assert.Empty(Directory.GetFiles(Path.Combine(api.Folder, "imports")));
    }

    [Fact]
    public async Task A_body_that_curl_calls_a_form_is_the_file()
    {
        await using var api = await ImportSteps.EmptyAsync();
        using var body = new StringContent(ImportSteps.Sample("librechat-flat.json"), Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await api.Client.PostAsync("/v1/import", body);
        Assert.Equal(ImportSources.LibreChat, (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ImportResult))!.Source);
        using var text = new StringContent("Hello", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var uploaded = await api.Client.PostAsync("/v1/attachments?name=a.txt", text);
        Assert.Equal("a.txt", (await uploaded.Content.ReadFromJsonAsync(ContractsJson.Default.AttachmentView))!.Name);
    }

    private static async Task<List<MessageView>> PagesAsync(ApiHost api, MessageList page)
    {
        var all = page.Messages.ToList();
        while (page.NextCursor is { } cursor)
        {
            page = (await api.Client.GetFromJsonAsync($"/v1/sessions/{page.SessionId}/messages?limit=2&cursor={cursor}", ContractsJson.Default.MessageList, TestContext.Current.CancellationToken))!;
            all.AddRange(page.Messages);
        }
        return all;
    }

    private static async Task<List<string>> ListByPagesAsync(HttpApi api, string path)
    {
        var ids = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await api.GetAsync($"{path}&cursor={cursor}", ContractsJson.Default.SessionList);
            ids.AddRange(page.Sessions.Select(s => s.Id));
            cursor = page.NextCursor;
        }
        return ids;
    }
}
