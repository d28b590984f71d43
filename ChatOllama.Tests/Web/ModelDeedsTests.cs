using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>Memory, details, updates, copies, new models and removing, without scripts.</summary>
public class ModelDeedsTests
{
    [Fact]
    public async Task What_is_in_memory_is_told_kept_and_let_go()
    {
        await using var api = await FakeApi.StartAsync();
        var soon = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(4.5);
        api.Models[0] = api.Models[0] with { IsLoaded = true };
        api.Running =
        [
            new RunningModel { Id = "m1", Name = "talker:latest", Size = 4_000_000_000, SizeVram = 3_000_000_000, VramShare = 0.75, ContextLength = 8192, ExpiresAt = soon },
            new RunningModel { Name = "stranger:1b", Size = 1_000_000_000, VramShare = 1, Stays = true },
        ];
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        Assert.Equal("Together 5.0 GB", Words(page.Document.QuerySelector("[data-region=running] > .kv")!));
        Assert.Equal("talker:latest leaves in 4 min 75 % 4.0 GB · 8k context · 75 % in video memory Keep loaded Unload", Words(page.Document.QuerySelector("#loaded-m1")!));
        Assert.Equal("stranger:1b stays 100 % 1.0 GB · all in video memory", Words(page.Document.QuerySelectorAll(".loaded li")[1]));
        await web.SubmitAsync(page, "#loaded-m1 form[action$='/load']");
        await web.SubmitAsync(page, "#loaded-m1 form[action$='/unload']");
        await web.SubmitAsync(page, "#model-m2 form[action$='/load']");
        Assert.Equal("/models/m1", (await web.SubmitAsync(await web.OpenAsync("/models/m1"), "form[action$='/unload']")).Path);
        Assert.Equal([("/v1/models/m1/load", """{"keep_alive":-1}"""), ("/v1/models/m1/unload", ""), ("/v1/models/m2/load", """{"keep_alive":null}"""), ("/v1/models/m1/unload", "")],
            api.Calls.Where(call => call.Method == "POST").Select(call => (call.Target, call.Body)));
    }

    [Fact]
    public async Task An_Ollama_that_hangs_holds_up_no_page()
    {
        await using var api = await FakeApi.StartAsync();
        (api.Running, api.Info) = (null, null);
        await using var web = await WebHost.StartAsync(api.Url);
        var pages = await Task.WhenAll(web.OpenAsync("/models"), web.OpenAsync("/models/m1"));
        Assert.Contains("does not say", pages[0].Text("[data-region=running]"));
        Assert.Equal("talker:latest", pages[1].Text("h1"));
        Assert.Null(pages[1].Document.QuerySelector(".origin"));
    }

    [Fact]
    public async Task A_change_that_loads_the_model_again_is_asked_about_first()
    {
        await using var api = await FakeApi.StartAsync();
        api.ModelConfig = new ModelConfigView { ContextLength = 4096 };
        api.Running = [new RunningModel { Id = "m1", Name = "talker:latest", ContextLength = 4096 }];
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/m1");
        var asked = await web.SubmitAsync(page, "form[action='/models/m1/settings']", ("context_length", "8192"), ("temperature", "0.5"));
        Assert.Equal(200, asked.Status);
        Assert.Contains("load the model again", asked.Text("[data-region=model-settings] [role=alert]"));
        Assert.Equal("8192", asked.Document.QuerySelector("#context_length")!.GetAttribute("value"));
        Assert.DoesNotContain(api.Calls, call => call.Method == "PUT");
        Assert.Equal("/models/m1?saved=settings", (await web.SubmitAsync(asked, "form[action='/models/m1/settings']", ("reload", "yes"))).Path);
        // What needs no new load is saved at once, and so is everything while the model is not in memory.
        Assert.Equal("/models/m1?saved=settings", (await web.SubmitAsync(page, "form[action='/models/m1/settings']", ("temperature", "0.7"))).Path);
        api.Running = [];
        Assert.Equal("/models/m1?saved=settings", (await web.SubmitAsync(page, "form[action='/models/m1/settings']", ("context_length", "16384"))).Path);
        Assert.Equal(3, api.Calls.Count(call => call.Method == "PUT"));
    }

