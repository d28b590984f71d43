using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Models;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Running;

/// <summary>The forms that load models and let go of them. Each answers when it is done, which takes as long as the disk needs.</summary>
internal static class RunningPages
{
    public static void MapRunning(this IEndpointRouteBuilder routes)
    {
        var forms = routes.MapGroup("/models/{id}").RequireSameOrigin().ShowMissing();
        forms.MapPost("/load", (string id, [FromForm] string? from, [FromForm] string? stays, [FromForm] string? host, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(from == ModelPages.FromModel ? id : null, () => api.LoadModelAsync(id, stays == "yes", string.IsNullOrEmpty(host) ? null : host, stop), stop));
        forms.MapPost("/unload", (string id, [FromForm] string? from, [FromForm] string? host, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(from == ModelPages.FromModel ? id : null, () => api.UnloadModelAsync(id, string.IsNullOrEmpty(host) ? null : host, stop), stop));
    }
}
