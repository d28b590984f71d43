using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using ChatOllama.Web;
using ChatOllama.Web.Forwarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatOllama.Tests.Web;

/// <summary>The web on a port of its own before an api, and a visitor without scripts.</summary>
internal sealed class WebHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("chatollama-keys");

    public HttpClient Http { get; }
    public Uri Url { get; }

    /// <summary>Every route of our own: not those that are passed on to the api.</summary>
    public IEnumerable<RouteEndpoint> Endpoints => _app.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<ForwardedEndpoint>() is null).DistinctBy(endpoint => (endpoint.RoutePattern.RawText, string.Join(',', endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])));

    private WebHost(WebApplication app, DirectoryInfo keys)
    {
        _app = app;
        _keys = keys;
        Url = new Uri(app.Urls.First());
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
    }

    public static async Task<WebHost> StartAsync(Uri api, Action<WebApplicationBuilder>? configure = null)
    {
        var keys = Directory.CreateTempSubdirectory("chatollama-keys");
        var app = WebApp.Build(["--urls", "http://127.0.0.1:0"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["services:api:http:0"] = api.ToString(), ["KEYS_PATH"] = keys.FullName });
            configure?.Invoke(builder);
        });
        await app.StartAsync();
        return new WebHost(app, keys);
    }

    /// <summary>Opens a page as a browser without scripts does.</summary>
    public async Task<Page> OpenAsync(string path) => await ReadAsync(await Http.GetAsync(path));

    /// <summary>Presses the submit button of a form, and follows the redirect.</summary>
    public async Task<Page> SubmitAsync(Page page, string formSelector, params (string Name, string Value)[] fields)
    {
        var form = (IHtmlFormElement)page.Document.QuerySelector(formSelector)!;
        var values = form.QuerySelectorAll("input,textarea,select").ToDictionary(field => field.GetAttribute("name")!, Value);
        foreach (var (name, value) in fields) values[name] = value;
        var response = await Http.PostAsync(form.GetAttribute("action"), new FormUrlEncodedContent(values));
        return response.Headers.Location is { } next ? await OpenAsync(next.ToString()) : await ReadAsync(response);
    }

    /// <summary>Posts a form as it is, and follows the redirect.</summary>
    public async Task<Page> PostAsync(string path, HttpContent form, bool follow = true)
    {
        var response = await Http.PostAsync(path, form);
        return follow && response.Headers.Location is { } next ? await OpenAsync(next.ToString()) : await ReadAsync(response);
    }

    private static string Value(IElement field) => field switch
    {
        IHtmlTextAreaElement text => text.Value,
        IHtmlSelectElement select => select.Value ?? "",
        _ => field.GetAttribute("value") ?? "",
    };

    private static async Task<Page> ReadAsync(HttpResponseMessage response)
    {
        var html = await response.Content.ReadAsStringAsync();
        return new Page(response, html, new HtmlParser(new HtmlParserOptions(), BrowsingContext.New()).ParseDocument(html));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        _keys.Delete(recursive: true);
    }
}

internal sealed record Page(HttpResponseMessage Response, string Html, IHtmlDocument Document)
{
    public int Status => (int)Response.StatusCode;
    public string Path => Response.RequestMessage!.RequestUri!.PathAndQuery;
    public string Text(string selector) => Document.QuerySelector(selector)?.TextContent.Trim() ?? "";
}
