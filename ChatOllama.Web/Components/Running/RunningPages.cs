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
        var forms = routes.MapGroup("/models/{id}").RequireSameOrigin();
        forms.MapPost("/load", (string id, [FromForm] string? from, [FromForm] string? stays, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(from == ModelPages.FromModel ? id : null, () => api.LoadModelAsync(id, stays == "yes", stop), stop));
        forms.MapPost("/unload", (string id, [FromForm] string? from, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(from == ModelPages.FromModel ? id : null, () => api.UnloadModelAsync(id, stop), stop));
    }
}
