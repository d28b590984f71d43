using System.Net;
using System.Text.Json;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Sessions;

public class SessionTests
{
    [Fact]
    public async Task A_new_session_has_everything_that_was_sent()
    {
        await using var api = await HttpApi.StartAsync();
        var response = await api.PostAsync("/v1/sessions", """
            {"id":"My.own_id:1-2","title":" Trip to Rome ","model":"tiny","system_prompt":"Be brief.","options":{"temperature":0.5,"max_tokens":9},"pinned":true,"folder":"Travel","tags":["a","b","a"]}
            """);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/v1/sessions/My.own_id%3A1-2", response.Headers.Location?.OriginalString);
        var session = await api.SessionAsync("My.own_id:1-2");
        Assert.Equal("Trip to Rome", session.Title);
        Assert.Equal("tiny:latest", session.Model);
        Assert.Equal("Be brief.", session.SystemPrompt);
        Assert.Equal(["temperature", "num_predict"], session.Options!.Keys);
        Assert.True(session.Pinned);
        Assert.False(session.Archived);
        Assert.Equal("Travel", session.Folder);
        Assert.Equal(["a", "b"], session.Tags);
        Assert.Equal(0, session.MessageCount);
        Assert.Null(session.ActiveMessageId);
        Assert.Equal(api.Time.GetUtcNow().UtcDateTime, session.CreatedAt);
        Assert.Equal(session.Id, (await api.SessionAsync("My.own_id%3A1-2")).Id);
    }

    [Fact]
    public async Task Nothing_is_required_and_the_id_is_a_version_7_uuid()
    {
        await using var api = await HttpApi.StartAsync();
        var session = await api.CreateAsync();
        Assert.Equal(7, Guid.Parse(session.Id).Version);
        Assert.Equal("New chat", session.Title);
        Assert.Empty((await api.MessagesAsync(session.Id)).Messages);
    }

