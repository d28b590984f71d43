using System.IO.Compression;
using System.Text;
using ChatOllama.Contracts;
using ChatOllama.Tests.Sessions;
using Xunit;

namespace ChatOllama.Tests.Import;

/// <summary>The exports of other programs, from samples made by hand.</summary>
public class ForeignImportTests
{
    [Fact]
    public async Task Open_WebUI_brings_its_branches_thoughts_settings_and_images()
    {
        await using var api = await ImportSteps.EmptyAsync();
        var result = await api.Client.ImportAsync(ImportSteps.Sample("open-webui.json"));
        Assert.Equal((ImportSources.OpenWebUi, new ImportedSessions(2, 0, 0), 7, 1), (result.Source, result.Sessions, result.Messages, result.Attachments));
        Assert.Equal(
            [(ImportWarnings.EmptySession, "$[1]"), (ImportWarnings.HiddenMessage, "$[2].chat.messages[0]"), (ImportWarnings.MissingFile, "$[0].chat.history.messages['question-1'].files[1]"),
                (ImportWarnings.UnknownOption, "$[0].chat.params['mirostat']"), (ImportWarnings.UnnamedFolder, "$[0].folder_id")],
            result.Warnings.Select(w => (w.Code, w.Places[0])));

        var export = await api.Client.ReadExportAsync();
        Assert.Equal(["Of the oldest kind", "Bread without a machine"], export.Sessions.Select(s => s.Title));
        var bread = export.Sessions[1];
        Assert.Equal(("llama3.2:1b", "Answer like a baker.", true, false), (bread.Model, bread.SystemPrompt, bread.Pinned, bread.Archived));
        Assert.Equal(["temperature"], bread.Options!.Keys);
        Assert.Equal(["kitchen", "bread"], bread.Tags);
        Assert.Equal((Unix(1750000000), Unix(1750000041)), (bread.CreatedAt, bread.UpdatedAt));
        Assert.Equal(
            [("user", "How long must dough rest?"), ("assistant", "An hour, or a night in the cold."), ("user", "And how hot?"), ("assistant", "200 degrees."), ("assistant", "240 degrees, with steam.")],
            bread.Messages.Select(m => (m.Role, m.Content)));
        Assert.Equal([null, 0, 1, 2, 2], bread.Messages.Select(m => IndexOfParent(bread, m)));
        Assert.Equal("Flour & water first.\n\nThen time.", bread.Messages[1].Thinking);
        Assert.Equal((21, 9), (bread.Messages[1].Usage!.PromptTokens, bread.Messages[1].Usage!.CompletionTokens));
        Assert.Equal((MessageStatuses.Failed, "The connection was lost."), (bread.Messages[3].Status, bread.Messages[3].Problem!.Detail));
        Assert.Equal("qwen3:4b", bread.Messages[4].Model);
        Assert.Equal(bread.Messages[4].Id, bread.ActiveMessageId);
        Assert.Equal(Unix(1750000020), bread.Messages[2].CreatedAt);
        Assert.Equal(("dough.png", Convert.ToBase64String(ImportSteps.Pixel)), (export.Attachments[0].Name, export.Attachments[0].Data));
        Assert.Equal([export.Attachments[0].Id], bread.Messages[0].Attachments);
        Assert.Equal(["Ping", "Pong"], export.Sessions[0].Messages.Select(m => m.Content));
        Assert.Equal(new ImportedSessions(0, 0, 2), (await api.Client.ImportAsync(ImportSteps.Sample("open-webui.json"))).Sessions);
    }

    [Fact]
    public async Task ChatGPT_brings_its_edited_questions_and_one_answer_for_all_steps_of_one()
    {
        await using var api = await ImportSteps.EmptyAsync();
        var result = await api.Client.ImportAsync(ImportSteps.Sample("chatgpt.json"));
        Assert.Equal((ImportSources.ChatGpt, new ImportedSessions(1, 0, 0), 4, 0), (result.Source, result.Sessions, result.Messages, result.Attachments));
        Assert.Equal([(ImportWarnings.EmptySession, 1), (ImportWarnings.HiddenMessage, 3), (ImportWarnings.MissingFile, 1)], result.Warnings.Select(w => (w.Code, w.Count)));
        var walk = Assert.Single((await api.Client.ReadExportAsync()).Sessions);
        Assert.Equal(("A walk in the hills", true, null), (walk.Title, walk.Archived, walk.Model));
        Assert.Equal(["Where can I walk?", "Anywhere.", "Where can I walk here?", "Up the hill,\nthen down."], walk.Messages.Select(m => m.Content));
        Assert.Equal([null, 0, null, 2], walk.Messages.Select(m => IndexOfParent(walk, m)));
        Assert.Equal(("There are hills in the picture.", "gpt-5", "length"), (walk.Messages[3].Thinking, walk.Messages[3].Model, walk.Messages[3].FinishReason));
        Assert.Equal(walk.Messages[3].Id, walk.ActiveMessageId);
        Assert.Equal(Unix(1756000001).AddMilliseconds(500), walk.Messages[0].CreatedAt);
        Assert.Equal((Unix(1756000000).AddMilliseconds(250), Unix(1756000400).AddMilliseconds(500)), (walk.CreatedAt, walk.UpdatedAt));
        Assert.Equal(new ImportedSessions(0, 0, 1), (await api.Client.ImportAsync(ImportSteps.Sample("chatgpt.json"))).Sessions);
    }

