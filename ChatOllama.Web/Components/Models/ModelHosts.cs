using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Models;

/// <summary>The names of several Ollamas, as people read them. With one there is nothing to say.</summary>
internal static class ModelHosts
{
    /// <summary>Without the scheme that nearly all have.</summary>
    public static string Short(string host) => host.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? host["http://".Length..] : host;

    /// <summary>Where a model lives; null where there is nothing to say.</summary>
    public static string? Of(ModelView model) => model.Hosts is { Length: > 0 } hosts ? string.Join(", ", hosts.Select(Short)) : null;
}
