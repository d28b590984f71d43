using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.ServiceDefaults.Hosting;
using ChatOllama.ServiceDefaults.Telemetry;
using ChatOllama.Web.Api;
using ChatOllama.Web.Assets;
using ChatOllama.Web.Components;
using ChatOllama.Web.Components.Chats;
using ChatOllama.Web.Components.Composing;
using ChatOllama.Web.Components.Making;
using ChatOllama.Web.Components.Models;
using ChatOllama.Web.Components.Pulls;
using ChatOllama.Web.Components.Running;
using ChatOllama.Web.Components.Search;
using ChatOllama.Web.Components.Settings;
using ChatOllama.Web.Components.Sidebar;
using ChatOllama.Web.Components.Statistics;
using ChatOllama.Web.Components.Transfer;
using ChatOllama.Web.Forwarding;
using ChatOllama.Web.Live;
using ChatOllama.Web.Localization;
using ChatOllama.Web.Preferences;
using ChatOllama.Web.Security;

namespace ChatOllama.Web;

/// <summary>Builds the web as an object, so that Standalone and the tests can run it in their own process.</summary>
public static class WebApp
{
    /// <param name="args">Command-line arguments; they override environment variables. <c>--urls</c> decides where it listens, whatever <c>PORT</c> says.</param>
    /// <param name="configure">Last word on the builder, e.g. to set <c>services:api:http:0</c>.</param>
    /// <exception cref="StartupException">A setting cannot be used.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceBuilder.Create(typeof(WebApp).Assembly, args);
        builder.AddServiceDefaults(SettingUsers.Web);
        builder.Services.AddSingleton(_ => WebOptions.Read(builder.Configuration));
        builder.AddApiClient();
        builder.AddForms();
        builder.AddPages();
        builder.AddComposer();
        builder.AddModels();
        builder.AddSettings();
        builder.Services.AddApiForwarding();

        configure?.Invoke(builder);
        builder.AddTelemetry("chatollama-web");
        builder.UseListenAddress("http://0.0.0.0:8080");

        var app = builder.Build();
        app.UseServiceDefaults();
        app.UseSecurityHeaders();
        app.UseLanguages();
        app.UsePages();
        app.UseAntiforgery();

        app.MapTelemetry();
        app.MapApiForwarding();
        app.MapAssets();
        app.MapAppManifest();
        app.MapLive();
        app.MapChanges();
        app.MapChats();
        app.MapSidebar();
        app.MapComposer();
        app.MapModels();
        app.MapPulls();
        app.MapRunning();
        app.MapRemoving();
        app.MapUpdates();
        app.MapMaking();
        app.MapStatistics();
        app.MapSearch();
        app.MapSettings();
        app.MapTransfer();
        app.MapPreferences();
        return app;
    }
}
