using System.Buffers;
using System.Text;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Ollama;

/// <summary>How many lines of Ollama make up a content. It is the raw representation of a content that was joined from several.</summary>
internal sealed record OllamaLines(int Count);

/// <summary>
/// Collects the text of lines that arrived together. A handful are what they are: a content for each line. More than that in one read means that the model,
/// or a network that was stuck, is faster than lines can be passed on one by one; then the text of a read is joined, and costs as much as one line.
/// </summary>
internal sealed class LineTexts
{
    /// <summary>Lines of one read that stay apart. A model writes some hundred tokens a second at the most, and a read follows the other in microseconds.</summary>
    internal const int Apart = 16;

    private const int MaxJoined = 32 * 1024;
    private readonly List<AIContent> _contents = new(1);
    private ArrayBufferWriter<byte>? _joined;
    private bool _joinedIsThinking;
    private int _joinedLines;
    private int _lines;
    private int _linesBefore;
    private bool _behind;

    public bool Any => _contents.Count > 0 || _joinedLines > 0;

    /// <summary>Time to pass on what there is, although more has arrived.</summary>
    public bool IsFull => _joined is { WrittenCount: > MaxJoined };

    /// <summary>Takes a line that brings text and nothing else. Others, and those with an escape in them, are for <see cref="ChatLine"/>.</summary>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        if (!PlainLine.TryRead(line, out var text, out var isThinking)) return false;
        if (text.IsEmpty) return true;
        if (Joins(isThinking)) _joined.Write(text);
        else _contents.Add(Content(isThinking, Encoding.UTF8.GetString(text)));
        return true;
    }

    public void Add(in ChatLine line)
    {
        if (line.Thinking is { } thinking) Add(isThinking: true, thinking);
        if (line.Content is { } text) Add(isThinking: false, text);
    }

    /// <param name="moreHasArrived">False at the end of a read: the next one shows anew whether lines come faster than they go.</param>
    public ChatResponseUpdate Take(bool moreHasArrived)
    {
        EndJoined();
        var update = new ChatResponseUpdate(ChatRole.Assistant, _contents.ToArray());
        _contents.Clear();
        if (moreHasArrived) return update;
        // A buffer is seldom used up by whole lines: after each large read comes a small one with what was left.
        _behind = _lines > Apart || _linesBefore > Apart;
        (_linesBefore, _lines) = (_lines, 0);
        return update;
    }

    private void Add(bool isThinking, string text)
    {
        if (Joins(isThinking)) Encoding.UTF8.GetBytes(text, _joined);
        else _contents.Add(Content(isThinking, text));
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(_joined))]
    private bool Joins(bool isThinking)
    {
        if (++_lines > Apart) _behind = true;
        if (!_behind) return false;
        if (_joinedIsThinking != isThinking) EndJoined();
        _joined ??= new ArrayBufferWriter<byte>(1024);
        _joinedIsThinking = isThinking;
        _joinedLines++;
        return true;
    }

    private void EndJoined()
    {
        if (_joinedLines == 0) return;
        var content = Content(_joinedIsThinking, Encoding.UTF8.GetString(_joined!.WrittenSpan));
        content.RawRepresentation = new OllamaLines(_joinedLines);
        _contents.Add(content);
        _joined.ResetWrittenCount();
        _joinedLines = 0;
    }

    private static AIContent Content(bool isThinking, string text) => isThinking ? new TextReasoningContent(text) : new TextContent(text);
}
