using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Transfer;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.Web.Components.Settings;

/// <summary>Makes the page of the settings.</summary>
internal sealed class SettingsLoader(ApiClient api, ShellLoader shell, EffectiveSettings own)
{
    /// <param name="import">What came of an import that was just asked for.</param>
    public async Task<RazorComponentResult<SettingsPage>> PageAsync(CancellationToken stop, ImportOutcome? import = null)
    {
        var around = shell.LoadAsync(stop);
        var settings = api.GetSettingsAsync(stop);
        await Task.WhenAll(around, settings);
        var ofApi = (await settings).Settings;
        // A separate web has values of its own, which the api knows nothing of.
        var all = ofApi.Concat(own.Values.Where(value => ofApi.All(known => known.Name != value.Name))).ToList();
        return PageServices.Page<SettingsPage>(new { View = await around, List = all, Import = import }, import?.Problem?.Status ?? StatusCodes.Status200OK);
    }
}