    public static TheoryData<string, string> BadFields => new()
    {
        { """{"id":""}""", "id" },
        { """{"id":"a/b"}""", "id" },
        { """{"id":"ä"}""", "id" },
        { """{"id":".."}""", "id" },
        { $$"""{"id":"{{new string('a', 129)}}"}""", "id" },
        { """{"title":""}""", "title" },
        { """{"title":"  "}""", "title" },
        { """{"title":"two\nlines"}""", "title" },
        { $$"""{"title":"{{new string('a', 201)}}"}""", "title" },
        { $$"""{"title":"{{new string('a', 1_000_000)}}"}""", "title" },
        { $$"""{"folder":"{{new string('a', 101)}}"}""", "folder" },
        { """{"tags":["ok",""]}""", "tags[1]" },
        { """{"tags":["ok",null]}""", "tags[1]" },
        { $$"""{"tags":["{{new string('a', 51)}}"]}""", "tags[0]" },
        { $$"""{"tags":[{{string.Join(',', Enumerable.Range(0, 21).Select(i => $"\"{i}\""))}}]}""", "tags" },
        { """{"options":{"warmth":1}}""", "options.warmth" },
        { """{"options":{"temperature":3}}""", "options.temperature" },
        { """{"options":{"top_k":"x"}}""", "options.top_k" },
        { """{"model":"nobody"}""", "model" },
        { """{"system_prompt":"a\u0000b"}""", "system_prompt" },
        { $$"""{"system_prompt":"{{new string('a', 100_001)}}"}""", "system_prompt" },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public async Task A_bad_field_is_named_and_nothing_is_made_or_changed(string body, string field)
    {
        await using var api = await HttpApi.StartAsync();
        var created = await (await api.PostAsync("/v1/sessions", body)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal([field], created.Errors!.Keys);
        Assert.Empty((await api.ListAsync()).Sessions);
        if (field == "id")
            return;
        await api.CreateAsync("""{"id":"s","title":"Before"}""");
        var changed = await (await api.PatchAsync("s", body)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal([field], changed.Errors!.Keys);
        Assert.Equal("Before", (await api.SessionAsync("s")).Title);
    }

    [Fact]
    public async Task The_longest_values_are_taken()
    {
        await using var api = await HttpApi.StartAsync();
        var title = new string('ü', 200);
        var tags = Enumerable.Range(0, 20).Select(i => i.ToString("D50")).ToArray();
        await api.CreateAsync($$"""{"id":"{{new string('z', 128)}}","title":"{{title}}","folder":"{{new string('f', 100)}}","tags":{{JsonSerializer.Serialize(tags)}}}""");
        var session = Assert.Single((await api.ListAsync()).Sessions);
        Assert.Equal(title, session.Title);
        Assert.Equal(tags, session.Tags);
    }

    [Fact]
    public async Task An_id_that_is_taken_is_a_conflict()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s","title":"First"}""");
        await (await api.PostAsync("/v1/sessions", """{"id":"s","title":"Second"}""")).ReadProblemAsync(ProblemCodes.Conflict);
        Assert.Equal("First", (await api.SessionAsync("s")).Title);
    }

    [Fact]
    public async Task A_change_touches_only_what_was_sent_and_null_is_the_default()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s","title":"Old","model":"tiny","system_prompt":"p","options":{"seed":1},"pinned":true,"folder":"f","tags":["t"]}""");
        Assert.Equal(HttpStatusCode.OK, (await api.PatchAsync("s", """{"title":"New","archived":true}""")).StatusCode);
        var session = await api.SessionAsync("s");
        Assert.Equal(("New", "tiny:latest", "p", true, true, "f"), (session.Title, session.Model, session.SystemPrompt, session.Pinned, session.Archived, session.Folder));
        Assert.NotNull(session.Options);
        await api.PatchAsync("s", """{"title":null,"model":null,"system_prompt":null,"options":null,"pinned":null,"archived":null,"folder":null,"tags":null}""");
        session = await api.SessionAsync("s");
        Assert.Equal(("New chat", null, null, false, false, null), (session.Title, session.Model, session.SystemPrompt, session.Pinned, session.Archived, session.Folder));
        Assert.Null(session.Options);
        Assert.Empty(session.Tags);
    }

    [Fact]
    public async Task A_title_that_is_taken_back_comes_from_the_first_question_again()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s","title":"Mine"}""");
        await api.AddMessageAsync("s", "q", null, "  How do I\tbake bread?\nI have flour.");
        await api.PatchAsync("s", """{"title":null}""");
        Assert.Equal("How do I bake bread?", (await api.SessionAsync("s")).Title);
    }

    [Fact]
    public async Task Renaming_does_not_move_a_session_in_the_list()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"old"}""");
        await api.CreateAsync("""{"id":"new"}""");
        await api.PatchAsync("old", """{"title":"Renamed"}""");
        Assert.Equal(["new", "old"], (await api.ListAsync()).Sessions.Select(s => s.Id));
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PATCH", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/restore")]
    [InlineData("GET", "/messages")]
    public async Task An_unknown_session_is_a_404_whatever_its_id_looks_like(string method, string rest)
    {
        await using var api = await HttpApi.StartAsync();
        foreach (var id in new[] { "nobody", "%27%20OR%201=1--", "%00", new string('a', 500), "%F0%9F%98%80" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/v1/sessions/{id}{rest}");
            if (method == "PATCH")
                request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
            var response = await api.Client.SendAsync(request);
            if (id != "%00")
                await response.ReadProblemAsync(ProblemCodes.NotFound);
            else
                Assert.InRange((int)response.StatusCode, 400, 404);
        }
    }

    [Fact]
    public async Task A_deleted_session_is_gone_at_once_and_can_be_restored_for_half_a_minute()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s","title":"Kept"}""");
        await api.AddMessageAsync("s", "q", null, "Hello");
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync("/v1/sessions/s")).StatusCode);
        Assert.Equal(["s"], api.Running.StoppedSessions);
        Assert.Empty((await api.ListAsync()).Sessions);
        await (await api.Client.GetAsync("/v1/sessions/s/messages")).ReadProblemAsync(ProblemCodes.NotFound);
        await (await api.Client.DeleteAsync("/v1/sessions/s")).ReadProblemAsync(ProblemCodes.NotFound);
        await (await api.PostAsync("/v1/sessions", """{"id":"s"}""")).ReadProblemAsync(ProblemCodes.Conflict);

        api.Time.Advance(TimeSpan.FromSeconds(29));
        await api.Services.GetRequiredService<SessionDeletion>().SweepAsync(default);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.PostAsync("/v1/sessions/s/restore", null)).StatusCode);
        Assert.Equal("Kept", (await api.SessionAsync("s")).Title);
        Assert.Single((await api.MessagesAsync("s")).Messages);
    }

    [Fact]
    public async Task After_half_a_minute_a_deleted_session_is_gone_for_good_with_its_messages()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s"}""");
        await api.CreateAsync("""{"id":"other"}""");
        await api.AddBranchAsync("s", 20);
        await api.Client.DeleteAsync("/v1/sessions/s");
        api.Time.Advance(TimeSpan.FromSeconds(30));
        await (await api.Client.PostAsync("/v1/sessions/s/restore", null)).ReadProblemAsync(ProblemCodes.NotFound);
        await api.Services.GetRequiredService<SessionDeletion>().SweepAsync(default);
        Assert.Equal(0L, await api.Services.GetRequiredService<ApiService.Data.DbWriter>().WriteAsync(c => c.Scalar("SELECT count(*) FROM messages")));
        await api.CreateAsync("""{"id":"s"}""");
        Assert.Equal(2, (await api.ListAsync()).Sessions.Count);
    }
}
