using System.Text;
using ChatOllama.Web.Rendering.Mathematics;

namespace ChatOllama.Web.Rendering;

/// <summary>
/// What to show of a text that is still being written: a half-written fence, table, link or emphasis is held back or closed,
/// so that nothing on the page turns from garbage into something else a moment later. Only for display: the finished text
/// never passes through here.
/// </summary>
internal static class TailRepair
{
    /// <summary>A formula appears as a whole; what is longer than this is shown as it comes.</summary>
    private const int LongFormula = 2000;

    public static string ForDisplay(string tail)
    {
        if (tail.Length > 0 && char.IsHighSurrogate(tail[^1])) tail = tail[..^1];
        var lastLine = tail.LastIndexOf('\n') + 1;
        var (fence, start, closed) = OpenFence(tail.AsSpan(0, lastLine));
        if (fence is '$' or '\\') return tail.Length - start > LongFormula ? tail : tail[..start].TrimEnd('\n');
        var partial = tail.AsSpan(lastLine).Trim();
        if (fence != '\0') return partial.Length > 0 && partial.Trim(fence).Length == 0 ? tail[..lastLine] : tail;
        if (IsUndecided(partial)) tail = tail[..lastLine];
        tail = tail[..TableStart(tail)];
        return InlineRepair.Close(tail, Math.Min(closed, tail.Length));
    }

    /// <summary>The mark of the code or the formula that is open after these complete lines, or NUL; where its line begins; and where the last one that is closed ends.</summary>
    private static (char Mark, int Start, int Closed) OpenFence(ReadOnlySpan<char> lines)
    {
        var (open, count, start, closed) = ('\0', 0, 0, 0);
        foreach (var range in lines.Split('\n'))
        {
            var line = lines[range];
            if (open is '$' or '\\')
            {
                if (DisplayMathParser.Closes(line, open) || (DisplayMathParser.EndsAtBlank(open) && line.Trim().Length == 0 && range.End.Value < lines.Length)) (open, closed) = ('\0', Math.Min(range.End.Value + 1, lines.Length));
                continue;
            }
            var text = open == '\0' ? AfterMarkers(line) : line.TrimStart(" \t>");
            if (text.Length < 2 || text[0] is not ('`' or '~' or '$' or '\\')) continue;
            if (text[0] is '$' or '\\')
            {
                if (open == '\0' && DisplayMathParser.LeavesOpen(text)) (open, start) = (text[0], range.Start.Value);
                continue;
            }
            var run = text.Length - text.TrimStart(text[0]).Length;
            if (run < 3) continue;
            var rest = text[run..].Trim();
            if (open == '\0')
            {
                if (rest.IndexOf(text[0]) < 0) (open, count, start) = (text[0], run, range.Start.Value);
            }
            else if (text[0] == open && run >= count && rest.Length == 0) (open, closed) = ('\0', Math.Min(range.End.Value + 1, lines.Length));
        }
        return (open, start, closed);
    }

    /// <summary>The line without the quote and list markers in front.</summary>
    internal static ReadOnlySpan<char> AfterMarkers(ReadOnlySpan<char> line)
    {
        while (true)
        {
            line = line.TrimStart(" \t>");
            var digits = line.Length - line.TrimStart("0123456789").Length;
            var marker = digits is > 0 and < 10 && line.Length > digits && line[digits] is '.' or ')' ? digits + 1
                : line is ['-' or '*' or '+', ..] ? 1 : 0;
            if (marker == 0 || line.Length <= marker || line[marker] is not (' ' or '\t')) return line;
            line = line[marker..];
        }
    }

    /// <summary>True while the line may still become a fence, a heading, a list item or a rule: nobody can tell yet.</summary>
    private static bool IsUndecided(ReadOnlySpan<char> line)
    {
        if (line.Length == 0) return false;
        line = AfterMarkers(line);
        if (line.Length == 0) return true;
        if (line.StartsWith("```") || line.StartsWith("~~~")) return true;
        if (line.Length <= 3 && line.Trim("`~$-*_=+#>|\\![ ]").Length == 0) return true;
        if (line[0] == '#' && line.Trim('#').Length == 0) return true;
        return line.Length <= 10 && line.TrimEnd(".)").TrimStart("0123456789").Length == 0;
    }

