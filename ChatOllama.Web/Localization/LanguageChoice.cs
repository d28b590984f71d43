using ChatOllama.Web.Forwarding;
using ChatOllama.Web.Preferences;
using Microsoft.AspNetCore.Localization;

namespace ChatOllama.Web.Localization;

/// <summary>Sets the culture of a request: what the visitor has chosen, else what their browser asks for.</summary>
internal static class LanguageChoice
{
    /// <summary>For our own pages only: what is forwarded to the api is in no language of ours.</summary>
    public static void UseLanguages(this WebApplication app)
    {
        var options = new RequestLocalizationOptions
        {
            DefaultRequestCulture = new RequestCulture(Languages.All[0].Culture),
            SupportedCultures = [.. Languages.All.Select(language => language.Culture)],
            SupportedUICultures = [.. Languages.All.Select(language => language.Culture)],
            RequestCultureProviders = [new CustomRequestCultureProvider(context => Task.FromResult<ProviderCultureResult?>(new(Choose(context.Request).Code)))],
        };
        app.UseWhen(context => context.GetEndpoint()?.Metadata.GetMetadata<ForwardedEndpoint>() is null, pages => pages.UseRequestLocalization(options));
    }

    private static Language Choose(HttpRequest request) =>
        Languages.Find(VisitorPreferences.Read(request).Language) ?? Asked(request) ?? Languages.All[0];

    /// <summary>The framework's own provider finds <c>de</c> for <c>de-AT</c> by a culture's parents, which are not known without ICU.</summary>
    private static Language? Asked(HttpRequest request) => request.GetTypedHeaders().AcceptLanguage
        .Where(asked => asked.Quality is not 0)
        .OrderByDescending(asked => asked.Quality ?? 1)
        .Select(asked => Languages.Find(asked.Value.Value?.Split('-')[0].ToLowerInvariant()))
        .FirstOrDefault(language => language is not null);
}
