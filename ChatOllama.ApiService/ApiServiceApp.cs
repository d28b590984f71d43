namespace ChatOllama.ApiService;

/// <summary>Builds the api as an object, so that Standalone and the tests can run it in their own process.</summary>
public static class ApiServiceApp
{
    /// <param name="args">Command-line arguments; they override environment variables.</param>
    /// <param name="configure">Last word on the builder, e.g. to replace <c>IChatClient</c> or <c>TimeProvider</c> in a test.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(ApiServiceApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        configure?.Invoke(builder);
        var app = builder.Build();
        return app;
    }
}
