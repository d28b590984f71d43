using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Pulls;

/// <summary>Times and steps of a download as people read them.</summary>
internal static class PullWords
{
    /// <summary>Ollama's words for what it does between the layers.</summary>
    public static string Step(string? status) => status switch
    {
        null or "queued" => PullTexts.StepBegins,
        PullStatuses.WaitingForOllama => PullTexts.StepWaits,
        "pulling manifest" => PullTexts.StepManifest,
        "verifying sha256 digest" => PullTexts.StepVerify,
        "writing manifest" or "removing any unused layers" or "removing unused layers" or "success" => PullTexts.StepWrite,
        _ => status,
    };

    /// <summary>A time that runs down: 0:07, 2:11, 1:02:11.</summary>
    public static string Clock(double seconds)
    {
        var left = TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(seconds), 0, 99 * 3600));
        return left.TotalHours >= 1 ? $"{(int)left.TotalHours}:{left:mm\\:ss}" : $"{(int)left.TotalMinutes}:{left:ss}";
    }
}
