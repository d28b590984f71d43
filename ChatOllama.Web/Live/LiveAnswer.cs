using System.Runtime.CompilerServices;
using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Chats;

namespace ChatOllama.Web.Live;

/// <summary>
/// Turns the events of one answer into patches for one page. Outlives a restarting api: it goes on from the last cursor, and
/// where the api cannot, the page gets a new snapshot. Speaks the language of the request. One instance per connection.
/// </summary>
internal sealed class LiveAnswer(ApiClient api, TimeProvider time, string messageId)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private LivePart _answer = new("answer");
    private LivePart _thinking = new("thinking");
    private string? _cursor;
    private PhaseWords? _phase;
    private bool _hasWords;
    private bool _reset;
    private DateTime _askedAt;

    /// <exception cref="ApiException">The message does not exist, or the api cannot be reached at the beginning.</exception>
    public async IAsyncEnumerable<LivePatch> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        var message = await api.GetMessageAsync(messageId, stop);
        yield return Begin(message);
        for (var failures = 0; !MessageStatuses.IsTerminal(message.Status); failures++)
        {
            if (failures > 0)
            {
                yield return Phase(PhaseWords.Reconnecting);
                await Task.Delay(Pause(failures), time, stop);
            }
            await foreach (var batch in FollowAsync(stop))
            {
                foreach (var item in batch) Apply(item);
                foreach (var patch in Flush()) yield return patch;
                if (batch[^1].Event is { Type: ChatEventTypes.Done or ChatEventTypes.Error } last)
                {
                    yield return End(last.Type == ChatEventTypes.Error);
                    yield break;
                }
                failures = 0;
            }
            if (await TryGetAsync(stop) is not { } now) continue;
            message = now;
        }
        _answer = new LivePart("answer");
        _thinking = new LivePart("thinking");
        yield return Begin(message);
        yield return End(message.Status == MessageStatuses.Failed);
    }

    /// <summary>The first state: what is stored, and from where to go on. Without a cursor the events begin at the beginning.</summary>
    private LivePatch Begin(MessageView message)
    {
        _askedAt = message.RunningMs is { } ms ? time.GetUtcNow().UtcDateTime - TimeSpan.FromMilliseconds(ms) : message.CreatedAt;
        _cursor = message.Cursor;
        if (_cursor is not null || MessageStatuses.IsTerminal(message.Status))
        {
            _answer.Add(message.Content);
            _thinking.Add(message.Thinking);
            _hasWords = message.Content.Length > 0 || message.Thinking is { Length: > 0 };
        }
        _phase = _hasWords ? default(PhaseWords) : PhaseWords.Of(message);
        return Snapshot();
    }

    private LivePatch Snapshot() => Phase(_phase ?? default) with
    {
        Event = LiveEvents.Snapshot,
        Answer = _answer.Snapshot(),
        Thinking = _thinking.Snapshot(),
    };

    private LivePatch Phase(PhaseWords words) => new() { Event = LiveEvents.Phase, Text = words.Label ?? "", Hint = words.Hint, Waited = (long)Math.Max(0, (time.GetUtcNow().UtcDateTime - _askedAt).TotalMilliseconds) };

    private static LivePatch End(bool badly) => new() { Event = badly ? LiveEvents.Problem : LiveEvents.Done };

    private static TimeSpan Pause(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 125 * Math.Pow(2, Math.Min(failures, 8))));

    /// <summary>A cut connection is the end of the enumeration, not an error: the loop outside goes on.</summary>
    private async IAsyncEnumerable<IReadOnlyList<AnswerEvent>> FollowAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await using var batches = api.FollowAsync(messageId, _cursor, stop).GetAsyncEnumerator(stop);
        while (true)
        {
            try
            {
                if (!await batches.MoveNextAsync()) yield break;
            }
            catch (ApiException)
            {
                yield break;
            }
            yield return batches.Current;
        }
    }

    private async Task<MessageView?> TryGetAsync(CancellationToken stop)
    {
        try
        {
            return await api.GetMessageAsync(messageId, stop);
        }
        catch (ApiException gone) when (gone.Problem.Status == StatusCodes.Status404NotFound)
        {
            throw;
        }
        catch (ApiException)
        {
            return null;
        }
    }

    private void Apply(AnswerEvent item)
    {
        _cursor = item.Cursor ?? _cursor;
        switch (item.Event.Type)
        {
            case ChatEventTypes.Token:
                _answer.Add(item.Event.Content);
                break;
            case ChatEventTypes.Thinking:
                _thinking.Add(item.Event.Content);
                break;
            case ChatEventTypes.Phase:
                _phase = _hasWords ? default(PhaseWords) : PhaseWords.Of(item.Event.Phase, item.Event.Place);
                break;
            case ChatEventTypes.Reset:
                _answer = new LivePart("answer");
                _thinking = new LivePart("thinking");
                (_hasWords, _reset) = (false, true);
                break;
        }
    }

    private IEnumerable<LivePatch> Flush()
    {
        if (_reset)
        {
            _reset = false;
            _phase = default(PhaseWords);
            yield return Snapshot();
            yield break;
        }
        var patches = new[] { _thinking.Flush(), _answer.Flush() };
        foreach (var patch in patches)
        {
            if (patch is null) continue;
            (_hasWords, _phase) = (true, null);
            yield return patch;
        }
        if (_phase is { } phase) yield return Phase(phase);
        _phase = null;
    }
}
