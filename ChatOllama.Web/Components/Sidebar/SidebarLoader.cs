using ChatOllama.Contracts;
using ChatOllama.Web.Api;

namespace ChatOllama.Web.Components.Sidebar;

/// <summary>The list of chats at the side of every page.</summary>
public sealed record SidebarView
{
    public IReadOnlyList<SessionSummary> Pinned { get; init; } = [];

    /// <summary>The newest ones that are neither pinned nor archived.</summary>
    public IReadOnlyList<SessionSummary> Recent { get; init; } = [];

    /// <summary>Where the list of older ones begins; null when these are all.</summary>
    public string? Older { get; init; }

    /// <summary>Folders that hold a chat which is not archived, by name.</summary>
    public IReadOnlyList<Label> Folders { get; init; } = [];

    /// <summary>From where on the page listens to changes.</summary>
    public string? Version { get; init; }

    /// <summary>The chats could not be read: that none is shown says nothing.</summary>
    public bool IsPartial { get; init; }

    public bool IsEmpty => !IsPartial && Pinned.Count == 0 && Recent.Count == 0 && Folders.Count == 0;
}

/// <summary>Loads the <see cref="SidebarView"/>: three short calls, each answered by an index.</summary>
internal sealed class SidebarLoader(ApiClient api)
{
    private const int Shown = 50;

    public async Task<SidebarView> LoadAsync(CancellationToken stop)
    {
        // Alone and first: it carries the version from which the page listens, so what the others read may be newer, never older.
        var newest = await api.ListSessionsAsync(new SessionFilter { Pinned = false, Archived = false, Limit = Shown }, stop);
        var pinned = api.ListSessionsAsync(new SessionFilter { Pinned = true, Archived = false, Limit = Shown }, stop);
        var folders = api.ListFoldersAsync(archived: false, stop);
        await Task.WhenAll(pinned, folders);
        return new SidebarView
        {
            Pinned = (await pinned).Sessions,
            Recent = newest.Sessions,
            Older = newest.NextCursor,
            Folders = (await folders).Folders,
            Version = newest.Version,
        };
    }
}