    /// <summary>Where a table begins whose second row, the line of dashes, is not there yet; else the end of the text.</summary>
    private static int TableStart(string text)
    {
        var end = text.Length;
        var start = end;
        var complete = 0;
        while (start > 0)
        {
            var lineEnd = text[start - 1] == '\n' ? start - 1 : start;
            var lineStart = lineEnd == 0 ? 0 : text.LastIndexOf('\n', lineEnd - 1) + 1;
            var line = text.AsSpan(lineStart, lineEnd - lineStart).Trim();
            if (line is not ['|', ..]) break;
            if (lineEnd < text.Length) complete++;
            if (complete > 1) return end;
            start = lineStart;
        }
        if (start == end) return DanglingDashes(text);
        return start;
    }

    /// <summary>A table without pipes at the edge: hold back the line of dashes until it is complete.</summary>
    private static int DanglingDashes(string text)
    {
        var last = text.LastIndexOf('\n') + 1;
        if (last < 2 || last == text.Length || text.AsSpan(last).Trim("-:| ").Length > 0) return text.Length;
        var previous = text.AsSpan(text.LastIndexOf('\n', last - 2) + 1, last - 1 - (text.LastIndexOf('\n', last - 2) + 1));
        return previous.Contains('|') ? last : text.Length;
    }
}

/// <summary>Closes what is open in the last run of inline text.</summary>
internal static class InlineRepair
{
    /// <param name="from">No mark before it can still be closed.</param>
    public static string Close(string text, int from = 0)
    {
        var start = Math.Max(from, RunStart(text));
        var trimmed = text.AsSpan(start).TrimEnd();
        if (trimmed is ['!'] or [.., ' ' or '\n', '!']) return text[..(start + trimmed.Length - 1)];
        if (trimmed.Length == 0) return text;
        var run = trimmed.ToString();
        var open = new Stack<(char Mark, int Count)>();
        var bracket = -1;
        for (var i = 0; i < run.Length;)
        {
            var c = run[i];
            if (c is '\\' or '$')
            {
                var length = FormulaLength(run, i);
                if (length < 0) return text[..start] + run[..i].TrimEnd() + Closers(open);
                i += length;
            }
            else if (c == '`')
            {
                var ticks = CountOf(run, i);
                var close = FindTicks(run, i + ticks, ticks);
                if (close < 0) return text[..start] + CloseCode(run, i, ticks) + Closers(open);
                i = close + ticks;
            }
            else if (c == '[') bracket = i++;
            else if (c == ']' && bracket >= 0)
            {
                var end = EndOfLink(run, i);
                if (end < 0) return text[..start] + Unlink(run, bracket, i) + Closers(open);
                (bracket, i) = (-1, end);
            }
            else if (c is '*' or '_' or '~')
            {
                var count = CountOf(run, i);
                if (i + count == run.Length) return text[..start] + Dangling(run[..i], c, count, open);
                Mark(run, i, count, open);
                i += count;
            }
            else i++;
        }
        if (bracket >= 0 && run.Length - bracket < 300) run = Unlink(run, bracket, run.Length);
        var closers = Closers(open);
        return run.Length == trimmed.Length && closers.Length == 0 ? text : text[..start] + run.TrimEnd() + closers;
    }

    /// <summary>Emphasis does not reach over a blank line, a heading, a list item or a table row.</summary>
    private static int RunStart(string text)
    {
        var at = text.AsSpan().TrimEnd('\n').Length;
        while (at > 0)
        {
            var lineStart = text.LastIndexOf('\n', at - 1) + 1;
            var line = text.AsSpan(lineStart, at - lineStart);
            var content = TailRepair.AfterMarkers(line);
            if (line.Trim().Length == 0) return at;
            if (content.Length < line.Length || content is ['#' or '|', ..]) return lineStart + (line.Length - content.Length);
            if (lineStart == 0) return 0;
            at = lineStart - 1;
        }
        return 0;
    }

