using ChatOllama.Contracts;
using ChatOllama.Web.Api;

namespace ChatOllama.Web.Components.Composing;

/// <summary>How a send went: the first event of the answer, or the form as far as it came (files may be uploaded) and the reason.</summary>
internal sealed record SendResult(SendForm Form, ChatEvent? Start, Problem? Problem);

/// <summary>Sends what a composer holds: uploads its files, sets up a new chat, starts the answer.</summary>
internal sealed class Sender(ApiClient api)
{
    /// <summary>How ids of temporary chats begin, so that a message to one that has ended is not stored by mistake.</summary>
    public const string TemporaryPrefix = "temporary-";

    /// <param name="session">Null for a new chat.</param>
    /// <param name="files">Files that come with the form, from a browser without scripts.</param>
    public async Task<SendResult> SendAsync(string? session, SendForm form, IFormFileCollection files, CancellationToken stop)
    {
        try
        {
            foreach (var file in files.Where(file => file.Length > 0))
                form = form with { Files = [.. form.Files, await UploadAsync(file, stop)] };
            if (string.IsNullOrWhiteSpace(form.Text)) throw new ApiException(ApiProblems.Of(ProblemCodes.Validation, 400, ComposerTexts.NotSent, ComposerTexts.NothingToSend));
            return new SendResult(form, await api.StartChatAsync(await RequestAsync(session, form, stop), form.Key, stop), null);
        }
        catch (ApiException ended) when (ended.Problem.Code == ProblemCodes.NotFound && session?.StartsWith(TemporaryPrefix, StringComparison.Ordinal) == true)
        {
            return new SendResult(form, null, ended.Problem with { Title = ComposerTexts.NotSent, Detail = ComposerTexts.TemporaryEnded });
        }
        catch (ApiException failed)
        {
            return new SendResult(form, null, failed.Problem);
        }
    }

    private async Task<ChatRequest> RequestAsync(string? session, SendForm form, CancellationToken stop)
    {
        var isTemporary = session is null && form.Temporary;
        return new ChatRequest
        {
            Message = form.Text,
            // Made from the key: the same form sent again is the same chat.
            SessionId = isTemporary ? TemporaryPrefix + form.Key : session,
            // Below the old words on the page a chat that begins anew would know none of them.
            ExistingSession = session is null ? null : true,
            Model = form.Model,
            ParentId = form.Parent,
            Temporary = isTemporary ? true : null,
            Think = form.Think is null || await ThinksAsync(form.Model, stop) ? form.ThinkValue : null,
            Images = form.Files.Count == 0 ? null : [.. form.Files.Select(file => file.Id)],
            Session = session is null && !form.Options.IsEmpty ? new SessionStart { SystemPrompt = form.Options.SystemPrompt, Options = form.Options.ToOptions() } : null,
        };
    }

    /// <summary>Asked to think, a model that cannot would refuse; without scripts the switch is there for all of them.</summary>
    private async Task<bool> ThinksAsync(string? name, CancellationToken stop)
    {
        var models = (await api.ListModelsAsync(availableOnly: true, stop)).Models;
        return models.FirstOrDefault(model => name is null ? model.IsDefault : model.Name == name)?.Capabilities.Contains("thinking") == true;
    }

    private async Task<UploadedFile> UploadAsync(IFormFile file, CancellationToken stop)
    {
        await using var bytes = file.OpenReadStream();
        return UploadedFile.Of(await api.UploadAsync(file.FileName, bytes, stop));
    }
}
