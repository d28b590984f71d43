using ChatOllama.ApiService.Data;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ChatOllama.ApiService.Commands;

/// <summary>
/// Leaves a note beside the database where its server answers on this machine, for commands that go through it: which port that is, only the server knows, and another
/// ChatOllama may listen where one would guess. The note counts only while the database is locked.
/// </summary>
internal sealed class ServerAddress(DatabaseFile database, IServer server) : IHostedLifecycleService
{
    private static string PathFor(DatabaseFile database) => database.FullPath + ".address";

    /// <summary>Null where no note says so.</summary>
    public static async Task<Uri?> FindAsync(DatabaseFile database)
    {
        try
        {
            return Uri.TryCreate(await File.ReadAllTextAsync(PathFor(database)), UriKind.Absolute, out var address) ? address : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(a => a.StartsWith("http://", StringComparison.Ordinal)) is not { } address)
            return;
        try
        {
            await File.WriteAllTextAsync(PathFor(database), FromHere(address), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Commands will say that they cannot find the server; it runs all the same.
        }
    }

    /// <summary>After the database's start: the lock is ours, so whoever left a note was killed, and what listens there now may be a stranger.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => DeleteAsync();

    public Task StoppingAsync(CancellationToken cancellationToken) => DeleteAsync();

    private Task DeleteAsync()
    {
        try
        {
            File.Delete(PathFor(database));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It will be overwritten by the next start that can, and counts only while the database is locked.
        }
        return Task.CompletedTask;
    }

    /// <summary>An address for all becomes the loopback one.</summary>
    private static string FromHere(string address)
    {
        foreach (var all in new[] { "//0.0.0.0", "//[::]", "//*", "//+" })
            address = address.Replace(all, "//127.0.0.1", StringComparison.Ordinal);
        return address;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