    [Fact]
    public async Task Details_tell_what_the_model_brings_along_and_what_the_settings_replace()
    {
        await using var api = await FakeApi.StartAsync();
        api.Info = new ModelInfo
        {
            Id = "m1",
            Name = "talker:latest",
            Families = ["llama", "clip"],
            ParentModel = "base:1b",
            Template = "{{ .Prompt }}<b>",
            System = "Be kind.",
            License = "MIT",
            Modelfile = "FROM base:1b",
            Parameters = [new ModelParameter("stop", ["<|end|>", "<|user|>"]), new ModelParameter("temperature", ["0.2"])],
            Overrides = [new ModelOverride { Name = "temperature", Value = "0.9", ModelValue = "0.2" }, new ModelOverride { Name = "context_length", Value = "8192" }, new ModelOverride { Name = "system_prompt", Value = "Be terse." }],
        };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/m1");
        Assert.Equal(["stop <|end|>, <|user|> –", "temperature 0.2 0.9", "num_ctx – 8192"], page.Document.QuerySelectorAll(".origin tbody tr").Select(Words));
        Assert.Equal(["temperature", "num_ctx"], page.Document.QuerySelectorAll(".origin .set th").Select(Words));
        Assert.Equal(["Be kind.", "{{ .Prompt }}<b>", "MIT", "FROM base:1b"], page.Document.QuerySelectorAll(".origin .source").Select(text => text.TextContent));
        Assert.Equal("replaced here", page.Text(".origin .tag"));
        foreach (var part in new[] { "llama, clip", "base:1b" }) Assert.Contains(part, page.Text(".card dl"));
    }

