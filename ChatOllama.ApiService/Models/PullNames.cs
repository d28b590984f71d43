using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Models;

/// <summary>
/// What people write where a model to download is asked for: a name, an <c>ollama pull</c> line, an address they copied. The result is a name, never an address:
/// Ollama runs inside a network that the asker may not reach, so unless somebody allowed it, a download only ever makes Ollama talk to the two public sources of models.
/// </summary>
internal static class PullNames
{
    private const string OllamaHost = "registry.ollama.ai";

    /// <summary>The default registry under both its names, and Hugging Face under both of its.</summary>
    private static readonly string[] s_hosts = [OllamaHost, "ollama.com", "hf.co", "huggingface.co"];

    private static readonly string[] s_commands = ["ollama pull ", "ollama run ", "ollama show "];

    /// <param name="anyHost"><c>ALLOW_INSECURE_PULLS</c>.</param>
    /// <returns>The full name as Ollama will list it.</returns>
    /// <exception cref="ProblemException">400 that says why not.</exception>
    public static string Check(string? text, bool anyHost, string field = "name")
    {
        var name = Unwrap(text?.Trim() ?? "", anyHost, field);
        var full = Shorten(ModelNames.Check(name, field));
        if (HostOf(full) is { } host && !anyHost && !s_hosts.Contains(host, StringComparer.OrdinalIgnoreCase))
            throw Foreign(field, host);
        return full;
    }

    /// <summary>The host of a full name; null for the default registry.</summary>
    public static string? HostOf(string fullName)
    {
        var slash = fullName.IndexOf('/');
        return slash > 0 && fullName.IndexOf('/', slash + 1) > 0 ? fullName[..slash] : null;
    }

    /// <summary>Ollama lists what comes from its own registry without host, and what is in its library without namespace.</summary>
    public static string Shorten(string fullName)
    {
        var name = fullName;
        if (HostOf(name) is { } host && (host.Equals(OllamaHost, StringComparison.OrdinalIgnoreCase) || host.Equals("ollama.com", StringComparison.OrdinalIgnoreCase)))
            name = name[(host.Length + 1)..];
        return HostOf(name) is null && name.StartsWith("library/", StringComparison.OrdinalIgnoreCase) ? name["library/".Length..] : name;
    }

    private static string Unwrap(string text, bool anyHost, string field)
    {
        if (text.StartsWith("$ ", StringComparison.Ordinal))
            text = text[2..].TrimStart();
        foreach (var command in s_commands)
        {
            if (text.StartsWith(command, StringComparison.OrdinalIgnoreCase))
                text = text[command.Length..].Trim();
        }
        return text.Contains("://", StringComparison.Ordinal) ? NameIn(text, anyHost, field) : text;
    }

    /// <summary>The model whose page an address shows, e.g. <c>https://huggingface.co/a/b</c> → <c>hf.co/a/b</c>.</summary>
    private static string NameIn(string address, bool anyHost, string field)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.UserInfo.Length > 0)
            throw ProblemException.Validation(field, $"{field} must be the name of a model, such as llama3.2:1b, or the address of its page.");
        var host = uri.Authority.ToLowerInvariant();
        if (!anyHost && !s_hosts.Contains(host))
            throw Foreign(field, host);
        var parts = uri.AbsolutePath.Trim('/').Split('/');
        if (parts.Length != 2)
            throw ProblemException.Validation(field, $"{field} is an address, but not the one of a model's page, such as https://ollama.com/library/llama3.2 or https://huggingface.co/user/model.");
        return $"{(host == "huggingface.co" ? "hf.co" : host)}/{parts[0]}/{parts[1]}";
    }

    private static ProblemException Foreign(string field, string host) => ProblemException.Validation(field,
        $"{field} names the host {(host.Length <= 100 ? host : host[..100] + "…")}. Downloads come from {string.Join(", ", s_hosts)}; ALLOW_INSECURE_PULLS=true allows every other host.");
}
