namespace ChatOllama.Web.Rendering;

/// <summary>Which addresses from a model may become links.</summary>
internal static class SafeUrl
{
    private static readonly string[] Schemes = ["https://", "http://", "mailto:"];

    /// <summary>
    /// True for http, https and mailto, written plainly. Anything that a lenient browser might read as another
    /// scheme (white space, control characters, entities already decoded by the parser) is no link at all.
    /// </summary>
    public static bool IsSafe(string? url)
    {
        if (string.IsNullOrEmpty(url) || url.Length > 2048) return false;
        foreach (var c in url)
            if (char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c) || c is '\\' or '\uFFFD') return false;
        return Schemes.Any(scheme => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && url.Length > scheme.Length)
            && Uri.TryCreate(url, UriKind.Absolute, out var parsed)
            && parsed.Scheme is "http" or "https" or "mailto";
    }
}
