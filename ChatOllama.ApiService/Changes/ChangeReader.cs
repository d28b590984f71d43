namespace ChatOllama.ApiService.Changes;

/// <summary>One reader of a <see cref="ChangeFeed"/>: no more than a position. Used by one request.</summary>
internal sealed class ChangeReader(ChangeFeed feed, string userId, long position)
{
    private long _position = position;

    /// <summary>The id behind which the reader stands.</summary>
    public string Id => feed.IdOf(_position);

    /// <summary>Moves to the newest change and gives what is new to this user.</summary>
    /// <returns>False when changes were missed.</returns>
    public bool TryTake(List<Change> changes) => feed.TryTake(ref _position, userId, changes);

    /// <summary>Completes when there may be something to take.</summary>
    public Task NewsAsync() => feed.NewsAsync(_position);
}
