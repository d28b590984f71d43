using System.Buffers;
using System.Text;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Everything a running answer has said, and the only thing its readers see: the text as UTF-8 plus where each event ended.
/// One producer appends and publishes; any number of readers follow at their own pace, each from its own cursor.
/// Thread-safe. Readers pull, so a slow one costs the others and the producer nothing.
/// </summary>
public sealed class GenerationLog
{
    // Room that one turn of a reader may fill while it holds the lock.
    private const int MaxTurn = 64 * 1024;

    // Largest piece of text that is sent as one event to somebody who comes late: escaping may need six times its room.
    private const int MaxPiece = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly string _sessionId;
    private readonly byte[] _textEnd;
    private readonly ArrayBufferWriter<byte> _thinking;
    private readonly ArrayBufferWriter<byte> _content;

    // One number per event: length << 2 | kind. Marks keep their JSON in _marks, in order.
    private readonly List<int> _entries = new(64);
    private readonly List<byte[]> _marks = new(8);
    private readonly List<LogReader> _readers = new(1);
    // Where this run began: the end of the earlier text of a continued answer.
    private readonly Cursor _base;
    private int _marksHere;
    private byte[]? _lastPhase;
    private bool _ended;

    /// <param name="thinking">Text from before, when an answer is continued; it counts in cursors.</param>
    public GenerationLog(string sessionId, string? thinking = null, string? content = null)
    {
        _sessionId = sessionId;
        _textEnd = ChatFrames.TextEnd(sessionId);
        _thinking = Buffer(thinking);
        _content = Buffer(content);
        _base = End;
    }

    private enum Kind
    {
        Content,
        Thinking,
        Mark,
    }

    /// <summary>Bytes of thinking and content so far.</summary>
    public (int Thinking, int Content) Length { get { lock (_gate) return (_thinking.WrittenCount, _content.WrittenCount); } }

    /// <summary>Where a reader that has seen everything stands.</summary>
    public Cursor End { get { lock (_gate) return new Cursor(_thinking.WrittenCount, _content.WrittenCount, _marksHere); } }

    /// <summary>Readers attached right now.</summary>
    public int ReaderCount { get { lock (_gate) return _readers.Count; } }

    /// <summary>Adds text as one event. Readers learn of it with the next <see cref="Publish"/>.</summary>
    /// <returns>False when the answer has become too long; nothing was added.</returns>
    public bool Append(bool thinking, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return true;
        lock (_gate)
        {
            var target = thinking ? _thinking : _content;
            var length = Encoding.UTF8.GetByteCount(text);
            if (_thinking.WrittenCount + _content.WrittenCount + length > Cursor.MaxText) return false;
            Encoding.UTF8.GetBytes(text, target.GetSpan(length));
            target.Advance(length);
            _entries.Add((length << 2) | (int)(thinking ? Kind.Thinking : Kind.Content));
            _marksHere = 0;
        }
        return true;
    }

    /// <summary>Adds an event without text and wakes the readers.</summary>
    /// <param name="wake">False where text follows at once: readers then get both in one go.</param>
    public void Mark(ChatEvent chatEvent, bool wake = true)
    {
        var json = ChatFrames.ToJson(chatEvent);
        lock (_gate)
        {
            if (_ended) return;
            AddMark(json);
            if (chatEvent.Type == ChatEventTypes.Phase) _lastPhase = json;
        }
        if (wake) Publish();
    }

    /// <summary>Adds the terminal event and ends the log; a second call changes nothing.</summary>
    public void Complete(ChatEvent terminal)
    {
        var json = ChatFrames.ToJson(terminal);
        lock (_gate)
        {
            if (_ended) return;
            AddMark(json);
            _ended = true;
        }
        Wake(moreToCome: false);
    }

    /// <summary>Wakes the readers that wait for more.</summary>
    public void Publish() => Wake(moreToCome: true);

    /// <summary>Wakes every waiting reader without news, so that it sends a ping.</summary>
    public void Tick()
    {
        foreach (var reader in Waiting()) reader.Set(news: false, inline: true);
    }

    /// <summary>The text so far, for snapshots and the end.</summary>
    public (string Thinking, string Content, Cursor End) Snapshot()
    {
        lock (_gate)
            return (Encoding.UTF8.GetString(_thinking.WrittenSpan), Encoding.UTF8.GetString(_content.WrittenSpan), new Cursor(_thinking.WrittenCount, _content.WrittenCount, _marksHere));
    }

    /// <summary>The text from given lengths on as UTF-8, for checkpoints. What is written never changes, so it needs no copy.</summary>
    public (ReadOnlyMemory<byte> Thinking, ReadOnlyMemory<byte> Content) TextFrom(int thinking, int content, out (int Thinking, int Content) length)
    {
        lock (_gate)
        {
            length = (_thinking.WrittenCount, _content.WrittenCount);
            return (_thinking.WrittenMemory[thinking..], _content.WrittenMemory[content..]);
        }
    }

    /// <summary>Attaches a reader. It first gets what it has not seen, merged, then every event as it comes.</summary>
    public LogReader Attach(Cursor from)
    {
        var reader = new LogReader(this, from);
        lock (_gate) _readers.Add(reader);
        return reader;
    }

    internal void Detach(LogReader reader)
    {
        lock (_gate) _readers.Remove(reader);
    }

