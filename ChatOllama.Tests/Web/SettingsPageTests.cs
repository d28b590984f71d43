using System.Net;
using System.Text.Json;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>Preferences, health and configuration; what a browser needs to install the pages; pages about problems.</summary>
public class SettingsPageTests
{
    [Fact]
    public async Task The_configuration_is_shown_in_groups_with_its_sources()
    {
        await using var api = await FakeApi.StartAsync();
        api.Settings.Add(new SettingView { Name = "OLLAMA_HOST", Value = "http://***@gpu:11434", Source = "environment", Description = "Where `Ollama` <b>answers</b>." });
        api.Settings.Add(new SettingView { Name = "RATE_LIMIT", Value = null, Source = "default" });
        api.Settings.Add(new SettingView { Name = "FROM_THE_FUTURE", Value = "<script>", Source = "some file" });
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/settings");
        Assert.Equal(["Ollama", "Storage", "Network", "Service and log", "Other"], page.Document.QuerySelectorAll(".configuration h3").Select(title => title.TextContent));
        var rows = page.Document.QuerySelectorAll(".setting").ToDictionary(row => row.QuerySelector("dt")!.TextContent, row => string.Join(' ', row.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("OLLAMA_HOST http://***@gpu:11434 environment Where Ollama <b>answers</b>.", rows["OLLAMA_HOST"]);
        Assert.Equal("RATE_LIMIT not set default", rows["RATE_LIMIT"]);
        Assert.Equal("FROM_THE_FUTURE <script> some file", rows["FROM_THE_FUTURE"]);
        // The api of a separate web knows nothing of where the web keeps its keys.
        Assert.Contains("KEYS_PATH", rows.Keys);
    }

    [Fact]
    public async Task Health_is_asked_again_on_demand()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/settings");
        Assert.Contains("0.32.15", page.Text("[data-region=health]"));
        Assert.Contains("ChatOllama 0.1.0", page.Text("main"));
        Assert.DoesNotContain("does not answer", page.Text("[data-region=health]"));
        api.Health = api.Health with { Services = new() { ["database"] = "healthy", ["ollama"] = "unhealthy" }, Metadata = new() { ["sqlite_version"] = "3.53.0" } };
        page = await web.SubmitAsync(page, "form[action='/settings/check']");
        Assert.Equal("/settings", page.Path);
        Assert.Contains("does not answer", page.Text("[data-region=health]"));
        Assert.Contains("SQLite 3.53.0", page.Text("[data-region=health]"));
    }

    [Fact]
    public async Task Preferences_show_what_was_chosen_and_carry_it_to_every_page()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/settings");
        var chosen = page.Document.QuerySelectorAll("input[type=radio][checked]");
        Assert.Equal([("theme", ""), ("text", ""), ("language", ""), ("shortcuts", "")], chosen.Select(choice => (choice.GetAttribute("name")!, choice.GetAttribute("value")!)));
        web.Http.DefaultRequestHeaders.Add("Cookie", "chatollama.preferences=theme%3Ddark%26text%3Dlarge%26language%3Dde");
        page = await web.OpenAsync("/settings");
        chosen = page.Document.QuerySelectorAll("input[type=radio][checked]");
        Assert.Equal([("theme", "dark"), ("text", "large"), ("language", "de"), ("shortcuts", "")], chosen.Select(choice => (choice.GetAttribute("name")!, choice.GetAttribute("value")!)));
        Assert.Equal("Einstellungen", page.Text("h1"));
        Assert.Equal(["#1a1c22", "#1a1c22"], page.Document.QuerySelectorAll("meta[name=theme-color]").Select(meta => meta.GetAttribute("content")));
        Assert.Equal("dark", page.Document.QuerySelector("meta[name=color-scheme]")!.GetAttribute("content"));
    }

