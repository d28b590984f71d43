using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatOllama.Web.Components.Settings;
using ChatOllama.Web.Localization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.Web.Assets;

/// <summary>What a browser needs to know to install the pages as an app: <c>/manifest.webmanifest</c>.</summary>
internal static class AppManifest
{
    public const string Path = "/manifest.webmanifest";

    /// <summary>The paper of the pages, and the bar above them, by day and by night: the tokens <c>--paper</c> and <c>--panel</c>.</summary>
    public const string LightPaper = "#fbfaf7", LightBar = "#f3f1ec", DarkBar = "#1a1c22";

    public static void MapAppManifest(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Write);
        // Asked for by whatever shows an address without reading the page.
        routes.MapGet("/favicon.ico", (AssetStore assets) => TypedResults.Redirect(assets["favicon.svg"]));
    }

    /// <summary>A browser fetches it without cookies, so the page says in the address which language it speaks.</summary>
    public static string Address(string language) => Path + "?language=" + language;

    /// <summary>Not kept for ever, because its address must stay: browsers look here for news of an installed app.</summary>
    private static ContentHttpResult Write(string? language, AssetStore assets, HttpContext context)
    {
        context.Response.Headers.CacheControl = "public, max-age=3600";
        var culture = (Languages.Find(language) ?? Languages.All[0]).Culture;
        var manifest = new Manifest
        {
            Lang = culture.Name,
            Description = SettingTexts.ResourceManager.GetString(nameof(SettingTexts.AppDescription), culture)!,
            Icons = [Icon("icon", 192, "any"), Icon("icon", 512, "any"), Icon("maskable", 192, "maskable"), Icon("maskable", 512, "maskable"), new(assets["favicon.svg"], "any", "image/svg+xml", "any")],
            Shortcuts = [new(SettingTexts.ResourceManager.GetString(nameof(SettingTexts.AppNewChat), culture)!, "/", [Icon("icon", 192, "any")])],
        };
        return TypedResults.Content(JsonSerializer.Serialize(manifest, ManifestJson.Readable.Manifest), "application/manifest+json; charset=utf-8");

        ManifestIcon Icon(string name, int size, string purpose) => new(assets[$"icons/{name}-{size}.png"], $"{size}x{size}", "image/png", purpose);
    }
}

/// <summary>The manifest, in the names of its standard.</summary>
internal sealed record Manifest
{
    /// <summary>Names the app for as long as it is installed; never to be changed.</summary>
    public string Id { get; init; } = "/";
    public string Name { get; init; } = "ChatOllama";
    public string ShortName { get; init; } = "ChatOllama";
    public required string Description { get; init; }
    public required string Lang { get; init; }
    public string StartUrl { get; init; } = "/";
    public string Scope { get; init; } = "/";
    public string Display { get; init; } = "standalone";
    public string ThemeColor { get; init; } = AppManifest.LightBar;
    public string BackgroundColor { get; init; } = AppManifest.LightPaper;
    public string[] Categories { get; init; } = ["productivity", "utilities"];
    public required ManifestIcon[] Icons { get; init; }
    public required ManifestShortcut[] Shortcuts { get; init; }
}

internal sealed record ManifestIcon(string Src, string Sizes, string Type, string Purpose);

internal sealed record ManifestShortcut(string Name, string Url, ManifestIcon[] Icons);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext
{
    public static readonly ManifestJson Readable = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