    /// <summary>Writes what the reader has not seen, up to a limit per call.</summary>
    internal ReadResult Drain(LogReader reader, IBufferWriter<byte> output)
    {
        lock (_gate)
        {
            if (!reader.CaughtUp) CatchUp(reader, output);
            var room = MaxTurn;
            while (reader.Index < _entries.Count && room > 0) room -= WriteEntry(reader, output);
            if (reader.Index < _entries.Count) return ReadResult.More;
            return _ended ? ReadResult.End : ReadResult.Wait;
        }
    }

    /// <summary>Arms the reader's signal unless there is something to read already.</summary>
    internal bool TryWait(LogReader reader)
    {
        lock (_gate)
        {
            if (_ended || reader.IsCancelled || !reader.CaughtUp || reader.Index < _entries.Count) return false;
            reader.Arm();
            return true;
        }
    }

    private static ArrayBufferWriter<byte> Buffer(string? text)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        if (!string.IsNullOrEmpty(text)) Encoding.UTF8.GetBytes(text, buffer);
        return buffer;
    }

    private void AddMark(byte[] json)
    {
        _entries.Add((_marks.Count << 2) | (int)Kind.Mark);
        _marks.Add(json);
        _marksHere++;
    }

    private void CatchUp(LogReader reader, IBufferWriter<byte> output)
    {
        reader.CaughtUp = true;
        var at = reader.Position;
        if (!IsHere(at))
        {
            ChatFrames.WriteJson(output, default, ChatFrames.ToJson(new ChatEvent { Type = ChatEventTypes.Reset, SessionId = _sessionId }));
            at = default;
        }
        // Nobody needs old phases: the start for somebody new, and the phase it waits in now while the next word is to come.
        var isNew = at == default || at == _base;
        var position = at;
        if (isNew && _marks.Count > 0)
        {
            position = at with { Marks = 1 };
            ChatFrames.WriteJson(output, position, _marks[0]);
        }
        position = WriteMissed(output, position, thinking: true);
        position = WriteMissed(output, position, thinking: false);
        if (_marksHere > 0 && !_ended && _lastPhase is not null && (at.Marks < _marksHere || position.Marks == 0))
        {
            position = position with { Marks = _marksHere };
            ChatFrames.WriteJson(output, position, _lastPhase);
        }
        reader.Position = position;
        // The terminal event is the last entry: it is written as a live one.
        reader.Index = _ended ? _entries.Count - 1 : _entries.Count;
    }

    /// <summary>Writes the rest of one of the two texts, merged into few events.</summary>
    /// <returns>Where the reader stands then.</returns>
    private Cursor WriteMissed(IBufferWriter<byte> output, Cursor at, bool thinking)
    {
        var text = thinking ? _thinking.WrittenSpan : _content.WrittenSpan;
        var from = thinking ? at.Thinking : at.Content;
        while (from < text.Length)
        {
            var to = Math.Min(from + MaxPiece, text.Length);
            while (!IsBoundary(text, to)) to--;
            at = thinking ? new Cursor(to, at.Content, 0) : new Cursor(at.Thinking, to, 0);
            ChatFrames.WriteText(output, at, thinking, text[from..to], _textEnd);
            from = to;
        }
        return at;
    }

    /// <summary>False for a cursor beyond the text or inside a character: it is from before a crash, or made up.</summary>
    private bool IsHere(Cursor cursor) => IsBoundary(_thinking.WrittenSpan, cursor.Thinking) && IsBoundary(_content.WrittenSpan, cursor.Content);

    private static bool IsBoundary(ReadOnlySpan<byte> text, int at) => at <= text.Length && (at == text.Length || (text[at] & 0xC0) != 0x80);

    private int WriteEntry(LogReader reader, IBufferWriter<byte> output)
    {
        var entry = _entries[reader.Index++];
        var length = entry >> 2;
        var at = reader.Position;
        switch ((Kind)(entry & 3))
        {
            case Kind.Thinking:
                reader.Position = new Cursor(at.Thinking + length, at.Content, 0);
                ChatFrames.WriteText(output, reader.Position, thinking: true, _thinking.WrittenSpan.Slice(at.Thinking, length), _textEnd);
                return length;
            case Kind.Content:
                reader.Position = new Cursor(at.Thinking, at.Content + length, 0);
                ChatFrames.WriteText(output, reader.Position, thinking: false, _content.WrittenSpan.Slice(at.Content, length), _textEnd);
                return length;
            default:
                reader.Position = at with { Marks = at.Marks + 1 };
                ChatFrames.WriteJson(output, reader.Position, _marks[length]);
                return _marks[length].Length;
        }
    }

    private void Wake(bool moreToCome)
    {
        // One waiting reader, the common case, costs no allocation. It runs on the producer's thread: its work is a copy
        // and a flush. At the end it gets a thread of its own, because a whole request is torn down then.
        LogReader? single = null;
        LogReader[]? many = null;
        lock (_gate)
        {
            foreach (var reader in _readers)
            {
                if (!reader.Disarm()) continue;
                if (single is null) single = reader;
                else many = [.. many ?? [], reader];
            }
        }
        single?.Set(news: true, inline: moreToCome);
        if (many is null) return;
        foreach (var reader in many) reader.Set(news: true, inline: false);
    }

    private LogReader[] Waiting()
    {
        lock (_gate) return [.. _readers.Where(r => r.Disarm())];
    }
}

/// <summary>What a reader does next.</summary>
internal enum ReadResult
{
    /// <summary>Flush, then read on.</summary>
    More,

    /// <summary>Flush, then wait.</summary>
    Wait,

    /// <summary>Flush; that was the terminal event.</summary>
    End,
}
