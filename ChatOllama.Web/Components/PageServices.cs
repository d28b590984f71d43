using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Assets;
using ChatOllama.Web.Components.Chats;
using ChatOllama.Web.Components.Composing;
using ChatOllama.Web.Components.Shared;
using ChatOllama.Web.Components.Sidebar;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.Web.Components;

/// <summary>What all pages have in common: how they are rendered, and what is shown when they cannot be.</summary>
internal static class PageServices
{
    public static void AddPages(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddSingleton<AssetStore>();
        builder.Services.AddScoped<SidebarLoader>();
        builder.Services.AddScoped<ShellLoader>();
        builder.Services.AddScoped<ChatLoader>();
        builder.Services.AddResponseCompression(compression =>
        {
            // Pages only: what the api answers is passed on as it is.
            compression.MimeTypes = ["text/html"];
            compression.EnableForHttps = true;
        });
        // A whole message of 1 MB, each character escaped as three.
        builder.Services.Configure<Microsoft.AspNetCore.Http.Features.FormOptions>(form => form.ValueLengthLimit = 4 * 1024 * 1024);
    }

    public static void UsePages(this WebApplication app)
    {
        app.UseResponseCompression();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = WriteFailureAsync,
            // What the api refuses is an answer, not a fault of ours: its own log has it.
            SuppressDiagnosticsCallback = failed => failed.Exception is ApiException,
        });
        app.MapFallback(context => ShowAsync(context, ApiProblems.Of(ProblemCodes.NotFound, 404, ProblemTexts.TitleNotFound, ProblemTexts.AdviceNotFound)))
            .DisableAntiforgery();
    }

    /// <summary>A page, with the status that tells programs what it tells people.</summary>
    public static RazorComponentResult<TPage> Page<TPage>(object parameters, int status = StatusCodes.Status200OK) where TPage : Microsoft.AspNetCore.Components.IComponent =>
        new(parameters) { StatusCode = status, PreventStreamingRendering = true };

    private static Task WriteFailureAsync(HttpContext context)
    {
        var failure = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        return ShowAsync(context, failure switch
        {
            ApiException api => api.Problem,
            AntiforgeryValidationException or BadHttpRequestException { InnerException: AntiforgeryValidationException } => ApiProblems.Of(ProblemCodes.Validation, 400,
                ProblemTexts.TitleFormTooOld, ProblemTexts.DetailFormTooOld),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => ApiProblems.Of(ProblemCodes.PayloadTooLarge, 413, ComposerTexts.NotSent, ComposerTexts.ProblemTooLarge),
            BadHttpRequestException bad => ApiProblems.Of(ProblemCodes.Validation, bad.StatusCode, ProblemTexts.TitleFormUnreadable, ProblemTexts.DetailFormUnreadable),
            _ => ApiProblems.Of(ProblemCodes.Internal, 500, ProblemTexts.TitleInternal, ProblemTexts.AdviceInternal),
        });
    }

    /// <summary>The problem as a page, or as JSON for a script that asked for a part of a page.</summary>
    private static async Task ShowAsync(HttpContext context, Problem problem)
    {
        if (context.Request.Headers.ContainsKey("X-Fragment") || context.Request.Headers.ContainsKey("X-Region"))
        {
            await TypedResults.Json(problem, ContractsJson.Default.Problem, "application/problem+json", problem.Status).ExecuteAsync(context);
            return;
        }
        var loader = context.RequestServices.GetRequiredService<ShellLoader>();
        var view = problem.Code == ProblemCodes.Overloaded ? loader.Partial() : await loader.TryLoadAsync(context.RequestAborted);
        await Page<ProblemPage>(new { View = view, Problem = problem }, problem.Status).ExecuteAsync(context);
    }
}

/// <summary>What stands around every page.</summary>
public sealed record ShellView
{
    public SidebarView Chats { get; init; } = new();
    public HealthReport? Health { get; init; }
    public required DateTime Now { get; init; }

    /// <summary>A demo model answers, not a real one.</summary>
    public string? Notice => Health?.Metadata.GetValueOrDefault("notice");

    /// <summary>Ollama does not answer.</summary>
    public bool OllamaIsDown => Health?.Services.GetValueOrDefault("ollama") is "unhealthy";
}

/// <summary>Loads the <see cref="ShellView"/>.</summary>
internal sealed class ShellLoader(SidebarLoader sidebar, HealthWatch health, TimeProvider time)
{
    /// <summary>For a page that says what went wrong: it is there even while the api is not.</summary>
    public async Task<ShellView> TryLoadAsync(CancellationToken stop)
    {
        try
        {
            return await LoadAsync(stop);
        }
        catch (ApiException)
        {
            return Partial();
        }
    }

    /// <summary>Without asking the api.</summary>
    public ShellView Partial() => new() { Chats = new SidebarView { IsPartial = true }, Now = time.GetUtcNow().UtcDateTime };

    public async Task<ShellView> LoadAsync(CancellationToken stop) => new()
    {
        Chats = await sidebar.LoadAsync(stop),
        Health = await health.LatestAsync(),
        Now = time.GetUtcNow().UtcDateTime,
    };
}
