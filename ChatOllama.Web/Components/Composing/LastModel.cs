namespace ChatOllama.Web.Components.Composing;

/// <summary>The model that was used last in this browser: a new chat begins with it. A cookie, so that the page is right before any script.</summary>
internal static class LastModel
{
    private const string Cookie = "chatollama.model";
    private const int Longest = 300;

    public static string? Read(HttpRequest request) => request.Cookies[Cookie] is { Length: > 0 and <= Longest } name ? name : null;

    public static void Write(HttpResponse response, string? name)
    {
        if (name is { Length: > 0 and <= Longest })
            response.Cookies.Append(Cookie, name, new CookieOptions { MaxAge = TimeSpan.FromDays(365), SameSite = SameSiteMode.Lax, HttpOnly = true, IsEssential = true });
    }
}
