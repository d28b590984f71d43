using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Models;

/// <summary>How a model is doing, in a word and a dot.</summary>
internal static class ModelState
{
    public static string Word(ModelView model) => model.Status switch
    {
        ModelStatuses.Available => model.IsEnabled ? ModelTexts.StateAvailable : ModelTexts.StateOff,
        ModelStatuses.Downloading => ModelTexts.StateDownloading,
        ModelStatuses.Error => ModelTexts.StateError,
        ModelStatuses.Removed => ModelTexts.StateRemoved,
        _ => model.Status,
    };

    /// <summary>The classes of the dot: never its colour alone, off is a ring.</summary>
    public static string Dot(ModelView model) => model.Status switch
    {
        ModelStatuses.Error => "dot bad",
        ModelStatuses.Downloading => "pulse",
        ModelStatuses.Available when model.IsEnabled => "dot",
        _ => "dot off",
    };

    /// <summary>Only such a model can be talked to.</summary>
    public static bool CanBeDefault(ModelView model) => model is { Status: ModelStatuses.Available, IsEnabled: true, IsDefault: false } && Words.CanChat(model);

    /// <summary>Models that only embed come into memory with their first use.</summary>
    public static bool CanLoad(ModelView model) => model is { Status: ModelStatuses.Available, IsEnabled: true, IsLoaded: false } && Words.CanChat(model);

    /// <summary>Ollama does not have it: it was deleted there, or it arrives only now, or did not.</summary>
    public static bool IsGone(ModelView model) => model is { Status: ModelStatuses.Removed or ModelStatuses.Error or ModelStatuses.Downloading, Digest: null };

    public static string Address(ModelView model) => "/models/" + Uri.EscapeDataString(model.Id);
}
