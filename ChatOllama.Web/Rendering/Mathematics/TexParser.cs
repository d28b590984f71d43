using System.Text;

namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>
/// Reads the TeX that models write and writes MathML. All or nothing: what is not known fails the whole formula, which is then shown
/// as its source. Every method that returns false has failed. Length, depth and output are bounded: the text comes from a model.
/// </summary>
internal sealed partial class TexParser
{
    private const int MaxLength = 4000;
    private const int MaxDepth = 24;
    private const int MaxHtml = 100_000;

    private readonly string _tex;
    private readonly StringBuilder _html = new();
    private int _at;
    private int _depth;
    private MathFont _font;
    private AtomKind _before;

    private TexParser(string tex) => _tex = tex;

    /// <summary>The rows of a formula in MathML, or null where it has something that is not known.</summary>
    public static string? ToMathMl(string tex)
    {
        if (tex.Length > MaxLength) return null;
        var parser = new TexParser(tex);
        return parser.Whole() ? parser._html.ToString() : null;
    }

    /// <summary>A formula of several lines need not say so: <c>a &amp;= b \\ &amp;= c</c> is aligned by itself.</summary>
    private bool Whole()
    {
        if (!Row() || _html.Length == 0) return false;
        if (_at == _tex.Length)
        {
            _html.Insert(0, "<mrow>").Append("</mrow>");
            return true;
        }
        if (!AtCellEnd()) return false;
        (_at, _before) = (0, AtomKind.None);
        _html.Clear();
        return Table("aligned") && _at == _tex.Length;
    }

    /// <summary>Atoms up to what ends a row: the end, a closing brace, a cell, a line or an environment.</summary>
    private bool Row(char until = '\0')
    {
        if (++_depth > MaxDepth || _html.Length > MaxHtml) return false;
        var outside = _before;
        _before = AtomKind.None;
        for (Space(); !AtRowEnd() && (until == '\0' || Current != until); Space())
            if (!ScriptedAtom()) return false;
        _before = outside;
        _depth--;
        return true;
    }

    private char Current => _at < _tex.Length ? _tex[_at] : '\0';

    private void Space()
    {
        while (_at < _tex.Length)
        {
            if (char.IsWhiteSpace(_tex[_at])) _at++;
            else if (_tex[_at] == '%') while (_at < _tex.Length && _tex[_at] != '\n') _at++;
            else return;
        }
    }

    private bool AtRowEnd() => _at >= _tex.Length || Current == '}' || AtCellEnd() || AtCommand("right") || AtCommand("middle") || AtCommand("end");

    private bool AtCellEnd() => Current == '&' || AtLineEnd();

    private bool AtLineEnd() => (Current == '\\' && _at + 1 < _tex.Length && _tex[_at + 1] == '\\') || AtCommand("cr") || AtCommand("newline");

    private bool AtCommand(string name) =>
        Current == '\\' && string.CompareOrdinal(_tex, _at + 1, name, 0, name.Length) == 0
        && (_at + 1 + name.Length >= _tex.Length || !char.IsAsciiLetter(_tex[_at + 1 + name.Length]));

    private bool Take(string text)
    {
        if (string.CompareOrdinal(_tex, _at, text, 0, text.Length) != 0) return false;
        _at += text.Length;
        return true;
    }

    /// <summary>The letters after a backslash, or the one character.</summary>
    private string CommandName()
    {
        var start = ++_at;
        while (char.IsAsciiLetter(Current)) _at++;
        if (_at == start && _at < _tex.Length) _at++;
        return _tex[start.._at];
    }

    private bool ScriptedAtom()
    {
        var start = _html.Length;
        var kind = AtomKind.Ordinary;
        if (Current is '^' or '_' or '\'') _html.Append("<mrow></mrow>");
        else if (!Atom(out kind)) return false;
        if (kind == AtomKind.Space) return true;
        if (!Scripted(start, kind)) return false;
        if (kind == AtomKind.Function) SpaceAfterName();
        _before = kind;
        return true;
    }

    /// <summary>What stands above and below, in whatever order it is written.</summary>
    private bool Scripted(int start, AtomKind kind)
    {
        var stacked = kind == AtomKind.Big;
        string? below = null, above = null;
        var primes = 0;
        while (true)
        {
            Space();
            if (AtCommand("limits")) (stacked, _at) = (true, _at + 7);
            else if (AtCommand("nolimits")) (stacked, _at) = (false, _at + 9);
            else if (Current == '\'' && above is null && ++primes < 5) _at++;
            else if (Current == '_' && below is null)
            {
                if ((below = Script()) is null) return false;
            }
            else if (Current == '^' && above is null)
            {
                if ((above = Script()) is null) return false;
            }
            else break;
        }
        // A second superscript or subscript is an error in TeX too.
        if (Current is '^' or '_' or '\'') return false;
        if (primes > 0)
        {
            var marks = $"<mo>{new string('′', primes)}</mo>";
            above = above is null ? marks : $"<mrow>{marks}{above}</mrow>";
        }
        Wrap(start, stacked, below, above);
        return true;
    }

    private void Wrap(int start, bool stacked, string? below, string? above)
    {
        var tag = (below, above) switch
        {
            (null, null) => null,
            (_, null) => stacked ? "munder" : "msub",
            (null, _) => stacked ? "mover" : "msup",
            _ => stacked ? "munderover" : "msubsup",
        };
        if (tag is null) return;
        _html.Insert(start, $"<{tag}>").Append(below).Append(above).Append("</").Append(tag).Append('>');
    }

    private string? Script()
    {
        _at++;
        var start = _html.Length;
        if (!Argument()) return null;
        var script = _html.ToString(start, _html.Length - start);
        _html.Length = start;
        return script;
    }

