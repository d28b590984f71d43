using System.Buffers;
using ChatOllama.Web.Localization;
using Microsoft.AspNetCore.WebUtilities;

namespace ChatOllama.Web.Preferences;

/// <summary>
/// How a visitor wants the pages to look. Kept in one cookie of their browser, because it belongs to the screen and not to the
/// account, and because the server must know it before it writes the first byte. Null: as the system or the browser says.
/// </summary>
public sealed record VisitorPreferences
{
    public const string Cookie = "chatollama.preferences";
    private const int LongestCookie = 500;

    /// <summary><c>light</c>, <c>dark</c>, or null for the system's.</summary>
    public string? Theme { get; init; }

    /// <summary><c>small</c>, <c>large</c>, <c>largest</c>, or null for normal.</summary>
    public string? TextSize { get; init; }

    /// <summary>The code of one of <see cref="Languages"/>, or null for what the browser asks for.</summary>
    public string? Language { get; init; }

    /// <summary>Single-key shortcuts are switched off.</summary>
    public bool NoShortcuts { get; init; }

    private static readonly SearchValues<string> Themes = SearchValues.Create(["light", "dark"], StringComparison.Ordinal);
    private static readonly SearchValues<string> TextSizes = SearchValues.Create(["small", "large", "largest"], StringComparison.Ordinal);

    /// <summary>What is not known is as if it were not said: a cookie is input like any other.</summary>
    public static VisitorPreferences Read(HttpRequest request)
    {
        if (request.Cookies[Cookie] is not { Length: > 0 and <= LongestCookie } cookie) return new VisitorPreferences();
        var said = QueryHelpers.ParseQuery(cookie);
        return new VisitorPreferences
        {
            Theme = ThemeOrNull(said.GetValueOrDefault("theme")),
            TextSize = TextSizeOrNull(said.GetValueOrDefault("text")),
            Language = LanguageOrNull(said.GetValueOrDefault("language")),
            NoShortcuts = said.GetValueOrDefault("shortcuts") == "off",
        };
    }

    public static string? ThemeOrNull(string? value) => value is not null && Themes.Contains(value) ? value : null;

    public static string? TextSizeOrNull(string? value) => value is not null && TextSizes.Contains(value) ? value : null;

    public static string? LanguageOrNull(string? value) => Languages.Find(value)?.Code;

    /// <summary>Kept for a year. Strict would lose the theme on a visit that comes from a link elsewhere.</summary>
    public void Write(HttpResponse response) => response.Cookies.Append(Cookie,
        QueryHelpers.AddQueryString("", new Dictionary<string, string?> { ["theme"] = Theme, ["text"] = TextSize, ["language"] = Language, ["shortcuts"] = NoShortcuts ? "off" : null }).TrimStart('?'),
        new CookieOptions { MaxAge = TimeSpan.FromDays(365), SameSite = SameSiteMode.Lax, HttpOnly = true, IsEssential = true });
}
