namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>The commands that take arguments.</summary>
internal sealed partial class TexParser
{
    private bool Command(string name, out AtomKind kind)
    {
        kind = AtomKind.Ordinary;
        if (TexSymbols.TryGet(name, out var symbol)) return Symbol(symbol, out kind);
        if (SpaceOf(name) is { } width)
        {
            kind = AtomKind.Space;
            if (width.Length > 0) _html.Append("<mspace width=\"").Append(width).Append("\"></mspace>");
            return true;
        }
        if (MathAlphabet.Named(name) is { } font) return InFont(font);
        if (AccentOf(name) is { } accent) return Accent(accent, over: true);
        kind = name is "overset" or "underset" or "stackrel" or "xrightarrow" or "xleftarrow" or "not" or "mathrel" ? AtomKind.Relation
            : name is "operatorname" or "pmod" ? AtomKind.Function
            : name is "mathop" or "operatorname*" or "underbrace" or "overbrace" ? AtomKind.Big
            : name is "mathbin" ? AtomKind.Operator : AtomKind.Ordinary;
        return name switch
        {
            "frac" or "tfrac" => Two("<mfrac>", "</mfrac>"),
            "dfrac" or "cfrac" => Two("<mstyle displaystyle=\"true\"><mfrac>", "</mfrac></mstyle>"),
            "binom" or "dbinom" or "tbinom" => Two("<mrow><mo>(</mo><mfrac linethickness=\"0\">", "</mfrac><mo>)</mo></mrow>"),
            "sqrt" => Root(),
            "left" => Fence(),
            "begin" => Environment(),
            "text" or "textrm" or "textnormal" or "mbox" or "textup" or "textsf" or "hbox" => Text(""),
            "textbf" => Text(" class=\"strong\""),
            "textit" or "emph" => Text(" class=\"em\""),
            "texttt" => Text(" class=\"mono\""),
            "operatorname" => OperatorName(out kind),
            "overline" or "bar" or "widebar" => Accent("‾", over: true),
            "underline" => Accent("_", over: false),
            "overbrace" => Accent("⏞", over: true),
            "underbrace" => Accent("⏟", over: false),
            "overset" or "stackrel" => Stack("mover"),
            "underset" => Stack("munder"),
            "xrightarrow" => LongArrow("→"),
            "xleftarrow" => LongArrow("←"),
            "not" => Not(),
            "pmod" => Around("<mspace width=\"0.4em\"></mspace><mo stretchy=\"false\">(</mo><mi>mod</mi><mspace width=\"0.333em\"></mspace>", "<mo stretchy=\"false\">)</mo>"),
            "boxed" or "fbox" => Around("<mrow class=\"boxed\">", "</mrow>"),
            "phantom" or "hphantom" or "vphantom" => Around("<mphantom>", "</mphantom>"),
            "mathop" or "mathbin" or "mathrel" or "mathord" or "mathopen" or "mathclose" or "mathinner" or "smash" or "mathstrut" => Argument(),
            "substack" => Substack(),
            "tag" => Tag(),
            "displaystyle" or "textstyle" => Style(name == "displaystyle"),
            "color" => SkipGroup(),
            "textcolor" => SkipGroup() && Argument(),
            "big" or "bigl" or "bigr" or "bigm" => Sized("1.2em"),
            "Big" or "Bigl" or "Bigr" or "Bigm" => Sized("1.8em"),
            "bigg" or "biggl" or "biggr" or "biggm" => Sized("2.4em"),
            "Bigg" or "Biggl" or "Biggr" or "Biggm" => Sized("3em"),
            _ => false,
        };
    }

    private bool Symbol(TexSymbol symbol, out AtomKind kind)
    {
        kind = symbol.Kind;
        switch (kind)
        {
            case AtomKind.Ordinary:
                Leaf("mi", _font == MathFont.Bold && symbol.Text.Length == 1 ? MathAlphabet.Map(symbol.Text[0], _font) : symbol.Text, IsUpright(symbol.Text) ? " mathvariant=\"normal\"" : "");
                return true;
            case AtomKind.Function:
                NamedOperator(symbol.Text);
                return true;
            case AtomKind.Big when symbol.Text.Length > 1:
                SpaceBeforeName();
                Leaf("mo", symbol.Text switch { "limsup" => "lim sup", "liminf" => "lim inf", "argmax" => "arg max", "argmin" => "arg min", _ => symbol.Text }, " movablelimits=\"true\" form=\"prefix\" rspace=\"0.167em\"");
                return true;
            case AtomKind.Big or AtomKind.Integral:
                Leaf("mo", symbol.Text);
                return true;
            default:
                Operator(symbol.Text, kind);
                return true;
        }
    }