    /// <summary>One argument as one element: a group, or a single sign.</summary>
    private bool Argument()
    {
        Space();
        if (_at >= _tex.Length || AtRowEnd()) return false;
        if (Current == '{') return Group("mrow");
        var outside = _before;
        _before = AtomKind.None;
        if (char.IsAsciiDigit(Current))
        {
            Leaf("mn", MathAlphabet.Map(_tex[_at++], _font));
            return true;
        }
        if (Current is '^' or '_' or '\'' || ++_depth > MaxDepth) return false;
        var start = _html.Length;
        if (!Atom(out _)) return false;
        _html.Insert(start, "<mrow>").Append("</mrow>");
        _depth--;
        _before = outside;
        return true;
    }

    private bool Group(string tag, string attributes = "")
    {
        if (!Take("{")) return false;
        _html.Append('<').Append(tag).Append(attributes).Append('>');
        var font = _font;
        if (!Row() || !Take("}")) return false;
        _font = font;
        _html.Append("</").Append(tag).Append('>');
        return true;
    }

    /// <summary>One sign, group or command, without its scripts.</summary>
    private bool Atom(out AtomKind kind)
    {
        kind = AtomKind.Ordinary;
        var c = Current;
        if (c == '{') return Group("mrow");
        if (c == '\\') return Command(CommandName(), out kind);
        if (char.IsDigit(c)) return Number();
        if (char.IsLetter(c)) return Letter();
        if (char.IsHighSurrogate(c) && _at + 1 < _tex.Length && char.IsLowSurrogate(_tex[_at + 1]))
        {
            Leaf("mi", _tex.Substring(_at, 2));
            _at += 2;
            return true;
        }
        return Sign(c, out kind);
    }

    private bool Letter()
    {
        var c = _tex[_at++];
        if (_font is MathFont.Upright) Leaf("mi", c.ToString(), " mathvariant=\"normal\"");
        else Leaf("mi", MathAlphabet.Map(c, _font));
        return true;
    }

    /// <summary>Digits with a point in them, and a comma before three more digits.</summary>
    private bool Number()
    {
        var start = _at;
        while (char.IsDigit(Current) || (Current == '.' && DigitsAfter(1)) || (Current == ',' && DigitsAfter(3) && !DigitsAfter(4))) _at++;
        Leaf("mn", string.Concat(_tex[start.._at].Select(c => MathAlphabet.Map(c, _font))));
        return true;
    }

    private bool DigitsAfter(int count) => _at + count < _tex.Length && _tex.AsSpan(_at + 1, count).IndexOfAnyExceptInRange('0', '9') < 0;

    private bool Sign(char c, out AtomKind kind)
    {
        (kind, var text) = c switch
        {
            '-' => (AtomKind.Operator, "−"),
            '*' => (AtomKind.Operator, "∗"),
            '+' or '·' or '×' or '÷' or '±' or '−' => (AtomKind.Operator, c.ToString()),
            '=' or '<' or '>' or ':' or '≤' or '≥' or '≠' or '≈' or '→' or '∈' => (AtomKind.Relation, c.ToString()),
            '(' or '[' => (AtomKind.Open, c.ToString()),
            ')' or ']' or '!' or '?' => (AtomKind.Close, c.ToString()),
            '|' or '/' or ',' or ';' or '.' or '"' or '@' => (AtomKind.Punctuation, c.ToString()),
            '~' => (AtomKind.Space, " "),
            _ => (AtomKind.None, ""),
        };
        // What is left is either a character of TeX's own in a wrong place, or one that formulas do not have.
        if (kind == AtomKind.None && (c < 0x80 || char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format)) return false;
        _at++;
        if (kind == AtomKind.Space) _html.Append("<mspace width=\"0.333em\"></mspace>");
        else if (kind == AtomKind.None) (kind, _) = (AtomKind.Ordinary, Leaf("mo", c.ToString()));
        else Operator(text, kind);
        return true;
    }

    /// <summary>Brackets keep their size here, only <c>\left</c> and its like make them grow. A sign without a left neighbour belongs to the right one.</summary>
    private void Operator(string text, AtomKind kind)
    {
        var attributes = kind switch
        {
            AtomKind.Open => " stretchy=\"false\" form=\"prefix\"",
            AtomKind.Close => " stretchy=\"false\" form=\"postfix\"",
            AtomKind.Punctuation when text is "|" or "‖" => " stretchy=\"false\" lspace=\"0\" rspace=\"0\"",
            AtomKind.Punctuation when text is "/" or "." or "\\" or "@" or "\"" => " lspace=\"0\" rspace=\"0\"",
            AtomKind.Operator when _before is AtomKind.None or AtomKind.Operator or AtomKind.Relation or AtomKind.Open or AtomKind.Punctuation => " form=\"prefix\"",
            AtomKind.Operator or AtomKind.Relation => " form=\"infix\" stretchy=\"false\"",
            _ => "",
        };
        Leaf("mo", text, attributes);
    }

    /// <summary>A sine and its like stand off from what they are applied to, unless that has a bracket.</summary>
    private void SpaceAfterName()
    {
        Space();
        if (_at < _tex.Length && Current is not ('(' or '[' or ')' or ']' or '}' or '&' or ',' or '|' or '/' or '=') && !AtCommand("left") && !AtRowEnd())
            _html.Append("<mspace width=\"0.167em\"></mspace>");
    }

    private bool Leaf(string tag, string text, string attributes = "")
    {
        _html.Append('<').Append(tag).Append(attributes).Append('>');
        Highlighter.AppendEscaped(_html, text);
        _html.Append("</").Append(tag).Append('>');
        return true;
    }
}
