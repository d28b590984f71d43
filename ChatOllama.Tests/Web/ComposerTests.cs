using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.Contracts;
using ChatOllama.Web.Components.Composing;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>What a visitor without scripts sends, and what a refused message keeps.</summary>
public class ComposerTests
{
    private static readonly ModelView Thinker = FakeApi.Model("m3", "thinker:latest") with { Capabilities = ["completion", "thinking"] };

    [Fact]
    public async Task Files_go_with_a_form_and_stay_with_it_when_it_is_refused()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Add(FakeApi.Model("m3", "seer:latest") with { Capabilities = ["completion", "vision"] });
        api.Refuse = FakeApi.Problem(400, ProblemCodes.Validation, "talker:latest cannot see images.") with { Errors = new() { ["images"] = ["…"] } };
        await using var web = await WebHost.StartAsync(api.Url);
        var refused = await PostAsync(web, await web.OpenAsync("/"), [("message", "Look")], ["photo.png", "notes.txt"]);
        Assert.Equal(400, refused.Status);
        Assert.Equal(["a1 image/png 2048 photo.png", "a2 text/plain 2048 notes.txt"], refused.Document.QuerySelectorAll(".chips input[name=attachment]").Select(field => field.GetAttribute("value")));
        Assert.Equal("/v1/attachments/a1", refused.Document.QuerySelector(".chips img:not([hidden])")!.GetAttribute("src"));

