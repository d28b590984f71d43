using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Sidebar;

/// <summary>The pages that list and keep chats, and their forms. Each form leads back to the page it was sent from.</summary>
internal static class SidebarPages
{
    public static void MapSidebar(this IEndpointRouteBuilder routes)
    {
        var forms = routes.MapGroup("/sessions/{id}").RequireSameOrigin();
        routes.MapGet("/chats", ListAsync);
        routes.MapGet("/sessions/{id}/manage", ManageAsync);
        forms.MapPost("/rename", (string id, [FromForm] ChatForm form, ApiClient api, HttpContext context) =>
            ChangeAsync(id, form, new UpdateSessionRequest { Title = form.Title?.Trim() ?? "" }, api, context));
        forms.MapPost("/pin", (string id, [FromForm] ChatForm form, ApiClient api, HttpContext context) =>
            ChangeAsync(id, form, new UpdateSessionRequest { Pinned = form.On == "true" }, api, context));
        forms.MapPost("/archive", (string id, [FromForm] ChatForm form, ApiClient api, HttpContext context) =>
            ChangeAsync(id, form, new UpdateSessionRequest { Archived = form.On == "true" }, api, context));
        forms.MapPost("/folder", (string id, [FromForm] ChatForm form, ApiClient api, HttpContext context) =>
            ChangeAsync(id, form, new UpdateSessionRequest { Folder = NullIfBlank(form.Folder) }, api, context));
        forms.MapPost("/tags", (string id, [FromForm] ChatForm form, ApiClient api, HttpContext context) =>
            ChangeAsync(id, form, new UpdateSessionRequest { Tags = Tags(form.Tags) }, api, context));
        forms.MapPost("/delete", DeleteAsync);
        forms.MapPost("/restore", RestoreAsync);
    }

    /// <summary>What the forms of one chat send; each has the fields it needs.</summary>
    internal sealed record ChatForm
    {
        public string? Title { get; init; }

        /// <summary><c>true</c> or <c>false</c>: pinned or not, archived or not.</summary>
        public string? On { get; init; }
        public string? Folder { get; init; }

        /// <summary>Separated by commas.</summary>
        public string? Tags { get; init; }

        /// <summary>The page to come back to.</summary>
        public string? From { get; init; }
    }

    private static async Task<RazorComponentResult<ChatsPage>> ListAsync(
        [FromQuery] string? folder, [FromQuery] string? tag, [FromQuery] string? archived, [FromQuery] string? side, [FromQuery] string? cursor, ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var filter = new ChatsFilter(NullIfBlank(folder), NullIfBlank(tag), archived == "true");
        var around = shell.LoadAsync(stop);
        var sessions = api.ListSessionsAsync(new SessionFilter
        {
            // The list at the side has pinned ones and folders above: its older ones go on without them.
            Folder = side == "1" ? "" : filter.Folder,
            Tag = filter.Tag,
            Archived = filter.Archived,
            Pinned = side == "1" ? false : null,
            Cursor = NullIfBlank(cursor),
            Limit = ChatsView.Shown,
        }, stop);
        var folders = api.ListFoldersAsync(filter.Archived, stop);
        var tags = api.ListTagsAsync(filter.Archived, stop);
        await Task.WhenAll(around, sessions, folders, tags);
        return PageServices.Page<ChatsPage>(new { View = new ChatsView(await around, filter, await sessions, (await folders).Folders, (await tags).Tags, NullIfBlank(cursor) is not null) });
    }

    private static async Task<RazorComponentResult<ManagePage>> ManageAsync(string id, [FromQuery] string? from, ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var session = api.GetSessionAsync(id, stop);
        var folders = api.ListFoldersAsync(archived: null, stop);
        await Task.WhenAll(around, session, folders);
        return PageServices.Page<ManagePage>(new { View = await around, Session = await session, (await folders).Folders, From = Places.Local(from) ?? Places.Session(id) });
    }

    private static async Task<SeeOtherResult> ChangeAsync(string id, [FromForm] ChatForm form, UpdateSessionRequest update, ApiClient api, HttpContext context)
    {
        await api.UpdateSessionAsync(id, update, context.RequestAborted);
        return SeeOther(Places.Local(form.From) ?? Places.Session(id));
    }

    private static async Task<SeeOtherResult> DeleteAsync(string id, [FromForm] ChatForm form, ApiClient api, HttpContext context)
    {
        await api.DeleteSessionAsync(id, context.RequestAborted);
        var from = Places.Local(form.From) ?? Places.Session(id);
        // A chat that is gone has no page to come back to.
        return SeeOther(Places.IsOf(from, id) ? Places.With("/", ("deleted", id), ("open", "1")) : Places.With(from, ("deleted", id)));
    }

    private static async Task<SeeOtherResult> RestoreAsync(string id, [FromForm] ChatForm form, ApiClient api, HttpContext context)
    {
        await api.RestoreSessionAsync(id, context.RequestAborted);
        return SeeOther(Places.Local(form.From) ?? Places.Session(id));
    }

    private static string[] Tags(string? text) => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static SeeOtherResult SeeOther(string address) => new(address);

    private sealed class SeeOtherResult(string address) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = address;
            return Task.CompletedTask;
        }
    }
}

/// <summary>What the page of chats shows of them.</summary>
public sealed record ChatsFilter(string? Folder, string? Tag, bool Archived)
{
    /// <summary>Everything that is not archived.</summary>
    public bool IsPlain => Folder is null && Tag is null && !Archived;
}

/// <summary>The page of chats.</summary>
public sealed record ChatsView(ShellView Shell, ChatsFilter Filter, SessionList List, IReadOnlyList<Label> Folders, IReadOnlyList<Label> Tags, bool IsOlder)
{
    public const int Shown = 50;
}
