using ChatOllama.Web.Api;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Models;

/// <summary>The forms that look for newer versions and get them.</summary>
internal static class UpdatePages
{
    public static void MapUpdates(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models/{form:regex(^(updates|update|sync|default|enabled)$)}", () => TypedResults.Redirect("/models"));
        var forms = routes.MapGroup("/models").RequireSameOrigin();
        forms.MapPost("/updates", ([FromForm] NoFields _, ApiClient api, ModelActs acts, CancellationToken stop) => acts.DoAsync(null, () => api.CheckUpdatesAsync(stop), stop, "/models#updates"));
        forms.MapPost("/update", ([FromForm] string? model, HttpContext context, ApiClient api, ModelActs acts, CancellationToken stop) =>
            acts.DoAsync(null, () => api.UpdateModelsAsync(string.IsNullOrEmpty(model) ? null : model, stop), stop, context.Request.Headers.ContainsKey("X-Region") ? "/models" : "/models/pulls"));
    }
}