    [Fact]
    public async Task The_pages_can_be_installed()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de");
        var page = await web.OpenAsync("/");
        Assert.Equal(["#f3f1ec", "#1a1c22"], page.Document.QuerySelectorAll("meta[name=theme-color]").Select(meta => meta.GetAttribute("content")));
        var response = await web.Http.GetAsync(page.Document.QuerySelector("link[rel=manifest]")!.GetAttribute("href"));
        Assert.Equal("application/manifest+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(TimeSpan.FromHours(1), response.Headers.CacheControl!.MaxAge);
        using var manifest = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var root = manifest.RootElement;
        Assert.Equal(("/", "/", "standalone", "de", "#fbfaf7"), (Text("id"), Text("start_url"), Text("display"), Text("lang"), Text("background_color")));
        Assert.Contains("Oberfläche", Text("description"));
        var icons = root.GetProperty("icons").EnumerateArray().Select(icon => (Size: icon.GetProperty("sizes").GetString()!, Purpose: icon.GetProperty("purpose").GetString()!, Src: icon.GetProperty("src").GetString()!)).ToList();
        Assert.Equal(["192x192 any", "192x192 maskable", "512x512 any", "512x512 maskable", "any any"], icons.Select(icon => $"{icon.Size} {icon.Purpose}").Order(StringComparer.Ordinal));
        foreach (var (size, _, src) in icons.Append(("180x180", "", page.Document.QuerySelector("link[rel=apple-touch-icon]")!.GetAttribute("href")!)))
        {
            var file = await web.Http.GetAsync(src);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            var bytes = await file.Content.ReadAsByteArrayAsync();
            Assert.True(bytes.Length < 30_000, $"{src} has {bytes.Length} bytes");
            if (size != "any") Assert.Equal(size, $"{Number(bytes, 16)}x{Number(bytes, 20)}");
        }
        Assert.Equal(HttpStatusCode.Redirect, (await web.Http.GetAsync("/favicon.ico")).StatusCode);

        string Text(string name) => root.GetProperty(name).GetString()!;
        // A PNG says its width and height in its first chunk.
        static int Number(byte[] png, int at) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
    }

    [Fact]
    public async Task The_manual_and_the_license_can_be_read_here()
    {
        await using var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        var settings = await web.OpenAsync("/settings");
        foreach (var link in settings.Document.QuerySelectorAll("main a[href^='/settings/manual']")) Assert.Equal(200, (await web.OpenAsync(link.GetAttribute("href")!)).Status);
        var readme = await web.OpenAsync("/settings/manual");
        Assert.Equal("ChatOllama", readme.Text("h1"));
        Assert.Contains("dotnet run", readme.Text("article"));
        Assert.Contains("OLLAMA_HOST", (await web.OpenAsync("/settings/manual/configuration")).Text("article table"));
        Assert.Contains("MIT", (await web.OpenAsync("/settings/manual/license")).Text("article"));
        Assert.All(readme.Document.QuerySelectorAll("nav.manual a"), link => Assert.StartsWith("/settings/manual/", link.GetAttribute("href")));
        Assert.Equal(404, (await web.OpenAsync("/settings/manual/secrets")).Status);
    }

    [Theory]
    [InlineData("en", "There is nothing here", "Go to your chats")]
    [InlineData("de", "Hier ist nichts", "Zu den Chats")]
    public async Task A_page_about_a_problem_speaks_the_visitors_language_and_shows_the_chats(string language, string title, string way)
    {
        await using var api = await FakeApi.StartAsync();
        api.Add(FakeApi.Question("q1", "Hi"));
        await using var web = await WebHost.StartAsync(api.Url);
        web.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        foreach (var path in new[] { "/nowhere", "/sessions/unknown", "/nowhere" })
        {
            var page = await web.OpenAsync(path);
            Assert.Equal((404, title), (page.Status, page.Text("h1")));
            Assert.Equal(way, page.Text(".problem a.button"));
            Assert.Contains("Title of s1", page.Text("nav"));
        }
    }

    [Fact]
    public async Task The_apis_own_words_stand_beside_ours_and_a_fault_has_its_number()
    {
        await using var api = await FakeApi.StartAsync();
        api.Other = context => FakeApi.JsonAsync(context, FakeApi.Problem(500, ProblemCodes.Internal, "It `broke` <b>here</b>."), 500);
        await using var web = await WebHost.StartAsync(api.Url);
        var page = await web.OpenAsync("/models");
        Assert.Equal((500, "Something went wrong here"), (page.Status, page.Text("h1")));
        Assert.Equal("It broke <b>here</b>.", string.Join(' ', page.Text("q").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains("the-request", page.Text("main"));
        Assert.DoesNotContain("stand here", page.Text("nav"));
    }

    [Fact]
    public async Task A_page_that_the_api_was_too_busy_for_comes_back_by_itself()
    {
        var api = await FakeApi.StartAsync();
        await using var web = await WebHost.StartAsync(api.Url);
        await api.DisposeAsync();
        var page = await web.OpenAsync("/models");
        Assert.Equal((503, "The server is not ready"), (page.Status, page.Text("h1")));
        Assert.NotNull(page.Document.QuerySelector("try-again"));
        Assert.NotNull(page.Document.QuerySelector("a.button[href='']"));
    }
}
