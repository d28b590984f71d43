using System.Text;
using ChatOllama.Web.Rendering;

namespace ChatOllama.Web.Live;

/// <summary>The answer or the thinking of one message on one page: collects text, gives patches. Not thread-safe.</summary>
internal sealed class LivePart(string name)
{
    private readonly StringBuilder _pending = new();
    private readonly IncrementalRenderer _renderer = new();
    private int _seals;

    public void Add(string? text) => _pending.Append(text);

    /// <summary>One patch for all that was added since the last one, or null.</summary>
    public LivePatch? Flush()
    {
        if (_pending.Length == 0) return null;
        var patch = _renderer.Append(_pending.ToString());
        _pending.Clear();
        if (patch.IsEmpty) return null;
        if (patch.Sealed.Length == 0) return new LivePatch { Event = LiveEvents.Tail, Part = name, Tail = patch.Tail, Code = patch.Code, Settled = patch.Growth?.Settled, Growing = patch.Growth?.Live };
        return new LivePatch { Event = LiveEvents.Seal, Part = name, After = _seals++, Sealed = patch.Sealed, Tail = patch.Tail };
    }

    public PartSnapshot Snapshot()
    {
        Flush();
        return new PartSnapshot(_renderer.SealedHtml, _renderer.TailHtml, _seals);
    }
}
