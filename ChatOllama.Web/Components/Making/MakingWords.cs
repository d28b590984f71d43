namespace ChatOllama.Web.Components.Making;

/// <summary>Ollama's words for what it does while it makes a model, as people read them.</summary>
internal static class MakingWords
{
    private const int DigestShown = 12;

    public static string Step(string status) => Layer(status, "using existing layer ") is { } there ? Words.Fill(MakingTexts.StepThere, there)
        : Layer(status, "creating new layer ") is { } made ? Words.Fill(MakingTexts.StepLayer, made)
        : status switch
        {
            "writing manifest" => MakingTexts.StepWrite,
            "success" => MakingTexts.StepDone,
            _ => status,
        };

    private static string? Layer(string status, string before)
    {
        if (!status.StartsWith(before, StringComparison.Ordinal)) return null;
        var digest = status[before.Length..].Replace("sha256:", "", StringComparison.Ordinal);
        return digest[..Math.Min(DigestShown, digest.Length)];
    }
}