    /// <summary>Capital Greek letters stand upright in TeX, small ones do not.</summary>
    private static bool IsUpright(string text) => text is [>= 'Α' and <= 'Ω'];

    private void NamedOperator(string name)
    {
        SpaceBeforeName();
        Leaf("mi", name, name.Length == 1 ? " mathvariant=\"normal\"" : "");
    }

    private void SpaceBeforeName()
    {
        if (_before is AtomKind.Ordinary or AtomKind.Close or AtomKind.Function) _html.Append("<mspace width=\"0.167em\"></mspace>");
    }

    /// <summary>Null for a command that is no space; empty for one that leaves no trace.</summary>
    private static string? SpaceOf(string name) => name switch
    {
        "," or "thinspace" => "0.167em",
        ":" or ">" or "medspace" => "0.222em",
        ";" or "thickspace" => "0.278em",
        " " or "\n" or "space" or "nobreakspace" => "0.333em",
        "quad" => "1em",
        "qquad" => "2em",
        "!" or "negthinspace" or "nonumber" or "notag" or "hfill" or "allowbreak" or "nobreak" or "relax" or "/" or "scriptstyle" or "rm" => "",
        _ => null,
    };

    private static string? AccentOf(string name) => name switch
    {
        "hat" or "widehat" => "^",
        "tilde" or "widetilde" => "~",
        "vec" or "overrightarrow" => "→",
        "overleftarrow" => "←",
        "overleftrightarrow" => "↔",
        "dot" => "˙",
        "ddot" => "¨",
        "dddot" => "⃛",
        "check" => "ˇ",
        "breve" => "˘",
        "acute" => "´",
        "grave" => "`",
        "mathring" => "˚",
        _ => null,
    };

    private bool Accent(string mark, bool over)
    {
        var tag = over ? "mover" : "munder";
        _html.Append('<').Append(tag).Append(over ? " accent=\"true\">" : " accentunder=\"true\">");
        if (!Argument()) return false;
        // Over a single sign an arrow or a hat keeps its size; a line always grows.
        Leaf("mo", mark, mark is "^" or "~" or "→" ? Stretch() : mark is "‾" or "_" or "⏞" or "⏟" or "←" or "↔" ? " stretchy=\"true\"" : " stretchy=\"false\"");
        _html.Append("</").Append(tag).Append('>');
        return true;

        string Stretch() => _tex.AsSpan(0, _at).EndsWith("}") && _tex[..(_at - 1)].LastIndexOf('{') is var open && _at - open > 4 ? " stretchy=\"true\"" : " stretchy=\"false\"";
    }

    private bool InFont(MathFont font)
    {
        var outside = _font;
        _font = font;
        if (!Argument()) return false;
        _font = outside;
        return true;
    }

    private bool Two(string open, string close)
    {
        _html.Append(open);
        if (!Argument() || !Argument()) return false;
        _html.Append(close);
        return true;
    }

    private bool Around(string open, string close)
    {
        _html.Append(open);
        if (!Argument()) return false;
        _html.Append(close);
        return true;
    }

    private bool Root()
    {
        Space();
        if (Current != '[') return Around("<msqrt>", "</msqrt>");
        _at++;
        var start = _html.Length;
        if (!Row(']') || !Take("]")) return false;
        var index = _html.ToString(start, _html.Length - start);
        _html.Length = start;
        return Around("<mroot>", $"<mrow>{index}</mrow></mroot>");
    }

    /// <summary><c>\left( … \middle| … \right)</c>.</summary>
    private bool Fence()
    {
        _html.Append("<mrow>");
        if (!Delimiter("prefix") || !Row()) return false;
        while (AtCommand("middle"))
        {
            _at += 7;
            if (!Delimiter("infix") || !Row()) return false;
        }
        if (!AtCommand("right")) return false;
        _at += 6;
        if (!Delimiter("postfix")) return false;
        _html.Append("</mrow>");
        return true;
    }

