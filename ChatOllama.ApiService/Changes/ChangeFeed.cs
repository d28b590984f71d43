using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Changes;

/// <summary>
/// Tells readers what changed, after it was committed. The latest changes lie in one ring, which is the buffer of every reader:
/// a slow one makes nothing grow, it is told to read again. Thread-safe; publishing never waits and costs next to nothing when nobody reads.
/// </summary>
public sealed class ChangeFeed
{
    /// <summary>How many changes a reader may be behind. A page that was away for longer reads everything again, which costs the same.</summary>
    internal const int Capacity = 1024;

    private readonly Lock _gate = new();
    private readonly Change[] _ring = new Change[Capacity];

    /// <summary>Tells ids of this run of the service from those of the run before.</summary>
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private TaskCompletionSource? _news;
    private long _last;

    /// <summary>The newest change, for lists: read it before what it stands for, and no change falls between the two.</summary>
    public string Version { get { lock (_gate) return IdOf(_last); } }

    /// <summary>Announces a change.</summary>
    /// <param name="userId">Whose it is; null for what all users share.</param>
    public void Publish(string? userId, ChangeEvent change)
    {
        TaskCompletionSource? news;
        lock (_gate)
        {
            _last++;
            _ring[_last % Capacity] = new Change(_last, userId, change);
            (news, _news) = (_news, null);
        }
        // Its continuations run elsewhere, see NewsAsync.
        news?.SetResult();
    }

    /// <inheritdoc cref="Publish(string?, ChangeEvent)"/>
    public void Publish(string userId, string type, string sessionId, string? messageId = null, string? status = null) =>
        Publish(userId, new ChangeEvent { Type = type, SessionId = sessionId, MessageId = messageId, Status = status });

    /// <summary>A reader of one user's changes behind <paramref name="after"/>; behind the newest where that is null.</summary>
    internal ChangeReader Read(string userId, string? after)
    {
        lock (_gate)
            return new ChangeReader(this, userId, after is null ? _last : PositionOf(after));
    }

    internal string IdOf(long position) => $"{_run}-{position}";

    /// <summary>Gives the changes behind a position, oldest first, and moves it to the newest.</summary>
    /// <returns>False when some of them are forgotten already, or the position is of another run.</returns>
    internal bool TryTake(ref long position, string userId, List<Change> changes)
    {
        lock (_gate)
        {
            var isKnown = position >= 0 && position <= _last && _last - position <= Capacity;
            for (var i = position + 1; isKnown && i <= _last; i++)
            {
                var change = _ring[i % Capacity];
                if (change.UserId is null || change.UserId == userId)
                    changes.Add(change);
            }
            position = _last;
            return isKnown;
        }
    }

    /// <summary>Completes when there is a change behind a position, of whomever.</summary>
    internal Task NewsAsync(long position)
    {
        lock (_gate)
        {
            if (_last > position)
                return Task.CompletedTask;
            // Readers must not run on the thread that publishes.
            _news ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _news.Task;
        }
    }

    /// <summary>The position that an id stands for; -1 for an id of another run, or no id at all.</summary>
    private long PositionOf(string id) =>
        id.StartsWith(_run + "-", StringComparison.Ordinal) && long.TryParse(id.AsSpan(_run.Length + 1), System.Globalization.NumberStyles.None, null, out var position)
            ? position : -1;
}

/// <summary>A change in its place.</summary>
internal readonly record struct Change(long Position, string? UserId, ChangeEvent Event);
