using System.Buffers;
using System.Text;

namespace ChatOllama.Web.Rendering;

/// <summary>
/// Colours code with classes (<c>k</c> keyword, <c>s</c> string, <c>n</c> number, <c>c</c> comment, <c>f</c> function or name;
/// <c>add</c>/<c>del</c> lines of a diff). One pass without regular expressions: the code comes from a model, and patterns that
/// backtrack can be made to hang.
/// </summary>
internal ref struct Highlighter
{
    /// <summary>Longer blocks stay plain: nobody reads them for their colours.</summary>
    private const int MaxLength = 100_000;
    private static readonly SearchValues<char> Special = SearchValues.Create("<>&\"'");

    private readonly Grammar _grammar;
    private readonly ReadOnlySpan<char> _code;
    private readonly StringBuilder _html;
    private int _at;
    private bool _lineStart;

    private Highlighter(Grammar grammar, string code)
    {
        _grammar = grammar;
        _code = code;
        _html = new StringBuilder(code.Length * 2);
        _lineStart = true;
    }

    public static string ToHtml(string code, string language)
    {
        if (code.Length > MaxLength || Grammar.For(language) is not { } grammar)
        {
            var plain = new StringBuilder(code.Length + 32);
            AppendEscaped(plain, code);
            return plain.ToString();
        }
        var highlighter = new Highlighter(grammar, code);
        highlighter.Run();
        return highlighter._html.ToString();
    }

    /// <summary>Escapes for text and attributes alike.</summary>
    public static void AppendEscaped(StringBuilder html, ReadOnlySpan<char> text)
    {
        while (text.Length > 0)
        {
            var plain = text.IndexOfAny(Special);
            if (plain < 0) plain = text.Length;
            html.Append(text[..plain]);
            if (plain == text.Length) return;
            html.Append(text[plain] switch { '<' => "&lt;", '>' => "&gt;", '&' => "&amp;", '"' => "&quot;", _ => "&#39;" });
            text = text[(plain + 1)..];
        }
    }

    private void Run()
    {
        while (_at < _code.Length)
        {
            if (_grammar.Diff) DiffLine();
            else if (TryComment() || (_grammar.Markup ? TryTag() : TryString() || TryWord() || TryNumber())) _lineStart = false;
            else Plain();
        }
    }

    private void Plain()
    {
        var c = _code[_at];
        if (c == '\n') _lineStart = true;
        else if (c is not (' ' or '\t' or '-')) _lineStart = false;
        AppendEscaped(_html, _code.Slice(_at++, 1));
    }

    private void Emit(string kind, int length)
    {
        _html.Append("<span class=\"").Append(kind).Append("\">");
        AppendEscaped(_html, _code.Slice(_at, length));
        _html.Append("</span>");
        _at += length;
    }

    private bool TryComment()
    {
        var rest = _code[_at..];
        foreach (var (open, close) in _grammar.BlockComments)
        {
            if (!rest.StartsWith(open)) continue;
            var end = rest[open.Length..].IndexOf(close);
            Emit("c", end < 0 ? rest.Length : open.Length + end + close.Length);
            return true;
        }
        foreach (var start in _grammar.LineComments)
        {
            if (!rest.StartsWith(start) || (start.Length == 1 && _at > 0 && !char.IsWhiteSpace(_code[_at - 1]))) continue;
            var end = rest.IndexOf('\n');
            Emit("c", end < 0 ? rest.Length : end);
            return true;
        }
        return false;
    }

    private bool TryString()
    {
        var rest = _code[_at..];
        foreach (var delimiter in _grammar.Strings)
        {
            if (!rest.StartsWith(delimiter)) continue;
            var length = StringLength(rest, delimiter);
            Emit(IsKey(rest, length) ? "f" : "s", length);
            return true;
        }
        return false;
    }

    private static int StringLength(ReadOnlySpan<char> rest, string delimiter)
    {
        var manyLines = delimiter.Length > 1 || delimiter == "`";
        for (var i = delimiter.Length; i < rest.Length; i++)
        {
            if (rest[i] == '\\') i++;
            else if (rest[i] == '\n' && !manyLines) return i;
            else if (rest[i..].StartsWith(delimiter)) return i + delimiter.Length;
        }
        return rest.Length;
    }

    /// <summary>A JSON property name.</summary>
    private readonly bool IsKey(ReadOnlySpan<char> rest, int length) =>
        _grammar.Strings.Length == 1 && rest[length..].TrimStart(' ').StartsWith(":");

    private bool TryWord()
    {
        var rest = _code[_at..];
        if (!(char.IsLetter(rest[0]) || rest[0] is '_' or '#' or '$' or '@')) return false;
        var length = 1;
        while (length < rest.Length && (char.IsLetterOrDigit(rest[length]) || rest[length] == '_' || (_grammar.KeysAtLineStart && rest[length] is '-' or '.'))) length++;
        var kind = KindOf(rest, length);
        if (kind is not null) Emit(kind, length);
        else
        {
            AppendEscaped(_html, rest[..length]);
            _at += length;
        }
        return true;
    }

    private readonly string? KindOf(ReadOnlySpan<char> rest, int length)
    {
        var word = rest[..length].ToString();
        if (_grammar.Keywords.Contains(_grammar.IgnoreCase ? word.ToLowerInvariant() : word)) return "k";
        if (_grammar.KeysAtLineStart) return _lineStart && rest[length..].TrimStart(' ') is [':' or '=', ..] ? "f" : null;
        return length < rest.Length && rest[length] == '(' ? "f" : null;
    }

    private bool TryNumber()
    {
        var rest = _code[_at..];
        if (!char.IsAsciiDigit(rest[0])) return false;
        var length = 1;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit(rest[length]) || rest[length] is '.' or '_')) length++;
        Emit("n", length);
        return true;
    }

    private bool TryTag()
    {
        var rest = _code[_at..];
        if (rest is not ['<', ..] || rest.Length < 2 || !(char.IsLetter(rest[1]) || rest[1] is '/' or '!' or '?')) return false;
        var name = 1;
        while (name < rest.Length && (char.IsLetterOrDigit(rest[name]) || rest[name] is '/' or '!' or '?' or '-' or ':' or '.')) name++;
        Emit("k", name);
        while (_at < _code.Length && _code[_at] != '>')
        {
            if (_code[_at] is '"' or '\'') Emit("s", Math.Max(1, AttributeLength()));
            else AppendEscaped(_html, _code.Slice(_at++, 1));
        }
        if (_at < _code.Length) Emit("k", 1);
        return true;
    }

    private readonly int AttributeLength()
    {
        var end = _code[(_at + 1)..].IndexOf(_code[_at]);
        return end < 0 ? _code.Length - _at : end + 2;
    }

    private void DiffLine()
    {
        var rest = _code[_at..];
        var end = rest.IndexOf('\n');
        var length = end < 0 ? rest.Length : end;
        var kind = length == 0 ? null : rest[0] switch { '+' => "add", '-' => "del", '@' => "f", _ => null };
        if (kind is not null) Emit(kind, length);
        else
        {
            AppendEscaped(_html, rest[..length]);
            _at += length;
        }
        if (_at < _code.Length) AppendEscaped(_html, _code.Slice(_at++, 1));
    }
}
