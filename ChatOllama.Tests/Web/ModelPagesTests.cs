using AngleSharp.Html.Dom;
using ChatOllama.ApiService.Chat;
using ChatOllama.Contracts;
using ChatOllama.Web.Components.Models;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>The list of the models and the page of one, without scripts.</summary>
public class ModelPagesTests
{
    [Fact]
    public async Task The_default_comes_first_then_names_with_removed_ones_folded_away()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Clear();
        api.Models.AddRange([
            FakeApi.Model("a", "demo-vision:latest"), FakeApi.Model("b", "demo:latest"), FakeApi.Model("c", "Zeta:1b") with { IsDefault = true }, FakeApi.Model("d", "hf.co/a/b:Q4") with { DisplayName = "Alpha" },
            FakeApi.Model("e", "hidden:1b") with { Status = ModelStatuses.Removed, Digest = "abc" }, FakeApi.Model("f", "gone:1b") with { Status = ModelStatuses.Removed },
        ]);
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        Assert.Equal(["Zeta:1b", "Alpha", "demo:latest", "demo-vision:latest"], page.Document.QuerySelectorAll(".models .name a").Select(name => name.TextContent));
        Assert.Equal("2 removed models", page.Text("details.removed summary"));
        Assert.Equal(["gone:1b gone from Ollama", "hidden:1b still in Ollama"], page.Document.QuerySelectorAll(".removed li p").Select(item => item.TextContent));
        await web.SubmitAsync(page, "#removed-e form");
        await web.SubmitAsync(page, "#removed-f form");
        Assert.Equal([("/v1/models/e/restore", ""), ("/v1/models/pull", """{"name":"gone:1b","insecure":null}""")], api.Calls.Where(call => call.Method == "POST").Select(call => (call.Target, call.Body)));
    }

    [Fact]
    public async Task A_row_tells_what_a_model_is_and_how_it_is_doing()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Clear();
        api.Models.Add(FakeApi.Model("m1", "talker:latest") with
        {
            IsDefault = true,
            IsLoaded = true,
            LastUsedAt = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2),
            Stats = new ModelStats { ModelId = "m1", TotalMessages = 7, AverageTokensPerSecond = 38.2 },
        });
        api.Models.Add(FakeApi.Model("m2", "broken:latest") with { Status = ModelStatuses.Error, Size = 0, Error = "no space left on <device>" });
        api.Models.Add(FakeApi.Model("m3", "coming:latest") with { Status = ModelStatuses.Downloading, Size = 0 });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        var row = string.Join(' ', page.Text("#model-m1").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in new[] { "talker:latest", "default", "in memory", "llama · 1.2B · Q8_0", "tools", "128k", "1.3 GB", "2 hours ago", "7 answers", "38 tokens/s" }) Assert.Contains(part, row);
        Assert.Equal("download failed", page.Document.QuerySelector("#model-m2 i")!.GetAttribute("aria-label"));
        Assert.Equal("no space left on <device>", page.Text("#model-m2 .wrong"));
        // What is not here can be pulled again or taken off the list; what arrives can only be looked at.
        Assert.Equal(["/models/pull", "/models/m2/remove"], page.Document.QuerySelectorAll("#model-m2 form").Select(form => form.GetAttribute("action")));
        Assert.Empty(page.Document.QuerySelectorAll("#model-m3 form"));
        Assert.StartsWith("1 model, 1.3 GB.", page.Text(".lead"));
        Assert.Contains("no space left", (await web.OpenAsync("/models/m2")).Text(".note.bad"));
    }

    [Fact]
    public async Task Of_several_ollamas_the_pages_say_which_has_what_and_which_is_away()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        Assert.Empty((await web.OpenAsync("/models")).Document.QuerySelectorAll(".hosts, [name=host]"));
        Assert.Empty((await web.OpenAsync("/models/m1")).Document.QuerySelectorAll("[name=host]"));

        api.OllamaHosts = [new("http://gpu1:11434", true, 2), new("https://gpu2.example", false, 1)];
        api.Models[0] = api.Models[0] with { Hosts = ["http://gpu1:11434", "https://gpu2.example"] };
        api.Running = [new() { Id = "m1", Name = "talker:latest", Host = "http://gpu1:11434" }, new() { Id = "m1", Name = "talker:latest", Host = "https://gpu2.example" }];
        var page = await web.OpenAsync("/models");
        Assert.Equal(["gpu1:11434", "https://gpu2.example does not answer"], page.Document.QuerySelectorAll(".hosts .tag").Select(host => host.TextContent));
        Assert.Contains("gpu1:11434, https://gpu2.example", page.Text("#model-m1"));
        Assert.Equal(2, page.Document.QuerySelectorAll("[id^='loaded-m1']").Select(item => item.Id).Distinct().Count());
        var model = await web.OpenAsync("/models/m1");
        Assert.Contains("gpu1:11434, https://gpu2.example", model.Text("[aria-labelledby='facts']"));

        // What is chosen, and what a button stands for, is what the api is told.
        Assert.Equal(["", "http://gpu1:11434", "https://gpu2.example"], page.Document.QuerySelectorAll("#pulling ~ .pull-form option").Select(option => option.GetAttribute("value")!));
        await web.SubmitAsync(page, ".pull-form", ("name", "new"), ("host", "http://gpu1:11434"));
        await web.SubmitAsync(page, ".pull-form", ("name", "new"), ("host", ""));
        await web.SubmitAsync(page, "#loaded-m1-https\\:\\/\\/gpu2\\.example form[action$='/unload']");
        await web.SubmitAsync(model, "form[action$='/load']", ("host", "https://gpu2.example"));
        Assert.Equal([("/v1/models/pull", """{"name":"new","host":"http://gpu1:11434","insecure":null}"""), ("/v1/models/pull", """{"name":"new","insecure":null}"""),
            ("/v1/models/m1/unload", """{"host":"https://gpu2.example"}"""), ("/v1/models/m1/load", """{"keep_alive":null,"host":"https://gpu2.example"}""")], api.Calls.Where(call => call.Method == "POST").Select(call => (call.Target, call.Body)));
        api.RefuseModels = FakeApi.Problem(400, ProblemCodes.Validation, "host names no Ollama.") with { Errors = new() { ["host"] = ["host names no Ollama."] } };
        var refused = await web.SubmitAsync(page, ".pull-form", ("name", "new"), ("host", "https://gpu2.example"));
        Assert.Equal(("", "new"), (refused.Text("#pull-wrong"), refused.Document.QuerySelector("#pull-name")!.GetAttribute("value")));
        Assert.Contains("host names no Ollama", refused.Text("[role=alert].note"));
        Assert.Equal("https://gpu2.example", refused.Document.QuerySelector("[name=host] [selected]")!.GetAttribute("value"));
    }

    [Fact]
    public async Task A_model_that_is_not_known_is_said_to_be_so_and_can_be_got()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var path in new[] { "/models/hf.co%2Fa%2Fnever%3A1b", "/models/hf.co%2Fa%2Fnever%3A1b/delete" })
        {
            var missing = await web.OpenAsync(path);
            Assert.Equal((404, "There is no model “hf.co/a/never:1b” here", "hf.co/a/never:1b"), (missing.Status, missing.Text("h1"), missing.Document.QuerySelector("#pull-name")!.GetAttribute("value")));
        }
        var id = await web.OpenAsync("/models/0193a1b2-0000-7000-8000-000000000000");
        Assert.Equal((404, "This model is not here", 0), (id.Status, id.Text("h1"), id.Document.QuerySelectorAll("#pull-name").Length));
        // Whoever comes from the list stays there; nothing but a name was lost.
        api.Models.Add(FakeApi.Model("m3", "gone:1b") with { Status = ModelStatuses.Removed, Digest = "d" });
        var before = await web.OpenAsync("/models");
        api.RefuseModels = FakeApi.Problem(404, ProblemCodes.NotFound, "There is no model.");
        var list = await web.SubmitAsync(before, "form[action='/models/m3/restore']");
        Assert.Equal(404, list.Status);
        Assert.Contains("Type its name below", list.Text("[role=alert].note"));
        Assert.NotNull(list.Document.QuerySelector("#pull-name"));
    }

    [Fact]
    public async Task Models_can_be_synced_made_the_default_and_switched_off()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        Assert.Equal("/models", (await web.SubmitAsync(page, "form[action='/models/sync']")).Path);
        await web.SubmitAsync(page, "#model-m2 form[action='/models/default']");
        await web.SubmitAsync(page, "#model-m2 form[action='/models/enabled']");
        Assert.Equal("/models/m1", (await web.SubmitAsync(await web.OpenAsync("/models/m1"), "form[action='/models/enabled']")).Path);
        Assert.Equal([("POST", "/v1/models/sync?keep_removed=true", ""), ("POST", "/v1/models/m2/default", ""), ("PUT", "/v1/models/m2", "{\"is_enabled\":false}"), ("PUT", "/v1/models/m1", "{\"is_enabled\":false}")],
            api.Calls.Where(call => call.Method != "GET"));
    }

    [Theory]
    [InlineData("/models", "#model-m2 form[action='/models/default']")]
    [InlineData("/models", "form[action='/models/sync']")]
    [InlineData("/models/m2", "form[action='/models/enabled']")]
    public async Task What_the_api_refuses_is_said_on_the_page_it_was_asked_from(string path, string form)
    {
        await using var api = await FakeApi.StartAsync();
        api.RefuseModels = FakeApi.Problem(503, ProblemCodes.OllamaUnreachable, "Nobody at <b>home</b>.");
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.SubmitAsync(await web.OpenAsync(path), form);
        Assert.Equal(503, page.Status);
        Assert.Equal("Ollama does not answer. Nobody at <b>home</b>.", string.Join(' ', page.Text("[role=alert]").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.NotEmpty(page.Text("h1"));
    }

    [Fact]
    public async Task Many_models_can_be_filtered()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        Assert.Null((await web.OpenAsync("/models")).Document.QuerySelector("form.filter"));
        for (var i = 0; i < 12; i++) api.Models.Add(FakeApi.Model("x" + i, $"llama{i}:7b"));
        Assert.NotNull((await web.OpenAsync("/models")).Document.QuerySelector("form.filter"));
        Assert.Equal(["llama3:7b"], Shown(await web.OpenAsync("/models?q=LLAMA3+1.2b")));
        var none = await web.OpenAsync("/models?q=%22%3E%3Cscript%3E");
        Assert.Empty(Shown(none));
        Assert.Equal("No model matches.", none.Text("model-filter [role=status]"));
        Assert.Equal("\"><script>", ((IHtmlInputElement)none.Document.QuerySelector("input[name=q]:not(.find input)")!).Value);

        static IEnumerable<string> Shown(Page page) => page.Document.QuerySelectorAll(".models tbody tr:not([hidden]) .name a").Select(name => name.TextContent);
    }

    [Fact]
    public async Task Without_a_model_the_page_says_how_to_get_one()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Clear();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        Assert.Equal("llama3.2:1b", page.Document.QuerySelector("#pull-name")!.GetAttribute("value"));
        Assert.Contains("1.3 GB", page.Text("#pull-help"));
        Assert.Null(page.Document.QuerySelector("table"));
        // The first page leads there too.
        await web.SubmitAsync(await web.OpenAsync("/"), "form.pull-form");
        Assert.Contains(api.Calls, call => call is { Method: "POST", Target: "/v1/models/pull" });
    }

    [Fact]
    public async Task Every_setting_is_shown_and_saved_and_what_is_empty_is_the_models_own()
    {
        await using var api = await FakeApi.StartAsync();
        api.ModelConfig = new ModelConfigView
        {
            Temperature = 0.7,
            TopP = 0.9,
            TopK = 40,
            RepeatPenalty = 1.1,
            ContextLength = 8192,
            MaxTokens = -1,
            SystemPrompt = "\nBe terse.\n</textarea>",
            KeepAlive = Json("\"10m\""),
            Think = Json("true"),
            CustomOptions = new() { ["seed"] = Json("42") },
        };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/m1");
        var saved = await web.SubmitAsync(page, "form[action='/models/m1/settings']");
        Assert.Equal("/models/m1?saved=settings", saved.Path);
        Assert.Equal("Saved.", saved.Text("[data-region=model-settings] [role=status]"));
        await web.SubmitAsync(page, "form[action='/models/m1/settings']", ("temperature", ""), ("top_p", " 0,5 "), ("keep_alive", "300"), ("think", "high"), ("custom_options", ""), ("system_prompt", "  "), ("max_tokens", "−2"));
        var sent = api.Calls.Where(call => call.Target == "/v1/models/m1/config").Select(call => call.Body).ToList();
        Assert.Equal("""{"temperature":0.7,"top_p":0.9,"top_k":40,"repeat_penalty":1.1,"context_length":8192,"max_tokens":-1,"system_prompt":"\nBe terse.\n\u003C/textarea\u003E","keep_alive":"10m","think":true,"custom_options":{"seed":42}}""", sent[0]);
        Assert.Equal("""{"temperature":null,"top_p":0.5,"top_k":40,"repeat_penalty":1.1,"context_length":8192,"max_tokens":-2,"system_prompt":null,"keep_alive":300,"think":"high","custom_options":null}""", sent[1]);
    }

    [Fact]
    public async Task What_does_not_fit_is_said_beside_its_field_and_nothing_typed_is_lost()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.SubmitAsync(await web.OpenAsync("/models/m1"), "form[action='/models/m1/settings']",
            ("temperature", "hot"), ("top_p", "1.5"), ("top_k", "2.5"), ("max_tokens", "0"), ("custom_options", "{seed}"), ("system_prompt", "Keep <me>"), ("keep_alive", "10m"));
        Assert.Equal(400, page.Status);
        Assert.Equal("A number, such as 0.7.", page.Text("#temperature-wrong"));
        Assert.Equal("From 0 to 1.", page.Text("#top_p-wrong"));
        Assert.Equal("A whole number, such as 40.", page.Text("#top_k-wrong"));
        Assert.Equal("Not 0; −1 is without limit.", page.Text("#max_tokens-wrong"));
        Assert.StartsWith("JSON in braces", page.Text("#custom_options-wrong"));
        Assert.Equal(5, page.Document.QuerySelectorAll("[aria-invalid=true]").Length);
        Assert.Equal("hot", page.Document.QuerySelector("#temperature")!.GetAttribute("value"));
        Assert.Equal("Keep <me>", ((IHtmlTextAreaElement)page.Document.QuerySelector("#system_prompt")!).Value);
        Assert.Equal("10m", page.Document.QuerySelector("#keep_alive")!.GetAttribute("value"));
        Assert.DoesNotContain(api.Calls, call => call.Method == "PUT");
        Assert.Equal("/models/m1", (await web.Http.GetAsync("/models/m1/settings")).Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("keep_alive", "keep_alive", "A duration such as 10m, or seconds.")]
    [InlineData("custom_options.foo", "custom_options", "The api's <own> words.")]
    public async Task What_only_the_api_knows_to_be_wrong_stands_beside_its_field_too(string refused, string field, string text)
    {
        await using var api = await FakeApi.StartAsync();
        api.RefuseModels = FakeApi.Problem(400, ProblemCodes.Validation, "No.") with { Errors = new() { [refused] = ["The api's <own> words."] } };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.SubmitAsync(await web.OpenAsync("/models/m1"), "form[action='/models/m1/settings']", ("temperature", "0.3"), ("custom_options", "{\"foo\": 1}"));
        Assert.Equal(400, page.Status);
        Assert.Equal(text, page.Text($"#{field}-wrong"));
        Assert.Equal("0.3", page.Document.QuerySelector("#temperature")!.GetAttribute("value"));
        Assert.Null(page.Document.QuerySelector("[role=alert]"));
    }

    [Fact]
    public async Task Resetting_shows_empty_fields_and_changes_nothing_before_it_is_saved()
    {
        await using var api = await FakeApi.StartAsync();
        api.ModelConfig = new ModelConfigView { Temperature = 0.7, SystemPrompt = "Precious" };
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync((await web.OpenAsync("/models/m1")).Document.QuerySelector("a[data-empty]")!.GetAttribute("href")!);
        Assert.Equal("", page.Document.QuerySelector("#temperature")!.GetAttribute("value"));
        Assert.Equal("", ((IHtmlTextAreaElement)page.Document.QuerySelector("#system_prompt")!).Value);
        Assert.DoesNotContain(api.Calls, call => call.Method == "PUT");
        await web.SubmitAsync(page, "form[action='/models/m1/settings']");
        Assert.DoesNotMatch("[0-9\"]}|:[^n]", Assert.Single(api.Calls, call => call.Method == "PUT").Body);
    }

    [Fact]
    public async Task Name_and_description_are_saved_and_emptied_again()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/m1");
        Assert.Equal("", page.Document.QuerySelector("#display_name")!.GetAttribute("value"));
        var saved = await web.SubmitAsync(page, "form[action='/models/m1/about']", ("display_name", " My talker "), ("description", "Good at\r\nit"));
        Assert.Equal("/models/m1?saved=about", saved.Path);
        await web.SubmitAsync(page, "form[action='/models/m1/about']", ("display_name", ""), ("description", " "));
        Assert.Equal(["""{"display_name":"My talker","description":"Good at\nit"}""", """{"display_name":null,"description":null}"""], api.Calls.Where(call => call is { Method: "PUT", Target: "/v1/models/m1" }).Select(call => call.Body));
        var refused = await web.SubmitAsync(page, "form[action='/models/m1/about']", ("display_name", new string('x', 201)));
        Assert.Equal(400, refused.Status);
        Assert.Equal("At most 200 characters.", refused.Text("#display_name-wrong"));
    }

    [Fact]
    public async Task A_page_tells_the_facts_the_statistics_and_what_a_model_cannot()
    {
        await using var api = await FakeApi.StartAsync();
        api.Models.Add(FakeApi.Model("m3", "embedder:latest") with { Capabilities = ["embedding"], Stats = new ModelStats { ModelId = "m3", TotalMessages = 1234, TotalTokens = 56_789, AverageFirstTokenMs = 412 } });
        api.Models.Add(FakeApi.Model("m4", "gone:latest") with { Status = ModelStatuses.Removed });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models/m3");
        foreach (var part in new[] { "131,072 tokens", "1.3 GB", "1,234", "56,789", "0.4 s", "cannot chat", "This model takes up to 131,072.", "load the model again", "does not say that it can think" }) Assert.Contains(part, page.Text("main"));
        Assert.Contains("has been removed", (await web.OpenAsync("/models/m4")).Text("main .note"));
        Assert.Equal(404, (await web.OpenAsync("/models/nobody")).Status);
    }

    [Fact]
    public async Task Names_and_texts_of_a_model_are_never_markup()
    {
        const string Evil = "\"><img src=x onerror=alert(1)>'</textarea><script>alert(2)</script>{{";
        await using var api = await FakeApi.StartAsync();
        api.Models.Clear();
        api.Models.Add(FakeApi.Model("m1", Evil) with { Description = Evil, Family = Evil, Quantization = Evil, Capabilities = [Evil], IsDefault = true });
        api.Models.Add(FakeApi.Model("m2", Evil + "2") with { Status = ModelStatuses.Removed });
        api.ModelConfig = new ModelConfigView { SystemPrompt = Evil, KeepAlive = Json("\"<b>\""), CustomOptions = new() { [Evil] = Json("\"</textarea><b>\"") } };
        await using var web = await WebHost.StartAsync(api.Url);
        foreach (var path in new[] { "/models", "/models?q=" + Uri.EscapeDataString(Evil), "/models/m1", "/models/m2" })
        {
            var page = await web.OpenAsync(path);
            Assert.Equal(200, page.Status);
            Assert.Empty(page.Document.QuerySelectorAll("img, script:not([src]), [onerror], main b"));
        }
        Assert.Equal(Evil, (await web.OpenAsync("/models/m1")).Text("h1"));
    }

    [Fact]
    public void The_form_and_the_api_agree_on_every_range_and_every_further_option()
    {
        foreach (var number in ModelSettings.Numbers)
        {
            var option = OptionCatalog.Find(number.Name)!;
            Assert.Equal((number.Name, option.Min, option.Max, option.Kind == OptionKind.WholeNumber), (number.Name, number.Min, number.Max, number.IsWhole));
        }
        Assert.Equal(OptionCatalog.All.Select(option => option.PublicName).Except(ModelSettings.Numbers.Select(number => number.Name)).Order(), ModelSettings.CustomNames.Split(", ").Order());
    }

    [Fact]
    public async Task In_German_numbers_are_written_and_read_with_a_comma()
    {
        await using var api = await FakeApi.StartAsync();
        api.ModelConfig = new ModelConfigView { Temperature = 0.7 };
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de");
        var page = await web.OpenAsync("/models/m1");
        Assert.Equal("0,7", page.Document.QuerySelector("#temperature")!.GetAttribute("value"));
        Assert.Contains("Längster Kontext", page.Text("main"));
        await web.SubmitAsync(page, "form[action='/models/m1/settings']");
        Assert.Contains("\"temperature\":0.7,", Assert.Single(api.Calls, call => call.Method == "PUT").Body);
        Assert.Equal("Eine Zahl, etwa 0,7.", (await web.SubmitAsync(page, "form[action='/models/m1/settings']", ("temperature", "heiß"))).Text("#temperature-wrong"));
    }

    private static System.Text.Json.JsonElement Json(string text) => System.Text.Json.JsonElement.Parse(text);
}