        // The button beside the reason sends the same with a model that sees; one file is unticked.
        var offer = refused.Document.QuerySelector("[data-problem] button[name=use]")!;
        Assert.Equal(("seer:latest", "composer"), (offer.GetAttribute("value"), offer.GetAttribute("form")));
        api.Refuse = null;
        var sent = await PostAsync(web, refused, [("message", "Look"), ("use", "seer:latest"), ("model", "talker:latest"), ("attachment", "a1 image/png 2048 photo.png")], []);
        Assert.Equal("/sessions/new-session", sent.Path);
        var chat = Chat(api);
        Assert.Equal("seer:latest", chat.Model);
        Assert.Equal(["a1"], chat.Images!);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_refused_and_the_words_stay()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await PostAsync(web, await web.OpenAsync("/"), [("message", "Run this")], ["setup.exe"]);
        Assert.Equal(415, page.Status);
        Assert.Contains("neither an image nor a text", page.Text("[data-problem]"));
        Assert.Equal("Run this", page.Document.QuerySelector("#message")!.TextContent);
        Assert.DoesNotContain(api.Calls, call => call.Target == "/v1/chat");
    }

    [Fact]
    public async Task A_new_chat_begins_with_its_options_and_a_wrong_one_is_named_beside_its_field()
    {
        await using var api = await FakeApi.StartAsync();
        api.Refuse = FakeApi.Problem(400, ProblemCodes.Validation, "temperature must be between 0 and 2.") with { Errors = new() { ["session.options.temperature"] = ["temperature must be between 0 and 2."] } };
        await using var web = await WebHost.StartAsync(api.Url);
        var refused = await web.SubmitAsync(await web.OpenAsync("/"), "form.composer", ("message", "Hi"), ("o.system_prompt", "Be brief."), ("o.temperature", "0,7"), ("o.stop", "END\r\nSTOP"), ("o.seed", "abc"));
        var session = Chat(api).Session!;
        Assert.Equal("Be brief.", session.SystemPrompt);
        Assert.Equal("""{"temperature":0.7,"seed":"abc","stop":["END","STOP"]}""", JsonSerializer.Serialize(session.Options));
        Assert.True(refused.Document.QuerySelector("details.options")!.HasAttribute("open"));
        Assert.Equal("0,7", refused.Document.QuerySelector("#o-temperature")!.GetAttribute("value"));
        Assert.Equal("true", refused.Document.QuerySelector("#o-temperature")!.GetAttribute("aria-invalid"));
        Assert.Equal("Must be a number from 0 to 2.", refused.Text(".option-field:has(#o-temperature) .error"));
        Assert.Contains("Temperature", refused.Text("[data-problem]"));
    }

    [Fact]
    public async Task The_options_of_a_chat_are_shown_saved_and_reset_on_their_page()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Sessions["s1"] = api.Sessions["s1"] with { SystemPrompt = "Rhyme.", Options = new() { ["num_ctx"] = JsonElement.Parse("2048"), ["typical_p"] = JsonElement.Parse("0.5") } };
        api.ModelConfig = new ModelConfigView { Temperature = 0.4 };
        await using var web = await WebHost.StartAsync(api.Url);
        var link = (await web.OpenAsync("/sessions/s1")).Document.QuerySelector("chat-options a")!;
        Assert.Contains("some are set", link.GetAttribute("aria-label"));
        var page = await web.OpenAsync(link.GetAttribute("href")!);
        Assert.Equal("Rhyme.", page.Document.QuerySelector("#o-system_prompt")!.TextContent);
        Assert.Equal("2048", page.Document.QuerySelector("#o-context_length")!.GetAttribute("value"));
        Assert.Equal("0.4 (set for the model)", page.Document.QuerySelector("#o-temperature")!.GetAttribute("placeholder"));
        Assert.Equal("as the model says", page.Document.QuerySelector("#o-top_p")!.GetAttribute("placeholder"));
        Assert.Contains("load again", page.Text("#o-context_length-help"));

        var saved = await web.SubmitAsync(page, "form.options-form", ("o.context_length", ""), ("o.top_k", "40"));
        Assert.Equal("/sessions/s1", saved.Path);
        Assert.Equal("""{"system_prompt":"Rhyme.","options":{"typical_p":0.5,"top_k":40}}""", Patched(api));
        await web.SubmitAsync(page, "form.options-form", ("reset", "true"));
        Assert.Equal("""{"system_prompt":"","options":{"typical_p":0.5}}""", Patched(api));
    }

    [Fact]
    public async Task Options_that_are_refused_stay_as_they_were_typed()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        api.Refuse = FakeApi.Problem(400, ProblemCodes.Validation, "…") with { Errors = new() { ["options.top_k"] = ["…"], ["options.num_ctx"] = ["…"] } };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.SubmitAsync(await web.OpenAsync("/sessions/s1/options"), "form.options-form", ("o.top_k", "many"), ("o.context_length", "0"), ("o.seed", "7"));
        Assert.Equal(400, page.Status);
        Assert.Equal(["many", "0", "7"], new[] { "top_k", "context_length", "seed" }.Select(name => page.Document.QuerySelector("#o-" + name)!.GetAttribute("value")));
        Assert.Equal("Must be a whole number from 0 to 1,000.", page.Text(".option-field:has(#o-top_k) .error"));
        Assert.NotEmpty(page.Text(".option-field:has(#o-context_length) .error"));
        Assert.Empty(page.Text(".option-field:has(#o-seed) .error"));
    }

    [Fact]
    public void The_ranges_on_the_page_are_those_of_the_api()
    {
        foreach (var option in OptionField.All.Where(option => !option.IsList))
        {
            var rule = OptionCatalog.Find(option.Name)!;
            Assert.Equal((rule.Name, rule.PublicName, rule.Min, rule.Max, rule.Kind == OptionKind.WholeNumber), (option.Stored, option.Name, option.Min, option.Max, option.IsWhole));
        }
    }

    [Theory]
    [InlineData("thinker:latest", "true", true)]
    [InlineData("thinker:latest", "false", false)]
    [InlineData("thinker:latest", "", null)]
    [InlineData("talker:latest", "true", null)]
    public async Task How_to_think_is_said_only_to_models_that_think(string model, string think, bool? sent)
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Add(Thinker);
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        Assert.Equal(["", "true", "false"], home.Document.QuerySelectorAll("#think option").Select(option => option.GetAttribute("value")));
        await web.SubmitAsync(home, "form.composer", ("message", "Hi"), ("model", model), ("think", think));
        Assert.Equal(sent, Chat(api).Think?.GetBoolean());
    }

    [Fact]
    public async Task Levels_of_thinking_are_offered_where_a_model_takes_them()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Add(Thinker with { Name = "gpt-oss:20b", Family = "gptoss" });
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        Assert.Equal(6, home.Document.QuerySelectorAll("#think option").Length);
        await web.SubmitAsync(home, "form.composer", ("message", "Hi"), ("model", "gpt-oss:20b"), ("think", "low"));
        Assert.Equal("low", Chat(api).Think?.GetString());
    }

    [Fact]
    public async Task A_temporary_chat_is_begun_shown_as_such_and_closed()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        Assert.Equal("composer", home.Document.QuerySelector("input[name=temporary]")!.GetAttribute("form"));
        var page = await web.SubmitAsync(home, "form.composer", ("message", "A secret"), ("temporary", "true"));
        var chat = Chat(api);
        Assert.Equal((true, Sender.TemporaryPrefix + home.Document.QuerySelector("input[name=key]")!.GetAttribute("value")), (chat.Temporary, chat.SessionId));
        Assert.Equal("/sessions/" + chat.SessionId, page.Path);
        api.Sessions[chat.SessionId!] = api.Sessions[chat.SessionId!] with { Temporary = true };
        page = await web.OpenAsync(page.Path);
        Assert.Contains("not stored; gone when it is closed or after an hour without a message", page.Text(".note.temporary"));
        Assert.Equal("/", (await web.SubmitAsync(page, ".note.temporary form")).Path);
        Assert.Contains(api.Calls, call => call.Method == "DELETE" && call.Target == "/v1/sessions/" + chat.SessionId);
    }

    [Theory]
    [InlineData(Sender.TemporaryPrefix + "1", "has ended")]
    [InlineData("s1", "has been deleted")]
    public async Task A_message_to_a_chat_that_has_gone_begins_no_other_one(string session, string said)
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi", session));
        await using var web = await WebHost.StartAsync(api.Url);
        var open = await web.OpenAsync("/sessions/" + session);
        api.Sessions.Clear();
        var page = await web.SubmitAsync(open, "form.composer", ("message", "Another secret"));
        Assert.Equal(404, page.Status);
        Assert.Contains(said, page.Text("[data-problem]"));
        Assert.Equal(("/send", "Another secret"), (page.Document.QuerySelector("form.composer")!.GetAttribute("action"), page.Document.QuerySelector("#message")!.TextContent));
        Assert.True(Chat(api).ExistingSession);
        Assert.DoesNotContain("q-new", api.Messages.Keys);
    }

    [Fact]
    public async Task Only_a_temporary_chat_can_be_closed_for_good()
    {
        await using var api = await FakeApi.StartAsync();
        const string Session = Sender.TemporaryPrefix + "1";
        api.Add(FakeApi.Question("q1", "Hi", Session));
        api.Sessions[Session] = api.Sessions[Session] with { Temporary = true };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/" + Session);
        api.Sessions[Session] = api.Sessions[Session] with { Temporary = false };
        await web.SubmitAsync(page, ".note.temporary form");
        Assert.DoesNotContain(api.Calls, call => call.Method == "DELETE");
    }

    [Fact]
    public async Task Words_changed_after_a_send_whose_answer_was_lost_get_a_key_of_their_own()
    {
        await using var api = await FakeApi.StartAsync();
        api.Refuse = FakeApi.Problem(409, ProblemCodes.Conflict, "This Idempotency-Key was used for another request. Use a new key for a new message.");
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        var page = await web.SubmitAsync(home, "form.composer", ("message", "Other words"));
        Assert.Equal(409, page.Status);
        Assert.Contains("that message is in the chat", page.Text("[data-problem]"));
        Assert.NotEqual(home.Document.QuerySelector("input[name=key]")!.GetAttribute("value"), page.Document.QuerySelector("input[name=key]")!.GetAttribute("value"));
    }

    [Fact]
    public async Task The_model_that_was_used_last_is_chosen_for_the_next_chat_while_it_is_there()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        Assert.Equal("talker:latest", Chosen(await web.OpenAsync("/")));
        await web.SubmitAsync(await web.OpenAsync("/"), "form.composer", ("message", "Hi"), ("model", "hf.co/a/b:Q4"));
        Assert.Equal("hf.co/a/b:Q4", Chosen(await web.OpenAsync("/")));
        api.Models.RemoveAt(1);
        Assert.Equal("talker:latest", Chosen(await web.OpenAsync("/")));
    }

    [Fact]
    public async Task Each_model_says_what_it_can_and_whether_it_is_in_memory()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Add(FakeApi.Model("m3", "seer:latest") with { Capabilities = ["completion", "vision"], IsLoaded = true, ContextLength = 8192 });
        api.Models.Add(FakeApi.Model("m4", "embedder") with { Capabilities = ["embedding"] });
        await using var web = await WebHost.StartAsync(api.Url);
        var options = (await web.OpenAsync("/")).Document.QuerySelectorAll("#model option");
        Assert.Equal(3, options.Length);
        Assert.Equal("seer:latest · sees · 1.3 GB · 8k context · in memory", options[2].TextContent);
    }

    [Fact]
    public async Task Without_a_model_the_way_to_one_is_shown()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Clear();
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        Assert.NotNull(home.Document.QuerySelector(".welcome form[action='/models/pull'] input[name=name]"));
        Assert.Equal("/models", home.Document.QuerySelector("form.composer a.none")!.GetAttribute("href"));
    }

    [Fact]
    public async Task A_script_gets_the_reason_as_a_part_of_the_page_and_the_address_of_a_new_chat()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var home = await web.OpenAsync("/");
        web.Http.DefaultRequestHeaders.Add("X-Fragment", "1");
        var sent = await PostAsync(web, home, [("message", "Hi")], [], follow: false);
        Assert.Equal((204, "/sessions/new-session"), (sent.Status, sent.Response.Headers.Location?.ToString()));
        api.Refuse = FakeApi.Problem(503, ProblemCodes.OllamaUnreachable, "Ollama does not answer <here>.");
        var refused = await PostAsync(web, home, [("message", "Hi")], []);
        Assert.Equal((503, "text/html"), (refused.Status, refused.Response.Content.Headers.ContentType!.MediaType));
        Assert.Contains("Ollama does not answer <here>. Start Ollama, then send again.", string.Join(' ', refused.Text("[role=alert]").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.DoesNotContain("<html", refused.Html);
    }

    private static string? Chosen(Page page) => page.Document.QuerySelector("#model option[selected]")?.GetAttribute("value");

    private static ChatRequest Chat(FakeApi api) =>
        JsonSerializer.Deserialize(api.Calls.Last(call => call is { Method: "POST", Target: "/v1/chat" }).Body, ContractsJson.Default.ChatRequest)!;

    private static string Patched(FakeApi api) => api.Calls.Last(call => call.Method == "PATCH").Body;

    /// <summary>Posts the composer as a browser does, files and all.</summary>
    private static async Task<Page> PostAsync(WebHost web, Page page, (string Name, string Value)[] fields, string[] files, bool follow = true)
    {
        using var form = new MultipartFormDataContent();
        foreach (var name in new[] { "_token", "key" }) form.Add(new StringContent(page.Document.QuerySelector($"form.composer input[name={name}]")!.GetAttribute("value")!), name);
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        foreach (var file in files) form.Add(new ByteArrayContent([1, 2, 3]), "files", file);
        return await web.PostAsync("/send", form, follow);
    }
}
