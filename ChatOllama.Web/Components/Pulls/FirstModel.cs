namespace ChatOllama.Web.Components.Pulls;

/// <summary>The model that is suggested where there is none yet.</summary>
internal static class FirstModel
{
    /// <summary>A name that is worth a first try on any machine.</summary>
    public const string Name = "llama3.2:1b";

    /// <summary>Bytes to download.</summary>
    public const long Size = 1_321_098_329;
}
