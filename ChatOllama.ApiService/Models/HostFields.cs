using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;

namespace ChatOllama.ApiService.Models;

/// <summary>The field <c>host</c> of requests: one of several Ollamas.</summary>
internal static class HostFields
{
    /// <returns>Null where none is named.</returns>
    /// <exception cref="ProblemException">400 that names the field and says which there are.</exception>
    public static OllamaServer? Check(string? host, OllamaServers servers) => host is null ? null : servers.Find(host)
        ?? throw ProblemException.Validation("host", $"host names no Ollama that is known here. There are: {Names(servers.All)}.");

    /// <summary>One that has this model, or may have it: one that has not told its list yet is asked.</summary>
    /// <inheritdoc cref="Check(string?, OllamaServers)"/>
    public static OllamaServer? Check(string? host, string model, OllamaServers servers)
    {
        var server = Check(host, servers);
        if (server is null || servers.Only is not null || server.Tags is null || server.Has(model) || server.HasLoaded(model))
            return server;
        var having = servers.All.Where(s => s.Has(model)).ToList();
        throw ProblemException.Validation("host", $"The Ollama at {server.Name} does not have '{model}'." + (having.Count > 0 ? $" It is at {Names(having)}." : ""));
    }

    private static string Names(IEnumerable<OllamaServer> servers) => string.Join(", ", servers.Select(s => s.Name));
}
