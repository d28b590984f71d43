using ChatOllama.Contracts;
using ChatOllama.Web.Api;

namespace ChatOllama.Web.Components.Composing;

/// <summary>What the form of a chat's options shows.</summary>
public sealed record OptionsView(SessionDetail Session, OptionForm Form, ModelDetail? Model, Problem? Problem)
{
    public string Address => "/sessions/" + Uri.EscapeDataString(Session.Id);
}

/// <summary>Gets a session with the settings of its model: what is not set here is as they say.</summary>
internal sealed class OptionsLoader(ApiClient api, ShellLoader shell)
{
    public Task<ShellView> ShellAsync(CancellationToken stop) => shell.LoadAsync(stop);

    /// <param name="form">What was typed; null for what is stored.</param>
    public async Task<OptionsView> LoadAsync(string id, OptionForm? form, Problem? problem, CancellationToken stop)
    {
        var session = await api.GetSessionAsync(id, stop);
        return new OptionsView(session, form ?? OptionForm.Of(session), await ModelAsync(session.Model, stop), problem);
    }

    /// <summary>A model that has gone says nothing any more.</summary>
    private async Task<ModelDetail?> ModelAsync(string? name, CancellationToken stop)
    {
        if (name is null) return null;
        try
        {
            return await api.GetModelAsync(name, stop);
        }
        catch (ApiException gone) when (gone.Problem.Code == ProblemCodes.NotFound)
        {
            return null;
        }
    }
}
