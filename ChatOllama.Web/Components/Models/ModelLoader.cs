using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.Web.Components.Models;

/// <summary>What the page of a model shows in its forms other than what is stored.</summary>
internal sealed record ModelForms
{
    public FormFields? About { get; init; }
    public FormFields? Settings { get; init; }

    public NameDraft? Copy { get; init; }

    /// <summary>The settings that were sent would make Ollama load the model again, and are not saved yet.</summary>
    public bool WouldReload { get; init; }
    public string? Saved { get; init; }
    public bool IsEmptied { get; init; }
    public Problem? Problem { get; init; }
    public int Status { get; init; } = StatusCodes.Status200OK;
}

/// <summary>Loads the page of one model.</summary>
internal sealed class ModelLoader(ApiClient api, ShellLoader shell)
{
    /// <summary>What Ollama knows of a model is worth a moment: the rest of the page is known here.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    public async Task<RazorComponentResult<ModelPage>> ShowAsync(string id, ModelForms forms, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        var found = api.GetModelAsync(id, stop);
        var info = api.TryAsync(patient => api.GetModelInfoAsync(id, patient), Patience, stop);
        await Task.WhenAll(around, found, info);
        var detail = await found;
        return PageServices.Page<ModelPage>(new
        {
            View = await around,
            Detail = detail,
            Info = await info,
            About = forms.About ?? ModelAbout.Show(detail.Model),
            Settings = forms.Settings ?? (forms.IsEmptied ? FormFields.Empty : ModelSettings.Show(detail.Config)),
            forms.WouldReload,
            forms.Copy,
            forms.Saved,
            forms.IsEmptied,
            forms.Problem,
        }, forms.Problem?.Status ?? forms.Status);
    }

    /// <summary>Whether the model is in memory and these settings would make Ollama load it again.</summary>
    public async Task<bool> ReloadsAsync(string id, UpdateModelConfigRequest update, CancellationToken stop)
    {
        var detail = await api.GetModelAsync(id, stop);
        return ModelReload.Fields(detail.Config, ModelSettings.Apply(detail.Config, update), detail.Loaded).Count > 0;
    }
}