    [Fact]
    public async Task Updates_are_looked_for_on_request_and_fetched_one_or_all()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        Assert.Contains("Nothing is asked for unless you do", page.Text(".updates"));
        api.Models[0] = api.Models[0] with { UpdateAvailable = true };
        api.Updates = api.Updates with
        {
            CheckedAt = TimeProvider.System.GetUtcNow().UtcDateTime,
            Models = [new ModelUpdate { Id = "m1", Name = "talker:latest", State = ModelUpdateStates.Outdated }, new ModelUpdate { Id = "m2", Name = "hf.co/a/b:Q4", State = ModelUpdateStates.Unknown, Reason = "It comes from another <source>." }],
        };
        page = await web.SubmitAsync(page, "form[action='/models/updates']");
        Assert.Contains("There is a newer version of talker:latest. Looked just now.", page.Text(".updates"));
        Assert.Equal("hf.co/a/b:Q4 : it cannot be told. It comes from another <source>.", Words(page.Document.QuerySelector("#untold-m2")!));
        Assert.Contains("update", page.Text("#model-m1"));
        Assert.Equal("/models/pulls", (await web.SubmitAsync(page, "#model-m1 form[action='/models/update']")).Path);
        await web.SubmitAsync(page, ".updates form[action='/models/update']");
        Assert.Equal([("/v1/models/updates", ""), ("/v1/models/update", """{"models":["m1"]}"""), ("/v1/models/update", """{"models":null}""")], api.Calls.Where(call => call.Method == "POST").Select(call => (call.Target, call.Body)));
        api.Updates = new ModelUpdateList();
        Assert.Contains("MODEL_REGISTRY", (await web.OpenAsync("/models")).Text(".updates"));
    }

    [Fact]
    public async Task Removing_here_can_be_taken_back()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        api.Models.Add(FakeApi.Model("m3", "gone:1b") with { Status = ModelStatuses.Removed, Digest = "abc" });
        Assert.Equal("/models?removed=m2", (await web.SubmitAsync(await web.OpenAsync("/models/m2"), "form[action='/models/m2/remove']")).Path);
        var page = await web.OpenAsync("/models?removed=m3");
        Assert.Equal("gone:1b is no longer offered here.", page.Text("form.undo p"));
        Assert.Equal("/models", (await web.SubmitAsync(page, "form.undo")).Path);
        Assert.Equal("/models/m3", (await web.SubmitAsync(await web.OpenAsync("/models/m3"), "form[action='/models/m3/restore']")).Path);
        Assert.Equal([("DELETE", "/v1/models/m2"), ("POST", "/v1/models/m3/restore"), ("POST", "/v1/models/m3/restore")], api.Calls.Where(call => call.Method != "GET").Select(call => (call.Method, call.Target)));
    }

    [Fact]
    public async Task Deleting_from_Ollama_names_the_model_and_what_becomes_free_and_asks()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models[0] = api.Models[0] with { Digest = "abc", IsLoaded = true };
        api.Models[1] = api.Models[1] with { DisplayName = "My <b>model", Digest = "def" };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync((await web.OpenAsync("/models/m2")).Document.QuerySelector("a[href$='/delete']")!.GetAttribute("href")!);
        Assert.Equal("Delete My <b>model from Ollama?", page.Text("h1"));
        Assert.Equal("This frees up to 1.3 GB on the disk; files that other models share stay.", page.Text(".lead"));
        Assert.DoesNotContain(api.Calls, call => call.Method == "DELETE");
        var gone = await web.SubmitAsync(page, "form[action='/models/m2/delete']");
        Assert.Equal("/models?deleted=My%20%3Cb%3Emodel", gone.Path);
        Assert.Equal("My <b>model has been deleted from Ollama.", gone.Text(".note.good"));
        Assert.Equal(("DELETE", "/v1/models/m2?purge=true"), api.Calls.Where(call => call.Method != "GET").Select(call => (call.Method, call.Target)).Single());
        api.Models.Add(FakeApi.Model("m3", "copy:1b") with { Digest = "abc" });
        var shared = await web.OpenAsync("/models/m1/delete");
        Assert.Contains("frees no room yet, because its file is also that of copy:1b", shared.Text(".lead"));
        foreach (var part in new[] { "in memory now", "the default" }) Assert.Contains(part, shared.Text(".plain"));
        api.RefuseModels = FakeApi.Problem(503, ProblemCodes.OllamaUnreachable, "Nobody answers.");
        Assert.Contains("Nobody answers.", (await web.SubmitAsync(shared, "form[action='/models/m1/delete']")).Text("[role=alert]"));
    }

    [Fact]
    public async Task A_copy_leads_to_its_page_and_a_name_that_is_taken_is_said_beside_it()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/m1");
        var response = await web.PostAsync("/models/m1/copy", Fields(page, ("name", " mine ")), follow: false);
        Assert.Equal((303, "/models/m-new"), (response.Status, response.Response.Headers.Location?.ToString()));
        Assert.Equal("""{"name":"mine"}""", Assert.Single(api.Calls, call => call.Method == "POST").Body);
        api.RefuseModels = FakeApi.Problem(409, ProblemCodes.Conflict, "There is one.");
        var refused = await web.SubmitAsync(page, "form.copying", ("name", "taken"));
        Assert.Equal((409, "A model of that name is in Ollama already.", "taken"), (refused.Status, refused.Text("#copy-wrong"), refused.Document.QuerySelector("#copy-name")!.GetAttribute("value")));
    }

    [Fact]
    public async Task A_new_model_is_looked_at_as_a_Modelfile_and_made()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/new?from=m2");
        Assert.Equal("FROM hf.co/a/b:Q4\n", page.Document.QuerySelector(".modelfile pre")!.TextContent);
        (string, string)[] typed = [("name", "terse"), ("system_prompt", "Say \"yes\".\nOr no."), ("temperature", "0,2"), ("context_length", "8192"), ("custom_options", """{"stop":["END","a b"]}"""), ("template", "{{ .Prompt }}")];
        var preview = await web.PostAsync("/models/new/preview", Fields(page, typed, "#making"));
        Assert.Equal("FROM hf.co/a/b:Q4\nTEMPLATE {{ .Prompt }}\nSYSTEM \"\"\"Say \"yes\".\nOr no.\"\"\"\nPARAMETER temperature 0.2\nPARAMETER num_ctx 8192\nPARAMETER stop END\nPARAMETER stop a b\n", preview.Document.QuerySelector(".modelfile pre")!.TextContent);
        Assert.Equal("Say \"yes\".\nOr no.", ((IHtmlTextAreaElement)preview.Document.QuerySelector("#system_prompt")!).Value);
        Assert.DoesNotContain(api.Calls, call => call.Method == "POST");
        var made = await web.PostAsync("/models/new", Fields(preview, typed, "#making"), follow: false);
        Assert.Equal((303, "/models/m-new?saved=made"), (made.Status, made.Response.Headers.Location?.ToString()));
        Assert.Equal("""{"name":"terse","from":"m2","system":"Say \u0022yes\u0022.\nOr no.","parameters":{"temperature":0.2,"context_length":8192,"stop":["END","a b"]},"template":"{{ .Prompt }}"}""", Assert.Single(api.Calls, call => call.Method == "POST").Body);
    }

    [Fact]
    public async Task A_script_is_told_what_Ollama_does_while_it_makes_a_model()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        PullEvent Step(params string[] steps) => new() { Type = PullEventTypes.Status, Status = steps[^1], Steps = steps };
        const string there = "using existing layer sha256:8934d96d3f08aa", made = "creating new layer sha256:8c17c2ebb0ea55";
        // Of what comes at once only the last is told: it has all that was before.
        api.PullEvents.AddRange([Step(there), Step(there, made), Step(there, made, "<i>")]);
        var stream = await MakeAsync(web, ("name", "terse"));
        var last = stream.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Equal("text/event-stream", stream.Type);
        Assert.StartsWith("event: step\n", last);
        Assert.Contains("Layer 8934d96d3f08 is there already", last);
        Assert.Contains("Layer 8c17c2ebb0ea is new", last);
        Assert.Contains(@"\u0026lt;i\u0026gt;", last);
        api.PullEvents.Add(new PullEvent { Type = PullEventTypes.Done, ModelId = "m-new" });
        Assert.EndsWith("event: made\ndata: {\"address\":\"/models/m-new?saved=made\"}\n\n", (await MakeAsync(web, ("name", "terse"))).Body);

        // What fails is said in either form: as a sentence once something was told, as a page with the fields where nothing was.
        api.PullEvents.RemoveAt(3);
        api.PullEvents.Add(new PullEvent { Type = PullEventTypes.Error, Error = "no space left", Problem = FakeApi.Problem(502, ProblemCodes.Ollama, "no space left") });
        Assert.Contains("no space left", (await MakeAsync(web, ("name", "terse"))).Body);
        api.PullEvents.RemoveRange(0, 3); // the failure is all
        Assert.Equal("text/html", (await MakeAsync(web, ("name", "terse"))).Type);
        Assert.Equal("text/html", (await MakeAsync(web, ("name", ""))).Type);
        api.RefuseModels = FakeApi.Problem(409, ProblemCodes.Conflict, "Taken.");
        Assert.Contains("A model of that name is in Ollama already.", (await MakeAsync(web, ("name", "terse"))).Body);
    }

    private static async Task<(string? Type, string Body)> MakeAsync(WebHost web, params (string, string)[] typed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/models/new") { Content = Fields(await web.OpenAsync("/models/new?from=m1"), typed, "#making") };
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await web.Http.SendAsync(request);
        return (response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_a_new_model_lacks_is_said_beside_its_field_and_nothing_typed_is_lost()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/new");
        var empty = await web.SubmitAsync(page, "#making", ("temperature", "hot"), ("system_prompt", "Precious"));
        Assert.Equal((400, "A number, such as 0.7."), (empty.Status, empty.Text("#temperature-wrong")));
        Assert.NotEmpty(empty.Text("#name-wrong"));
        Assert.Equal("Precious", ((IHtmlTextAreaElement)empty.Document.QuerySelector("#system_prompt")!).Value);
        api.RefuseModels = FakeApi.Problem(400, ProblemCodes.Validation, "No.") with { Errors = new() { ["parameters.stop"] = ["stop must be <text>."], ["system"] = ["Too long."] } };
        var refused = await web.SubmitAsync(page, "#making", ("name", "a"));
        Assert.Equal(("stop must be <text>.", "Too long."), (refused.Text("#custom_options-wrong"), refused.Text("#system_prompt-wrong")));
        api.RefuseModels = FakeApi.Problem(502, ProblemCodes.Ollama, "template error: <x>");
        Assert.Contains("template error: <x>", (await web.SubmitAsync(page, "#making", ("name", "a"))).Text("[role=alert]"));
    }

    [Fact]
    public async Task A_chat_whose_model_has_gone_says_so_and_goes_on_with_another()
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Answer("a1", "Words that stay.") with { Model = "gone:7b" });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/sessions/s1");
        Assert.Contains("Words that stay.", page.Text("article"));
        Assert.Contains("gone:7b is not here any more. This chat goes on with talker:latest", page.Text("[data-region=gone]"));
        Assert.Equal("talker:latest", ((IHtmlSelectElement)page.Document.QuerySelector("#model")!).Value);
        api.Add(FakeApi.Answer("a2", "More.") with { Model = "talker:latest" });
        Assert.Null((await web.OpenAsync("/sessions/s1")).Document.QuerySelector("[data-region=gone]"));
    }

    private static FormUrlEncodedContent Fields(Page page, (string Name, string Value) field) => Fields(page, [field], "form.copying");

    private static FormUrlEncodedContent Fields(Page page, (string Name, string Value)[] fields, string form)
    {
        var values = page.Document.QuerySelectorAll($"{form} :is(input, textarea, select)").ToDictionary(field => field.GetAttribute("name")!, field => field switch { IHtmlSelectElement select => select.Value ?? "", IHtmlTextAreaElement text => text.Value, _ => field.GetAttribute("value") ?? "" });
        foreach (var (name, value) in fields) values[name] = value;
        return new FormUrlEncodedContent(values);
    }

    private static string Words(IElement element) => string.Join(' ', element.GetDescendants().OfType<IText>().SelectMany(text => text.Data.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
}
