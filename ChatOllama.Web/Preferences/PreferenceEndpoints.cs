using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Preferences;

/// <summary>Takes the forms of the settings page.</summary>
internal static class PreferenceEndpoints
{
    public static void MapPreferences(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/settings/preferences", Save).RequireSameOrigin();

    /// <summary>A field that a form does not carry stays as it was; an empty or unknown value is the default again.</summary>
    internal sealed record PreferencesForm
    {
        public string? Theme { get; init; }
        public string? Text { get; init; }
        public string? Language { get; init; }
        public string? Shortcuts { get; init; }
    }

    private static StatusCodeHttpResult Save([FromForm] PreferencesForm form, HttpContext context)
    {
        var now = VisitorPreferences.Read(context.Request);
        var fields = context.Request.Form;
        (now with
        {
            Theme = fields.ContainsKey("theme") ? VisitorPreferences.ThemeOrNull(form.Theme) : now.Theme,
            TextSize = fields.ContainsKey("text") ? VisitorPreferences.TextSizeOrNull(form.Text) : now.TextSize,
            Language = fields.ContainsKey("language") ? VisitorPreferences.LanguageOrNull(form.Language) : now.Language,
            NoShortcuts = fields.ContainsKey("shortcuts") ? form.Shortcuts == "off" : now.NoShortcuts,
        }).Write(context.Response);
        context.Response.Headers.Location = "/settings";
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }
}
