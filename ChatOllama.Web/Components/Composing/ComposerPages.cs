using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Chats;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Composing;

/// <summary>Where composers send to, and the options of a chat. Every form works without scripts: it is posted, then a page follows.</summary>
internal static class ComposerPages
{
    private const string Fragment = "X-Fragment";

    /// <summary>Without scripts the files of a message come all at once, in its form.</summary>
    private const long LargestForm = 64 * 1024 * 1024;

    public static void AddComposer(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<Sender>();
        builder.Services.AddScoped<OptionsLoader>();
        builder.Services.AddSingleton<UploadLimits>();
    }

    public static void MapComposer(this IEndpointRouteBuilder routes)
    {
        var forms = routes.MapGroup("").RequireSameOrigin();
        var largeForm = new RequestSizeLimitAttribute(LargestForm);
        forms.MapPost("/send", ([FromForm] NoFields _, HttpContext context, Sender sender, ChatLoader load) => SendAsync(null, context, sender, load)).WithMetadata(largeForm);
        forms.MapPost("/sessions/{id}/send", (string id, [FromForm] NoFields _, HttpContext context, Sender sender, ChatLoader load) => SendAsync(id, context, sender, load)).WithMetadata(largeForm);
        forms.MapPost("/sessions/{id}/close", CloseAsync);
        routes.MapGet("/sessions/{id}/options", (string id, HttpContext context, OptionsLoader load) => OptionsAsync(id, context, load));
        forms.MapPost("/sessions/{id}/options", SaveOptionsAsync);
    }

    private static async Task<IResult> SendAsync(string? session, HttpContext context, Sender sender, ChatLoader load)
    {
        var stop = context.RequestAborted;
        var posted = await context.Request.ReadFormAsync(stop);
        var (form, start, problem) = await sender.SendAsync(session, SendForm.Read(posted), posted.Files, stop);
        if (problem is not null) return await RefuseAsync(session, context, load, form, problem);
        LastModel.Write(context.Response, form.Model);
        if (session is not null && IsScript(context)) return await NewMessagesAsync(start!, load.Api, stop);
        return SeeOther(context, AddressOf(start!.SessionId ?? session ?? ""));
    }

    /// <summary>The reason, for a script; else the page again, with all that could not be sent.</summary>
    private static async Task<IResult> RefuseAsync(string? session, HttpContext context, ChatLoader load, SendForm form, Problem problem)
    {
        // A script that edits a question in place says what went wrong itself, and leaves the words where they are.
        if (form.Parent is not null && context.Request.Headers.ContainsKey("X-Region")) throw new ApiException(problem);
        // A key that stands for other words stands for them for ever: these words are a new message.
        if (problem.Code == ProblemCodes.Conflict) form = form with { Key = SendForm.NewKey() };
        var draft = new Draft(form, problem);
        if (IsScript(context)) return PageServices.Page<SendProblem>(new { Draft = draft, (await load.Api.ListModelsAsync(availableOnly: true, context.RequestAborted)).Models }, problem.Status);
        try
        {
            return await ShowAsync(session, context, load, draft, problem);
        }
        // The api went away altogether: the words must not go with it.
        catch (ApiException)
        {
            return PageServices.Page<HomePage>(new { View = load.Alone(draft, session is null ? "/send" : AddressOf(session) + "/send") }, problem.Status);
        }
    }

    private static async Task<IResult> ShowAsync(string? session, HttpContext context, ChatLoader load, Draft draft, Problem problem)
    {
        var gone = session is not null && problem.Code == ProblemCodes.NotFound;
        return session is null || gone
            ? PageServices.Page<HomePage>(new { View = await load.HomeAsync(context.RequestAborted, draft) }, problem.Status)
            : PageServices.Page<SessionPage>(new { View = await load.SessionAsync(session, context.RequestAborted, draft) }, problem.Status);
    }

    private static async Task<IResult> NewMessagesAsync(ChatEvent start, ApiClient api, CancellationToken stop)
    {
        var question = api.GetMessageAsync(start.UserMessageId!, stop);
        var answer = api.GetMessageAsync(start.MessageId!, stop);
        await Task.WhenAll(question, answer);
        return PageServices.Page<Exchange>(new { Question = await question, Answer = await answer });
    }

    /// <summary>Ends a temporary chat: nothing of it can be taken back.</summary>
    private static async Task<IResult> CloseAsync(string id, [FromForm] NoFields _, ApiClient api, HttpContext context)
    {
        if ((await api.GetSessionAsync(id, context.RequestAborted)).Temporary) await api.DeleteSessionAsync(id, context.RequestAborted);
        return SeeOther(context, "/");
    }

    private static async Task<IResult> OptionsAsync(string id, HttpContext context, OptionsLoader load, OptionForm? form = null, Problem? problem = null)
    {
        var view = await load.LoadAsync(id, form, problem, context.RequestAborted);
        var status = problem?.Status ?? StatusCodes.Status200OK;
        return IsScript(context)
            ? PageServices.Page<OptionsForm>(new { View = view }, status)
            : PageServices.Page<OptionsPage>(new { View = view, Shell = await load.ShellAsync(context.RequestAborted) }, status);
    }

    private static async Task<IResult> SaveOptionsAsync(string id, [FromForm] NoFields _, HttpContext context, ApiClient api, OptionsLoader load)
    {
        var posted = await context.Request.ReadFormAsync(context.RequestAborted);
        var form = posted.ContainsKey("reset") ? new OptionForm() : OptionForm.Read(posted);
        try
        {
            var now = await api.GetSessionAsync(id, context.RequestAborted);
            await api.UpdateSessionAsync(id, new UpdateSessionRequest { SystemPrompt = form.SystemPrompt, Options = form.ToOptions(now.Options) }, context.RequestAborted);
        }
        catch (ApiException refused) when (refused.Problem.Code == ProblemCodes.Validation)
        {
            return await OptionsAsync(id, context, load, form, refused.Problem);
        }
        return SeeOther(context, AddressOf(id));
    }

    private static string AddressOf(string session) => "/sessions/" + Uri.EscapeDataString(session);

    private static bool IsScript(HttpContext context) => context.Request.Headers.ContainsKey(Fragment);

    /// <summary>A script gets the address in a header, because fetch would follow the redirect and load the page for nothing.</summary>
    private static StatusCodeHttpResult SeeOther(HttpContext context, string address)
    {
        context.Response.Headers.Location = address;
        return TypedResults.StatusCode(IsScript(context) ? StatusCodes.Status204NoContent : StatusCodes.Status303SeeOther);
    }
}
