using System.Net.Http.Headers;
using System.Text;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>Your data, on the page of the settings: plain links and a plain form.</summary>
public class TransferPageTests
{
    private static readonly ImportResult Result = new()
    {
        DryRun = false,
        Source = ImportSources.OpenWebUi,
        Sessions = new ImportedSessions(1200, 1, 2),
        Messages = 3456,
        Attachments = 1,
        Models = 0,
        Warnings = [new() { Code = ImportWarnings.UnknownPart, Message = "In English.", Count = 3, Places = ["$[0].a", "$[1].b"] }, new() { Code = "of_tomorrow", Message = "Something new.", Count = 1, Places = ["$[2]"] }],
    };

    [Theory]
    [InlineData("en", "chats.json was imported (from Open WebUI).", "1,200 chats were added.|One chat that was here got messages that were missing.|2 chats were here already.|They bring 3,456 messages.|One image or file came along.", "Parts that are neither text nor image, left out: 3. $[0].a …|Something new. $[2]")]
    [InlineData("de", "chats.json wurde importiert (aus Open WebUI).", "1.200 Chats kamen dazu.|Ein vorhandener Chat wurde um fehlende Nachrichten ergänzt.|2 Chats waren schon hier.|Sie bringen 3.456 Nachrichten mit.|Ein Bild oder eine Datei kam mit.", "Teile, die weder Text noch Bild sind, ausgelassen: 3. $[0].a …|Something new. $[2]")]
    public async Task A_file_goes_to_the_api_as_it_is_and_the_result_is_told_in_sentences(string language, string done, string sentences, string warnings)
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        var page = await web.OpenAsync("/settings");
        Assert.Equal(["/v1/export?format=zip", "/v1/export?format=json"], page.Document.QuerySelectorAll("[data-region=data] a[download]").Select(a => a.GetAttribute("href")));
        api.Import = Result;
        page = await ImportAsync(web, page, "chats.json", "[1, 2]");
        Assert.Equal(200, page.Status);
        Assert.Equal("[1, 2]", api.Calls.Last(call => call.Method == "POST").Body);
        Assert.Equal(done, Words(page.Text(".told strong")));
        Assert.Equal(sentences.Split('|'), page.Document.QuerySelectorAll(".told > ul li").Select(li => Words(li.TextContent)));
        Assert.Equal(warnings.Split('|'), page.Document.QuerySelectorAll(".told details li").Select(li => Words(li.TextContent)));
    }

    [Fact]
    public async Task What_the_api_refuses_is_said_on_the_page_and_a_form_without_a_file_never_reaches_it()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/settings");
        page = await ImportAsync(web, page, "x.json", "");
        Assert.Equal((400, 0), (page.Status, api.Calls.Count(call => call.Method == "POST")));
        Assert.Contains("No file was chosen", page.Text("[data-region=data] [role=alert]"));
        api.Refuse = FakeApi.Problem(400, ProblemCodes.Validation, "The file cannot be imported: at $.sessions[3].id, an id is odd. Nothing was imported.");
        page = await ImportAsync(web, page, "x.json", "{}");
        Assert.Equal(400, page.Status);
        Assert.Contains("at $.sessions[3].id", page.Text("[data-region=data] [role=alert]"));
    }

    private static Task<Page> ImportAsync(WebHost web, Page page, string name, string content)
    {
        var form = new MultipartFormDataContent { { new StringContent(page.Document.QuerySelector("[data-region=data] form input[name=_token]")!.GetAttribute("value")!), "_token" } };
        var file = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        file.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        form.Add(file, "file", name);
        return web.PostAsync("/settings/import", form);
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
