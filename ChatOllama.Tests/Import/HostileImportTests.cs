using System.Text;
using System.Text.Json.Nodes;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Import;
using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using ChatOllama.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Import;

/// <summary>An api that all hostile files meet, one after the other.</summary>
public sealed class HostileApi : IAsyncLifetime
{
    internal HttpApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await HttpApi.StartAsync(["--MAX_IMPORT_SIZE", "12MB"]);
        await Api.CreateAsync("""{"id":"mine","title":"Mine"}""");
        await Api.AddMessagesAsync("mine", [("mine-q", null, "How?", "complete", null), ("mine-a", "mine-q", "So.", "complete", null)]);
    }

    public ValueTask DisposeAsync() => Api.DisposeAsync();
}

/// <summary>Files that cannot be imported are refused with the place of the fault, and nothing of them stays.</summary>
public class HostileImportTests(HostileApi hostile) : IClassFixture<HostileApi>
{
    private const string Time = "2026-01-01T00:00:00Z";

    /// <summary>What is changed in a good export of one session with two messages and a file, and where that is found.</summary>
    private static readonly Dictionary<string, (Action<JsonNode> Harm, string Place)> Harms = new()
    {
        ["a newer version"] = (root => root["version"] = 2, "$.version"),
        ["another format"] = (root => root["format"] = "chatollama.session", "$.format"),
        ["no sessions"] = (root => root.AsObject().Remove("sessions"), "$"),
        ["sessions are a text"] = (root => root["sessions"] = "many", "$.sessions"),
        ["a session is a number"] = (root => root["sessions"]![0] = 7, "$.sessions[0]"),
        ["a session id with a path"] = (root => Session(root)["id"] = "../../etc", "$.sessions[0].id"),
        ["no session id"] = (root => Session(root).AsObject().Remove("id"), "$.sessions[0].id"),
        ["a title of two lines"] = (root => Session(root)["title"] = "one\ntwo", "$.sessions[0].title"),
        ["a title of 10 MB"] = (root => Session(root)["title"] = new string('x', 10_000_000), "$.sessions[0].title"),
        ["a tag that is null"] = (root => Session(root)["tags"] = new JsonArray("a", null), "$.sessions[0].tags[1]"),
        ["an option that does not exist"] = (root => Session(root)["options"] = new JsonObject { ["format_disk"] = true }, "$.sessions[0].options.format_disk"),
        ["a session twice"] = (root => root["sessions"]!.AsArray().Add(Session(root).DeepClone()), "$.sessions[1].id"),
        ["an active message that is not there"] = (root => Session(root)["active_message_id"] = "nobody", "$.sessions[0].active_message_id"),
        ["messages are an object"] = (root => Session(root)["messages"] = new JsonObject(), "$.sessions[0].messages"),
        ["a message is null"] = (root => Messages(root).Add(null), "$.sessions[0].messages[2]"),
        ["a message is its own parent"] = (root => Message(root, 0)["parent_id"] = "q", "$.sessions[0].messages[0].parent_id"),
        ["two messages are each other's parents"] = (root => (Message(root, 0)["parent_id"], Message(root, 1)["parent_id"]) = ("a", "q"), "$.sessions[0].messages[0].parent_id"),
        ["a parent that is not there"] = (root => Message(root, 1)["parent_id"] = "nobody", "$.sessions[0].messages[1].parent_id"),
        ["an answer without a question"] = (root => Message(root, 1)["parent_id"] = null, "$.sessions[0].messages[1].parent_id"),
        ["a message twice"] = (root => Messages(root).Add(Message(root, 1).DeepClone()), "$.sessions[0].messages[2].id"),
        ["a message of another session"] = (root => (Message(root, 1)["id"], Session(root)["active_message_id"]) = ("mine-a", "mine-a"), "$.sessions[0].messages[1].id"),
        ["a message called root"] = (root => Message(root, 0)["id"] = "root", "$.sessions[0].messages[0].id"),
        ["a role of the system"] = (root => Message(root, 1)["role"] = "system", "$.sessions[0].messages[1].role"),
        ["a status from nowhere"] = (root => Message(root, 1)["status"] = "perfect", "$.sessions[0].messages[1].status"),
        ["content is a number"] = (root => Message(root, 1)["content"] = 5, "$.sessions[0].messages[1].content"),
        ["content is null"] = (root => Message(root, 1)["content"] = null, "$.sessions[0].messages[1].content"),
        ["content of 10 MB"] = (root => Message(root, 1)["content"] = new string('x', 10_000_000), "$.sessions[0].messages[1]"),
        ["a NUL character"] = (root => Message(root, 0)["content"] = "a\0b", "$.sessions[0].messages[0]"),
        ["a time before time"] = (root => Message(root, 0)["created_at"] = "0001-01-01T00:00:00Z", "$.sessions[0].messages[0].created_at"),
        ["a time after time"] = (root => Session(root)["updated_at"] = "9999-12-31T23:59:59Z", "$.sessions[0].updated_at"),
        ["a time that is none"] = (root => Session(root)["created_at"] = "yesterday", "$.sessions[0].created_at"),
        ["tokens below zero"] = (root => Message(root, 1)["usage"] = new JsonObject { ["prompt_tokens"] = -1 }, "$.sessions[0].messages[1].usage"),
        ["tokens beyond counting"] = (root => Message(root, 1)["usage"] = new JsonObject { ["prompt_tokens"] = 99999999999 }, "$.sessions[0].messages[1].usage.prompt_tokens"),
        ["timings below zero"] = (root => Message(root, 1)["timings"] = new JsonObject { ["total_ms"] = -5 }, "$.sessions[0].messages[1].timings"),
        ["a request that says nonsense"] = (root => Message(root, 1)["request"] = new JsonObject { ["options"] = new JsonObject { ["temperature"] = 99 } }, "$.sessions[0].messages[1].request.options.temperature"),
        ["a request nested deep"] = (root => Message(root, 1)["request"] = new JsonObject { ["format"] = Deep(40) }, "$.sessions[0].messages[1].request.format"),
        ["a file that is not there"] = (root => Message(root, 0)["attachments"] = new JsonArray("none"), "$.sessions[0].messages[0].attachments[0]"),
        ["a file of other bytes"] = (root => File(root)["data"] = Convert.ToBase64String("other"u8), "$.attachments[0].hash"),
        ["a file of no base64"] = (root => File(root)["data"] = "???", "$.attachments[0].data"),
        ["a file twice"] = (root => root["attachments"]!.AsArray().Add(File(root).DeepClone()), "$.attachments[1].id"),
        ["a model without a name"] = (root => root["models"] = new JsonArray(new JsonObject { ["name"] = "" }), "$.models[0].name"),
        ["a config out of range"] = (root => root["models"] = new JsonArray(new JsonObject { ["name"] = "m", ["config"] = new JsonObject { ["temperature"] = 9 } }), "$.models[0].config.temperature"),
    };

