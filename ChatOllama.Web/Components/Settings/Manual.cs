namespace ChatOllama.Web.Components.Settings;

/// <summary>The README, the documents beside it and the license, as this version carries them. Thread-safe.</summary>
internal static class Manual
{
    public const string First = "readme";
    public const string License = "license";
    private const string Prefix = "manual/";

    /// <summary>The names of the documents: the README first, the license last.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(Manual).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..])
            .OrderByDescending(name => name == First).ThenBy(name => name == License).ThenBy(name => name, StringComparer.Ordinal),
    ];

    /// <summary>A document's heading and the Markdown below it; null where there is none of that name.</summary>
    public static (string Heading, string Text)? Find(string name)
    {
        if (!Names.Contains(name)) return null;
        using var stream = typeof(Manual).Assembly.GetManifestResourceStream(Prefix + name)!;
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd().ReplaceLineEndings("\n");
        var end = text.IndexOf('\n');
        return text.StartsWith("# ", StringComparison.Ordinal) && end > 0 ? (text[2..end], text[end..]) : (Title(name), text);
    }

    public static string Title(string name) => name switch
    {
        First => SettingTexts.Readme,
        License => SettingTexts.License,
        _ => char.ToUpperInvariant(name[0]) + name[1..],
    };

    public static string Address(string name) => "/settings/manual/" + name;
}