    [Fact]
    public async Task The_archive_of_ChatGPT_brings_its_images_too()
    {
        await using var api = await ImportSteps.EmptyAsync();
        var zip = Zip(("user.json", "{}"u8.ToArray()), ("conversations.json", Encoding.UTF8.GetBytes(ImportSteps.Sample("chatgpt.json"))), ("images/file-Hills1234-hills.png", ImportSteps.Pixel));
        var result = await api.Client.ImportAsync(zip);
        Assert.Equal((ImportSources.ChatGpt, 1, 4), (result.Source, result.Attachments, result.Messages));
        Assert.DoesNotContain(result.Warnings, w => w.Code == ImportWarnings.MissingFile);
        var export = await api.Client.ReadExportAsync();
        Assert.Equal("file-Hills1234-hills.png", Assert.Single(export.Attachments).Name);
        Assert.Equal([export.Attachments[0].Id], export.Sessions[0].Messages[2].Attachments);
    }

    [Theory]
    [InlineData("librechat.json", new[] { "Which knot holds?", "The bowline.", "Show me.", "Make a loop,\n\nthen", "The figure eight." }, 3)]
    [InlineData("librechat-flat.json", new[] { "Will it rain?", "", "Yes." }, 2)]
    public async Task LibreChat_is_read_nested_and_flat(string sample, string[] texts, int active)
    {
        await using var api = await ImportSteps.EmptyAsync();
        var result = await api.Client.ImportAsync(ImportSteps.Sample(sample));
        Assert.Equal((ImportSources.LibreChat, new ImportedSessions(1, 0, 0), texts.Length), (result.Source, result.Sessions, result.Messages));
        var session = Assert.Single((await api.Client.ReadExportAsync()).Sessions);
        Assert.Equal(texts, session.Messages.Select(m => m.Content));
        Assert.Equal(session.Messages[active].Id, session.ActiveMessageId);
        Assert.Equal(new ImportedSessions(0, 0, 1), (await api.Client.ImportAsync(ImportSteps.Sample(sample))).Sessions);
        if (sample == "librechat-flat.json")
        {
            Assert.Equal([MessageStatuses.Complete, MessageStatuses.Failed, MessageStatuses.Complete], session.Messages.Select(m => m.Status));
            return;
        }
        Assert.Equal((ImportWarnings.UnknownPart, 1), (Assert.Single(result.Warnings).Code, result.Warnings[0].Count));
        Assert.Equal(("Knots", "You tie knots.", 0.8), (session.Title, session.SystemPrompt, session.Options!["temperature"].GetDouble()));
        Assert.Equal(["rope"], session.Tags);
        Assert.Equal(["Rope or string?", "Words only."], session.Messages.Select(m => m.Thinking).OfType<string>());
        Assert.Equal(MessageStatuses.Stopped, session.Messages[3].Status);
        Assert.Equal(new DateTime(2025, 3, 1, 10, 0, 0, 500, DateTimeKind.Utc), session.Messages[0].CreatedAt);
    }

    [Fact]
    public async Task A_conversation_without_an_id_is_known_by_what_was_said_and_an_answer_without_a_question_gets_one()
    {
        await using var api = await ImportSteps.EmptyAsync();
        const string File = """[{"title":"T","chat":{"history":{"currentId":"a","messages":{"a":{"id":"a","parentId":null,"childrenIds":[],"role":"assistant","content":"Hello, how can I help?","timestamp":1750000000}}}}}]""";
        var result = await api.Client.ImportAsync(File);
        Assert.Equal((new ImportedSessions(1, 0, 0), 2), (result.Sessions, result.Messages));
        Assert.Equal(ImportWarnings.NoQuestion, Assert.Single(result.Warnings).Code);
        Assert.Equal(new ImportedSessions(0, 0, 1), (await api.Client.ImportAsync(File)).Sessions);
        Assert.Equal(new ImportedSessions(1, 0, 0), (await api.Client.ImportAsync(File.Replace("help", "be of use", StringComparison.Ordinal))).Sessions);
        Assert.Equal(["…", "Hello, how can I help?"], (await api.MessagesAsync((await api.ListAsync()).Sessions[0].Id)).Messages.Select(m => m.Content).Select(t => t.Replace("be of use", "help", StringComparison.Ordinal)));
    }

    internal static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return bytes.ToArray();
    }

    private static DateTime Unix(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime;

    private static int? IndexOfParent(ExportedSession session, ExportedMessage message) =>
        message.ParentId is null ? null : session.Messages.Select(m => m.Id).ToList().IndexOf(message.ParentId);
}
