using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Export;
using ChatOllama.Contracts;
using ChatOllama.Tests.Contract;
using ChatOllama.Tests.Hosting;
using ChatOllama.Tests.Http;
using ChatOllama.Tests.Sessions;
using Xunit;

namespace ChatOllama.Tests.Export;

public class ExportTests
{
    // A PNG of one pixel.
    private static readonly byte[] Pixel = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    [Fact]
    public async Task Json_has_the_tree_the_options_the_end_of_each_answer_and_the_files()
    {
        await using var api = await ApiHost.StartAsync();
        using var upload = await api.Client.PostAsync("/v1/attachments?name=dot.png", new ByteArrayContent(Pixel), TestContext.Current.CancellationToken);
        var image = (await upload.Content.ReadFromJsonAsync(ContractsJson.Default.AttachmentView, TestContext.Current.CancellationToken))!;
        using var created = await api.PostAsync("/v1/sessions", """{"id":"s","title":"Grüße 🙂","folder":"Mail","tags":["a"],"system_prompt":"Be brief.","options":{"temperature":0.5}}""");
        using var models = await api.PostAsync("/v1/models/sync", "");
        var first = await api.ChatAsync($$"""{"message":"Look","session_id":"s","model":"demo-vision","images":["{{image.Id}}"],"options":{"seed":7} }""");
        using var again = await api.PostAsync($"/v1/messages/{first.Id}/regenerate", """{"model":"demo"}""");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var response = await api.Client.GetAsync("/v1/sessions/s/export?format=json", TestContext.Current.CancellationToken);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var export = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ChatExport, TestContext.Current.CancellationToken))!;

        var session = Assert.Single(export.Sessions);
        Assert.Equal((ChatExport.FormatName, 1), (export.Format, export.Version));
        Assert.Equal(("s", "Grüße 🙂", "Mail", "Be brief."), (session.Id, session.Title, session.Folder, session.SystemPrompt));
        Assert.Equal(0.5, session.Options!["temperature"].GetDouble());
        var branch = (await api.Client.GetFromJsonAsync("/v1/sessions/s/messages?all=true", ContractsJson.Default.MessageList, TestContext.Current.CancellationToken))!.Messages;
        Assert.Equal(branch.Select(m => (m.Id, m.ParentId, m.Role, m.Content, m.Model, m.Status, m.CreatedAt, m.FinishReason, m.Usage, m.Timings)),
            export.Sessions[0].Messages.Select(m => (m.Id, m.ParentId, m.Role, m.Content, m.Model, m.Status, m.CreatedAt, m.FinishReason, m.Usage, m.Timings)));
        Assert.Equal(3, export.Sessions[0].Messages.Count);
        Assert.Equal([image.Id], export.Sessions[0].Messages[0].Attachments);
        Assert.Equal(7, export.Sessions[0].Messages[1].Request!.Value.GetProperty("options").GetProperty("seed").GetInt32());
        var file = Assert.Single(export.Attachments);
        Assert.Equal((image.Id, "dot.png", "image/png", (long)Pixel.Length), (file.Id, file.Name, file.MediaType, file.Size));
        Assert.Equal(Pixel, Convert.FromBase64String(file.Data!));
    }

    [Fact]
    public async Task A_file_that_is_gone_takes_nothing_else_with_it()
    {
        await using var api = await ApiHost.StartAsync();
        using var models = await api.PostAsync("/v1/models/sync", "");
        await api.ChatAsync($$"""{"message":"Look","session_id":"s","model":"demo-vision","images":["{{Convert.ToBase64String(Pixel)}}"]}""");
        Directory.Delete(Path.Combine(api.Folder, "attachments"), recursive: true);
        var export = (await api.Client.GetFromJsonAsync("/v1/sessions/s/export", ContractsJson.Default.ChatExport, TestContext.Current.CancellationToken))!;
        Assert.Equal(2, export.Sessions[0].Messages.Count);
        Assert.Null(Assert.Single(export.Attachments).Data);
    }

    [Fact]
    public async Task Markdown_is_the_active_branch_for_people()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"s","title":"A *star* <b>"}""");
        await api.AddMessagesAsync("s",
        [
            ("q", null, "How?", "complete", null),
            ("old", "q", "The other answer", "complete", null),
            ("a", "q", "Like this:\n\n```js\nlet a = 1;", MessageStatuses.Stopped, null),
            ("q2", "a", "More", "complete", null),
            ("a2", "q2", "", MessageStatuses.Interrupted, null),
        ]);
        using var response = await api.Client.GetAsync("/v1/sessions/s/export?format=markdown");
        Assert.Equal("text/markdown; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("""
            # A \*star\* \<b\>

            *2026-11-22 01:02 UTC to 2026-11-22 01:02 UTC, exported from ChatOllama 2026-11-22 01:02 UTC*

            ---

            ## You · 2026-11-22 01:02 UTC

            How?

            ---

            ## Assistant · 2026-11-22 01:02 UTC

            Like this:

            ```js
            let a = 1;
            ```

            *Stopped before its end*

            ---

            ## You · 2026-11-22 01:02 UTC

            More

            ---

            ## Assistant · 2026-11-22 01:02 UTC


            *Interrupted before its end*

            """, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public void A_message_says_what_it_thought_what_it_brought_and_why_it_failed()
    {
        var message = new MessageView
        {
            Id = "m",
            SessionId = "s",
            Role = "assistant",
            Content = "",
            Thinking = "one\n\ntwo\n",
            Model = "llama3.2:1b",
            Status = MessageStatuses.Failed,
            CreatedAt = new DateTime(2026, 11, 22, 1, 2, 3, DateTimeKind.Utc),
            Problem = new Problem { Type = "t", Code = "ollama", Title = "t", Status = 502, Detail = "model requires\nmore memory" },
            Attachments = [new AttachmentView { Id = "1", Name = "a_b.txt", MediaType = "text/plain", Size = 1234, CreatedAt = default }],
        };
        Assert.Equal("\n---\n\n## llama3.2:1b · 2026-11-22 01:02 UTC\n\n> **Thinking**\n>\n> one\n> \n> two\n\n"
            + "\n*Attached: a\\_b.txt (text/plain, 1,234 bytes)*\n\n*Failed: model requires more memory*\n", MarkdownExport.Render(message));
    }

    [Theory]
    [InlineData("Trip to Rome", "attachment; filename=\"Trip to Rome.md\"; filename*=UTF-8''Trip%20to%20Rome.md")]
    [InlineData("Grüße", "attachment; filename=\"Gr_e.md\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.md")]
    public async Task The_file_is_named_after_the_session(string title, string disposition)
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync(JsonSerializer.Serialize(new { id = "s", title }));
        using var response = await api.Client.GetAsync("/v1/sessions/s/export?format=markdown");
        var header = response.Content.Headers.GetValues("Content-Disposition").Single();
        var parsed = ContentDispositionHeaderValue.Parse(header);
        Assert.Equal(title + ".md", parsed.FileNameStar);
        Assert.True(header.All(char.IsAscii), header);
        Assert.StartsWith(disposition[..21], header, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd", "....etcpasswd")]
    [InlineData("a\"; filename=evil.exe", "a; filename=evil.exe")]
    [InlineData("  .hidden.  ", "hidden")]
    [InlineData("CON", "chat CON")]
    [InlineData("com1.txt", "chat com1.txt")]
    [InlineData("???", "chat")]
    [InlineData("evil\u202Egpj.exe", "evilgpj.exe")]
    [InlineData("🙂 day", "🙂 day")]
    public void A_hostile_title_makes_a_harmless_name(string title, string name) => Assert.Equal(name.TrimStart('.'), ExportEndpoints.FileName(title));

    [Fact]
    public void A_long_title_is_cut_between_characters()
    {
        var name = ExportEndpoints.FileName(new string('x', 79) + "🙂🙂");
        Assert.Equal(new string('x', 79), name);
    }

    [Fact]
    public async Task Two_thousand_messages_come_whole_and_in_order_before_the_whole_was_read()
    {
        await using var api = await HttpApi.StartAsync();
        await api.CreateAsync("""{"id":"long"}""");
        await api.AddBranchAsync("long", 2000);
        var export = await api.GetAsync("/v1/sessions/long/export?format=json", ContractsJson.Default.ChatExport);
        Assert.Equal(Enumerable.Range(1, 2000).Select(i => $"m{i}"), export.Sessions[0].Messages.Select(m => m.Id));
        using var response = await api.Client.GetAsync("/v1/sessions/long/export?format=markdown", HttpCompletionOption.ResponseHeadersRead);
        Assert.Null(response.Content.Headers.ContentLength);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(text.IndexOf("text 1\n", StringComparison.Ordinal) < text.IndexOf("text 2000\n", StringComparison.Ordinal));
        Assert.Equal(2000, text.Split("\n---\n").Length - 1);
    }

    [Fact]
    public async Task What_is_not_there_or_not_known_is_a_problem_and_the_route_is_described()
    {
        await using var api = await HttpApi.StartAsync();
        await (await api.Client.GetAsync("/v1/sessions/none/export")).ReadProblemAsync(ProblemCodes.NotFound);
        var problem = await (await api.Client.GetAsync("/v1/sessions/none/export?format=pdf")).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal(["format"], problem.Errors!.Keys);
        using var document = await Wire.ReadAsync(await api.Client.GetAsync("/openapi/v1.json"));
        var content = document.RootElement.GetProperty("paths").GetProperty("/v1/sessions/{id}/export").GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content");
        Assert.Equal("#/components/schemas/ChatExport", content.GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString());
        Assert.True(content.TryGetProperty("text/markdown", out _), content.ToString());
    }

    [Fact]
    public async Task A_temporary_chat_can_be_taken_along()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync("""{"message":"hush","session_id":"t","temporary":true}""");
        var export = (await api.Client.GetFromJsonAsync("/v1/sessions/t/export", ContractsJson.Default.ChatExport, TestContext.Current.CancellationToken))!;
        Assert.True(export.Sessions[0].Temporary);
        Assert.Equal(["hush"], export.Sessions[0].Messages.Where(m => m.Role == "user").Select(m => m.Content));
        Assert.Contains("hush", Encoding.UTF8.GetString(await api.Client.GetByteArrayAsync("/v1/sessions/t/export?format=markdown", TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("zip")]
    public async Task Everything_comes_in_one_file_with_the_sessions_in_order_and_the_settings_of_models(string format)
    {
        await using var api = await ApiHost.StartAsync();
        (await api.PostAsync("/v1/models/sync", "")).Dispose();
        (await api.Client.PutAsJsonAsync("/v1/models/demo/config", new UpdateModelConfigRequest { Temperature = 0.3 }, ContractsJson.Default.UpdateModelConfigRequest, TestContext.Current.CancellationToken)).Dispose();
        await api.ChatAsync($$"""{"message":"Look","session_id":"a","model":"demo-vision","images":["{{Convert.ToBase64String(Pixel)}}"]}""");
        await api.ChatAsync("""{"message":"first","session_id":"b"}""");
        await api.ChatAsync("""{"message":"again","session_id":"a"}""");
        await api.ChatAsync("""{"message":"hush","session_id":"t","temporary":true}""");
        (await api.PostAsync("/v1/sessions", """{"id":"gone"}""")).Dispose();
        (await api.Client.DeleteAsync("/v1/sessions/gone", TestContext.Current.CancellationToken)).Dispose();
        using var response = await api.Client.GetAsync("/v1/export?format=" + format, TestContext.Current.CancellationToken);
        Assert.Equal("application/" + format, response.Content.Headers.ContentType?.MediaType);
        Assert.Matches(@"^chatollama-\d{4}-\d\d-\d\d\." + format + "$", response.Content.Headers.ContentDisposition!.FileNameStar);
        var (export, files) = await ReadAsync(response);

        Assert.Equal(["b", "a"], export.Sessions.Select(s => s.Id));
        Assert.Equal([2, 4], export.Sessions.Select(s => s.Messages.Count));
        Assert.Equal(export.Sessions[1].Messages[^1].Id, export.Sessions[1].ActiveMessageId);
        var model = export.Models.Single(m => m.Config is not null);
        Assert.Equal(("demo:latest", 0.3), (model.Name, model.Config!.Temperature));
        var file = Assert.Single(export.Attachments);
        Assert.Equal(Pixel, format == "zip" ? files["attachments/" + file.Hash] : Convert.FromBase64String(file.Data!));
        Assert.Equal(format == "zip", file.Data is null);
    }

    private static async Task<(ChatExport Export, Dictionary<string, byte[]> Files)> ReadAsync(HttpResponseMessage response)
    {
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        if (response.Content.Headers.ContentType?.MediaType == "application/json")
            return ((await JsonSerializer.DeserializeAsync(body, ContractsJson.Default.ChatExport, TestContext.Current.CancellationToken))!, []);
        using var zip = new ZipArchive(body);
        var files = new Dictionary<string, byte[]>();
        foreach (var entry in zip.Entries)
        {
            await using var content = await entry.OpenAsync(TestContext.Current.CancellationToken);
            var bytes = new MemoryStream();
            await content.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            files[entry.FullName] = bytes.ToArray();
        }
        return (JsonSerializer.Deserialize(files["data.json"], ContractsJson.Default.ChatExport)!, files);
    }
}
