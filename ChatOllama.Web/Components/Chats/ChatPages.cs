using System.Text;
using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Chats;

/// <summary>The pages of the chat and their forms. Every form works without scripts: it is posted, then a page follows.</summary>
internal static class ChatPages
{
    private const string Fragment = "X-Fragment";

    public static void MapChats(this IEndpointRouteBuilder routes)
    {
        var chats = routes.MapGroup("").RequireSameOrigin();
        routes.MapGet("/", HomeAsync);
        routes.MapGet("/sessions", () => TypedResults.Redirect("/"));
        routes.MapGet("/sessions/{id}", SessionAsync);
        chats.MapPost("/sessions/{id}/show", (string id, ApiClient api, [FromForm] string message, HttpContext context) =>
            ActAsync(id, message, context, () => api.UpdateSessionAsync(id, new UpdateSessionRequest { ActiveMessageId = message }, context.RequestAborted)));
        chats.MapPost("/messages/{id}/stop", (string id, ApiClient api, [FromForm] string session, HttpContext context) => ActAsync(session, id, context, () => api.StopAsync(id, context.RequestAborted)));
        chats.MapPost("/messages/{id}/again", (string id, ApiClient api, [FromForm] string session, [FromForm] string? model, HttpContext context) => ActAsync(session, null, context, () => api.RegenerateAsync(id, model, context.RequestAborted)));
        chats.MapPost("/messages/{id}/continue", (string id, ApiClient api, [FromForm] string session, HttpContext context) => ActAsync(session, id, context, () => api.ContinueAsync(id, context.RequestAborted)));
        chats.MapGet("/fragments/messages/{id}", FragmentAsync);
        chats.MapGet("/messages/{id}/markdown", MarkdownAsync);
    }

    private static async Task<RazorComponentResult<HomePage>> HomeAsync(ChatLoader load, CancellationToken stop) =>
        PageServices.Page<HomePage>(new { View = await load.HomeAsync(stop) });

    private static async Task<RazorComponentResult<SessionPage>> SessionAsync(string id, [FromQuery] string? before, [FromQuery] string? at, HttpContext context, ChatLoader load, CancellationToken stop)
    {
        // A change in another chat makes every open page ask for its list: the messages would be read and rendered for nothing.
        if (TakesListOnly(context.Request)) return PageServices.Page<SessionPage>(new { View = await load.FrameAsync(id, stop) });
        return PageServices.Page<SessionPage>(new { View = await load.SessionAsync(id, stop, before: string.IsNullOrEmpty(before) ? null : before, at: string.IsNullOrEmpty(at) ? null : at) });
    }

    private static bool TakesListOnly(HttpRequest request) =>
        request.Headers["X-Region"].ToString() is { Length: > 0 } regions && regions.Split(' ').All(region => region is "list" or "notice");

    private static async Task<IResult> FragmentAsync(string id, ApiClient api, CancellationToken stop)
    {
        var models = api.ListModelsAsync(availableOnly: true, stop);
        var message = api.GetMessageAsync(id, stop);
        await Task.WhenAll(models, message);
        return PageServices.Page<MessageItem>(new { Message = await message, IsLast = true, (await models).Models });
    }

    /// <summary>The source of a message, for the clipboard and for browsers without scripts.</summary>
    private static async Task<Utf8ContentHttpResult> MarkdownAsync(string id, ApiClient api, CancellationToken stop) =>
        TypedResults.Text(Encoding.UTF8.GetBytes((await api.GetMessageAsync(id, stop)).Content), "text/plain; charset=utf-8");

    /// <param name="message">Where the page should open; null for its end.</param>
    private static async Task<IResult> ActAsync(string session, string? message, HttpContext context, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (ApiException late) when (late.Problem.Code == ProblemCodes.Conflict && !context.Request.Headers.ContainsKey(Fragment))
        {
            // The answer ended while the form was on its way: the page shows how.
        }
        return SeeOther(context, "/sessions/" + Uri.EscapeDataString(session) + (message is null ? "#end" : "#m-" + Uri.EscapeDataString(message)));
    }

    /// <summary>A script gets the address in a header, because fetch would follow the redirect and load the page for nothing.</summary>
    private static StatusCodeHttpResult SeeOther(HttpContext context, string address)
    {
        context.Response.Headers.Location = address;
        return TypedResults.StatusCode(context.Request.Headers.ContainsKey(Fragment) ? StatusCodes.Status204NoContent : StatusCodes.Status303SeeOther);
    }
}
