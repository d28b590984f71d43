using System.Security.Cryptography;
using System.Text.Json;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>The list of models as bytes, made again only when something in it has changed: 500 models are 300 KB. Thread-safe.</summary>
public sealed class ModelLists(ModelCatalog catalog)
{
    private volatile Body? _all, _available;

    /// <returns>The whole list in JSON, and its entity tag.</returns>
    internal (byte[] Json, string Tag) Get(ModelSnapshot snapshot, bool onlyAvailable)
    {
        // Before the list is made: what changes meanwhile must not be taken for known.
        var version = catalog.VersionOf(snapshot);
        var body = onlyAvailable ? _available : _all;
        if (body is null || body.Version != version)
        {
            body = Make(version, JsonSerializer.SerializeToUtf8Bytes(List(snapshot, onlyAvailable), ContractsJson.Wire.ModelList));
            if (onlyAvailable)
                _available = body;
            else
                _all = body;
        }
        return (body.Json, body.Tag);
    }

    internal ModelList List(ModelSnapshot snapshot, bool onlyAvailable)
    {
        var models = snapshot.All.Select(catalog.ToView).Where(m => !onlyAvailable || m is { Status: ModelStatuses.Available, IsEnabled: true }).ToList();
        return new ModelList { Models = models, Total = models.Count, SyncedAt = catalog.SyncedAt, OllamaReachable = catalog.OllamaReachable, OllamaHosts = catalog.Hosts };
    }

    private static Body Make(ListVersion version, byte[] json) => new(version, json, $"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 12))}\"");

    private sealed record Body(ListVersion Version, byte[] Json, string Tag);
}

/// <summary>Everything a list depends on.</summary>
internal readonly record struct ListVersion(ModelSnapshot Snapshot, object Contact, object? Running, int Pulls, int Sources, int Servers, int Uses);