    /// <summary>How far to go on from a backslash or a dollar sign; negative where a formula begins whose end is not there yet.</summary>
    private static int FormulaLength(string run, int at)
    {
        var rest = run.AsSpan(at);
        if (rest.Length == 1) return -1;
        if (rest[0] == '\\') return MathSpans.BackslashLength(rest) is var escaped && escaped == MathSpans.None ? 2 : escaped;
        var length = MathSpans.DollarLength(at == 0 ? ' ' : run[at - 1], rest);
        // Whether the sign at the very end closes depends on what comes next: a digit behind it makes two prices of it.
        if (length == rest.Length && rest[1] != '$') return -1;
        return length == MathSpans.None ? 1 : length;
    }

    private static int CountOf(string run, int at)
    {
        var end = at;
        while (end < run.Length && run[end] == run[at]) end++;
        return end - at;
    }

    private static int FindTicks(string run, int from, int ticks)
    {
        while (from < run.Length)
        {
            var at = run.IndexOf('`', from);
            if (at < 0) return -1;
            var count = CountOf(run, at);
            if (count == ticks) return at;
            from = at + count;
        }
        return -1;
    }

    private static string CloseCode(string run, int at, int ticks)
    {
        var inside = run[(at + ticks)..].TrimEnd('`');
        return inside.Trim().Length == 0 ? run[..at].TrimEnd() : run[..(at + ticks)] + inside + new string('`', ticks);
    }

    /// <summary>Past the address after the label that ends here; past the bracket where none follows; -1 while it is unfinished.</summary>
    private static int EndOfLink(string run, int bracketEnd)
    {
        if (bracketEnd + 1 >= run.Length) return -1;
        if (run[bracketEnd + 1] != '(') return bracketEnd + 1;
        var depth = 0;
        for (var i = bracketEnd + 1; i < run.Length; i++)
        {
            if (run[i] == '\\') i++;
            else if (run[i] == '(') depth++;
            else if (run[i] == ')' && --depth == 0) return i + 1;
        }
        return -1;
    }

    /// <summary>Shows the label only.</summary>
    private static string Unlink(string run, int bracket, int labelEnd)
    {
        var before = bracket > 0 && run[bracket - 1] == '!' ? bracket - 1 : bracket;
        return run[..before] + run[(bracket + 1)..labelEnd];
    }

    private static void Mark(string run, int at, int count, Stack<(char Mark, int Count)> open)
    {
        var before = at == 0 ? ' ' : run[at - 1];
        var after = run[at + count];
        if (run[at] == '_' && char.IsLetterOrDigit(before) && char.IsLetterOrDigit(after)) return;
        if (run[at] == '~' && count < 2) return;
        if (!char.IsWhiteSpace(before) && open.TryPeek(out var top) && top.Mark == run[at])
        {
            open.Pop();
            if (top.Count > count) open.Push((top.Mark, top.Count - count));
        }
        else if (!char.IsWhiteSpace(after)) open.Push((run[at], count));
    }

    /// <summary>Marks at the very end either close what is open or open what nobody sees yet.</summary>
    private static string Dangling(string run, char mark, int count, Stack<(char Mark, int Count)> open)
    {
        var closes = open.TryPeek(out var top) && top.Mark == mark;
        if (!closes && run.Length > 0 && mark == '_' && char.IsLetterOrDigit(run[^1])) return run + new string(mark, count) + Closers(open);
        return run.TrimEnd() + Closers(open);
    }

    private static string Closers(Stack<(char Mark, int Count)> open)
    {
        if (open.Count == 0) return "";
        var closers = new StringBuilder();
        foreach (var (mark, count) in open) closers.Append(mark, count);
        return closers.ToString();
    }
}
