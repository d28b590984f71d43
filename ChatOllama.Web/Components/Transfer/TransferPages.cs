using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Settings;
using ChatOllama.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Transfer;

/// <summary>
/// Takes chats in. What came of it stands on the page that answers, because nowhere else is it kept; loading that page again sends the file again, and then
/// nothing changes any more.
/// </summary>
internal static class TransferPages
{
    /// <summary>What a form adds around its file.</summary>
    private const long FormOverhead = 64 * 1024;

    public static void MapTransfer(this IEndpointRouteBuilder routes)
    {
        var largest = routes.ServiceProvider.GetRequiredService<WebOptions>().MaxImportSize + FormOverhead;
        routes.MapPost("/settings/import", ImportAsync).RequireSameOrigin()
            .WithMetadata(new RequestSizeLimitAttribute(largest)).WithFormOptions(multipartBodyLengthLimit: largest);
    }

    private static async Task<IResult> ImportAsync([FromForm] NoFields _, HttpContext context, ApiClient api, SettingsLoader settings)
    {
        var stop = context.RequestAborted;
        var file = (await context.Request.ReadFormAsync(stop)).Files.FirstOrDefault(f => f.Name == "file" && f.Length > 0);
        if (file is null)
            return await settings.PageAsync(stop, new ImportOutcome("", null, ApiProblems.Of(ProblemCodes.Validation, 400, TransferTexts.NoFile, TransferTexts.NoFileAdvice)));
        try
        {
            await using var bytes = file.OpenReadStream();
            return await settings.PageAsync(stop, new ImportOutcome(file.FileName, await api.ImportAsync(bytes, stop), null));
        }
        catch (ApiException refused)
        {
            return await settings.PageAsync(stop, new ImportOutcome(file.FileName, null, refused.Problem));
        }
    }
}