    public static TheoryData<string> HarmNames => [.. Harms.Keys];

    [Theory]
    [MemberData(nameof(HarmNames))]
    public async Task Our_own_format_with(string harm)
    {
        var root = Good();
        Harms[harm].Harm(root);
        await RefusedAsync(Encoding.UTF8.GetBytes(root.ToJsonString()), Harms[harm].Place);
    }

    public static TheoryData<string, string, string> Texts => new()
    {
        { "nothing", "", "file" },
        { "words", "hello", "line 1, byte 1" },
        { "a number", "5", "file" },
        { "an empty list", "[]", "file" },
        { "a list of nothing known", """[{"a":1}]""", "file" },
        { "half of it", """{"format":"chatollama","version":1,"sessions":[{"id":"x" """, "line 1, byte 58" },
        { "more behind the end", """{"format":"chatollama","version":1,"sessions":[]} x""", "line 1, byte 51" },
        { "a comment", "{\"format\":\"chatollama\",\n/* c */\"version\":1}", "line 2, byte 1" },
        { "a name twice", """{"format":"chatollama","version":1,"sessions":[{"id":"a","id":"b"}]}""", "$.sessions[0]" },
        { "the sessions twice", """{"format":"chatollama","version":1,"sessions":[],"sessions":[]}""", "$.sessions" },
        { "half a surrogate pair", """{"format":"chatollama","version":1,"sessions":[{"id":"a","title":"\ud83d"}]}""", "$.sessions[0].title" },
        { "thirty thousand lists", "[" + new string('[', 30_000), "$" },
        { "a circle", Mapping("""{"a":{"parent":"b","children":[]},"b":{"parent":"a","children":[]}}"""), "$[0].mapping['a']" },
        { "a parent that is not there", Mapping("""{"a":{"parent":"b","children":[]}}"""), "$[0].mapping['a']" },
        { "a mapping that is a list", Mapping("[]"), "$[0].mapping" },
        { "parts that are a text", Mapping("""{"a":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":"x"}}}}"""), "$[0].mapping['a'].message.content.parts" },
        { "a time beyond the calendar", Mapping("""{"a":{"message":{"author":{"role":"user"},"create_time":1e40,"content":{"content_type":"text","parts":["x"]}}}}"""), "$[0].mapping['a'].message.create_time" },
        { "half a surrogate pair far inside", Mapping("""{"a":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["\udc00"]}}}}"""), "$[0].mapping['a'].message.content.parts[0]" },
        { "a conversation twice", $"[{One("t")},{One("t")}]", "$[1].id" },
        { "a chat that is a text", """[{"chat":"hello"}]""", "$[0].chat" },
        { "a message without a role", """[{"chat":{"history":{"messages":{"a":{"content":"x"}}}}}]""", "$[0].chat.history.messages['a'].role" },
        { "children that are numbers", """[{"chat":{"history":{"messages":{"a":{"role":"user","childrenIds":[1]}}}}}]""", "$[0].chat.history.messages['a'].childrenIds[0]" },
        { "a message of 5 MB", """[{"chat":{"history":{"messages":{"a":{"role":"user","content":"XX"}}}}}]""".Replace("XX", new string('x', 5_000_000), StringComparison.Ordinal), "$[0].chat.history.messages['a']" },
        { "a long beginning of a thousand answers", Answers(Answer("a", "q", 100_000) + string.Concat(Enumerable.Range(0, 700).Select(i => "," + Answer($"c{i}", "a", 1)))), "$[0].mapping['c671']" },
        { "long thoughts in a row", Answers(string.Join(',', Enumerable.Range(0, 100).Select(i => Answer($"t{i}", i == 0 ? "q" : $"t{i - 1}", 60_000, isThought: true)))), "$[0].mapping['t69']" },
        { "messages that are an object", """{"conversationId":"c","messages":{}}""", "$.messages" },
        { "a flag that is a text", """{"conversationId":"c","messages":[{"messageId":"m","isCreatedByUser":"yes"}]}""", "$.messages[0].isCreatedByUser" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public Task A_text_with(string what, string text, string place)
    {
        Assert.NotEmpty(what);
        return RefusedAsync(Encoding.UTF8.GetBytes(text), place);
    }

    public static TheoryData<string> Archives => ["neither file", "a name that leads out", "a name from the root", "a bomb", "a lie about the size", "a name twice", "a cut end", "a directory of lies"];

    [Theory]
    [MemberData(nameof(Archives))]
    public async Task An_archive_with(string what)
    {
        var data = ("data.json", Encoding.UTF8.GetBytes(Good().ToJsonString()));
        var zip = what switch
        {
            "neither file" => ForeignImportTests.Zip(("readme.txt", [1])),
            "a name that leads out" => ForeignImportTests.Zip(data, ("../../evil", [1])),
            "a name from the root" => ForeignImportTests.Zip(data, ("/etc/evil", [1])),
            "a bomb" => ForeignImportTests.Zip(("data.json", new byte[200_000_000])),
            "a name twice" => ForeignImportTests.Zip(data, data),
            _ => ForeignImportTests.Zip(data),
        };
        zip = what switch
        {
            // Of the entry in the directory: 100 bytes, it says.
            "a lie about the size" => Overwrite(zip, zip.AsSpan().LastIndexOf("PK\x01\x02"u8) + 24, [100, 0, 0, 0]),
            "a cut end" => zip[..^30],
            "a directory of lies" => Overwrite(zip, zip.AsSpan().LastIndexOf("PK\x05\x06"u8) + 16, [0xFF, 0xFF, 0xFF, 0xFF]),
            _ => zip,
        };
        await RefusedAsync(zip, what switch
        {
            "a name that leads out" => "../../evil",
            "a name from the root" => "/etc/evil",
            "a bomb" or "a name twice" => "data.json",
            // No more is read than it says.
            "a lie about the size" => "line 1, byte 101",
            _ => "file",
        });
    }

    [Fact]
    public async Task A_text_of_more_than_half_of_what_may_come_out_of_an_archive_is_read()
    {
        var text = Answers(Answer("a", "q", 3_900_000) + "," + Answer("b", "q", 3_900_001));
        var result = await hostile.Api.Client.ImportAsync(ForeignImportTests.Zip(("conversations.json", Encoding.UTF8.GetBytes(text))), "?dry_run=true");
        Assert.Equal(3, result.Messages);
    }

    /// <summary>.NET takes the record for large archives as soon as any number of the small one is full.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(16)]
    public void A_directory_that_only_the_record_for_large_archives_tells_of_is_seen(int full)
    {
        var zip = new byte[200_000 + 56 + 20 + 22];
        var (record, locator, end) = (200_000, 200_056, 200_076);
        "PK\x06\x06"u8.CopyTo(zip.AsSpan(record));
        "PK\x06\x07"u8.CopyTo(zip.AsSpan(locator));
        BitConverter.TryWriteBytes(zip.AsSpan(locator + 8), (long)record);
        "PK\x05\x06"u8.CopyTo(zip.AsSpan(end));
        BitConverter.TryWriteBytes(zip.AsSpan(end + 16), record);
        // Small by the offset here; by the other record it begins at 0.
        ZipDirectory.Check(new MemoryStream(zip), 1024);
        zip.AsSpan(end + full, full == 16 ? 4 : 2).Fill(0xFF);
        Assert.Throws<ProblemException>(() => ZipDirectory.Check(new MemoryStream(zip), 1024));
    }

    [Fact]
    public async Task What_is_larger_than_the_setting_allows_is_refused_while_it_comes()
    {
        var problem = await hostile.Api.Client.RefusedAsync(new byte[12_500_000], ProblemCodes.PayloadTooLarge);
        Assert.Contains("MAX_IMPORT_SIZE", problem.Detail, StringComparison.Ordinal);
        await NothingCameAsync();
    }

    [Fact]
    public async Task A_conversation_as_deep_as_it_is_long_is_none_of_these()
    {
        await using var api = await ImportSteps.EmptyAsync();
        // Nested twice for each message.
        var text = new StringBuilder("""{"conversationId":"deep","recursive":true,"messages":[""");
        for (var i = 0; i < 3000; i++)
            text.Append($$"""{"messageId":"{{i}}","isCreatedByUser":{{(i % 2 == 0 ? "true" : "false")}},"text":"{{i}}","children":[""");
        text.Insert(text.Length, "]}", 3000).Append("]}");
        var result = await api.Client.ImportAsync(text.ToString());
        Assert.Equal(3000, result.Messages);
        var id = Assert.Single((await api.ListAsync()).Sessions).Id;
        Assert.Equal("2999", (await api.MessagesAsync(id, "?order=desc&limit=1")).Messages[0].Content);
    }

    private async Task RefusedAsync(byte[] file, string place)
    {
        var problem = await hostile.Api.Client.RefusedAsync(file);
        Assert.Equal(place, Assert.Single(problem.Errors!).Key);
        Assert.Contains("Nothing was imported.", problem.Detail, StringComparison.Ordinal);
        await NothingCameAsync();
    }

    private async Task NothingCameAsync()
    {
        var counts = await hostile.Api.Services.GetRequiredService<DbWriter>().WriteAsync(context =>
            string.Join(' ', new[] { "sessions", "messages", "attachments", "users" }.Select(table => context.Scalar($"SELECT count(*) FROM {table}"))));
        Assert.Equal("1 2 0 1", counts);
        Assert.Empty(Directory.GetFiles(Path.Combine(hostile.Api.Folder, "imports")));
    }

    internal static JsonNode Good() => JsonNode.Parse($$"""
        {"format":"chatollama","version":1,"exported_at":"{{Time}}","models":[],"sessions":[
        {"id":"s","title":"Good","created_at":"{{Time}}","updated_at":"{{Time}}","tags":[],"active_message_id":"a","messages":[
        {"id":"q","parent_id":null,"role":"user","content":"How?","status":"complete","created_at":"{{Time}}","attachments":["f"]},
        {"id":"a","parent_id":"q","role":"assistant","content":"So.","status":"complete","created_at":"{{Time}}","attachments":[]}]}],
        "attachments":[{"id":"f","name":"a.txt","media_type":"text/plain","size":5,"hash":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","data":"aGVsbG8="}]}
        """)!;

    private static JsonNode Session(JsonNode root) => root["sessions"]![0]!;

    private static JsonArray Messages(JsonNode root) => Session(root)["messages"]!.AsArray();

    private static JsonNode Message(JsonNode root, int index) => Messages(root)[index]!;

    private static JsonNode File(JsonNode root) => root["attachments"]![0]!;

    private static JsonNode Deep(int levels)
    {
        JsonNode node = new JsonObject();
        for (var i = 0; i < levels; i++)
            node = new JsonObject { ["a"] = node };
        return node;
    }

    private static string Mapping(string mapping) => $$"""[{"title":"T","mapping":{{mapping}}}]""";

    /// <summary>A question with answers below it.</summary>
    private static string Answers(string answers) =>
        Mapping("""{"q":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["x"]}}},MORE}""".Replace("MORE", answers, StringComparison.Ordinal));

    private static string Answer(string id, string parent, int length, bool isThought = false) =>
        """{"ID":{"parent":"PARENT","message":{"author":{"role":"assistant"},"content":CONTENT}}}"""[1..^1]
            .Replace("ID", id, StringComparison.Ordinal).Replace("PARENT", parent, StringComparison.Ordinal)
            .Replace("CONTENT", isThought ? """{"content_type":"thoughts","thoughts":[{"content":"TEXT"}]}""" : """{"content_type":"text","parts":["TEXT"]}""", StringComparison.Ordinal)
            .Replace("TEXT", new string('x', length), StringComparison.Ordinal);

    private static string One(string id) =>
        """{"id":"ID","mapping":{"a":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["x"]}}}}}""".Replace("ID", id, StringComparison.Ordinal);

    private static byte[] Overwrite(byte[] bytes, int at, byte[] with)
    {
        with.CopyTo(bytes, at);
        return bytes;
    }
}