    private bool Delimiter(string form)
    {
        if (!TakeDelimiter(out var text)) return false;
        if (text.Length > 0) Leaf("mo", text, $" stretchy=\"true\" fence=\"true\" form=\"{form}\"");
        return true;
    }

    private bool TakeDelimiter(out string text)
    {
        Space();
        text = "";
        if (_at >= _tex.Length) return false;
        var token = Current == '\\' ? "\\" + CommandName() : _tex[_at++].ToString();
        return token == "." || TexSymbols.TryGetDelimiter(token, out text);
    }

    private bool Sized(string size)
    {
        if (!TakeDelimiter(out var text) || text.Length == 0) return false;
        Leaf("mo", text, $" stretchy=\"true\" symmetric=\"true\" minsize=\"{size}\" maxsize=\"{size}\" lspace=\"0\" rspace=\"0\"");
        return true;
    }

    private bool Stack(string tag)
    {
        _html.Append('<').Append(tag).Append('>');
        var start = _html.Length;
        if (!Argument()) return false;
        var mark = _html.ToString(start, _html.Length - start);
        _html.Length = start;
        return Around("", $"{mark}</{tag}>");
    }

    private bool LongArrow(string arrow)
    {
        Space();
        string? below = null;
        if (Take("["))
        {
            var start = _html.Length;
            if (!Row(']') || !Take("]")) return false;
            below = $"<mrow>{_html.ToString(start, _html.Length - start)}</mrow>";
            _html.Length = start;
        }
        _html.Append(below is null ? "<mover>" : "<munderover>").Append("<mo stretchy=\"true\">").Append(arrow).Append("</mo>").Append(below);
        if (!Argument()) return false;
        _html.Append(below is null ? "</mover>" : "</munderover>");
        return true;
    }

    /// <summary>Strikes the sign that follows, with the character that combines with it.</summary>
    private bool Not()
    {
        Space();
        var text = Current == '\\' && TexSymbols.TryGet(CommandName(), out var symbol) && symbol.Kind == AtomKind.Relation ? symbol.Text
            : Current is '=' or '<' or '>' ? _tex[_at++].ToString() : "";
        return text.Length > 0 && Leaf("mo", text + "\u0338", " form=\"infix\"");
    }

    private bool Style(bool display)
    {
        _html.Append("<mstyle displaystyle=\"").Append(display ? "true" : "false").Append("\">");
        if (!Row()) return false;
        _html.Append("</mstyle>");
        return true;
    }

    private bool Tag()
    {
        _html.Append("<mspace width=\"2em\"></mspace><mtext>(</mtext>");
        if (!Text("")) return false;
        _html.Append("<mtext>)</mtext>");
        return true;
    }

    private bool OperatorName(out AtomKind kind)
    {
        kind = Take("*") ? AtomKind.Big : AtomKind.Function;
        Space();
        if (Words() is not { Length: > 0 } name) return false;
        if (kind == AtomKind.Function) NamedOperator(name);
        else Leaf("mo", name, " movablelimits=\"true\" form=\"prefix\" rspace=\"0.167em\"");
        return true;
    }

    private bool Text(string attributes)
    {
        Space();
        if (Words() is not { } text) return false;
        // Spaces at the edge of an element would be dropped.
        Leaf("mtext", text.Replace(' ', '\u00A0'), attributes);
        return true;
    }

    /// <summary>Plain words in braces. Null where there is more in them: mathematics, commands.</summary>
    private string? Words()
    {
        if (!Take("{")) return null;
        var text = new System.Text.StringBuilder();
        for (; _at < _tex.Length && Current != '}'; _at++)
        {
            if (Current is '$' or '{') return null;
            if (Current == '\\')
            {
                if (++_at >= _tex.Length) return null;
                if (Current is not ('%' or '_' or '&' or '#' or '$' or ' ' or ',')) return null;
            }
            text.Append(Current is '~' or '\n' or ',' && _tex[_at - 1] == '\\' ? ' ' : Current);
        }
        return Take("}") ? text.ToString() : null;
    }

    private bool SkipGroup()
    {
        Space();
        return Words() is not null;
    }
}
