namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>Matrices, cases and aligned lines.</summary>
internal sealed partial class TexParser
{
    private const int MaxCells = 600;
    private int _cells;

    private bool Environment()
    {
        if (Words() is not { } name) return false;
        var (open, close, style) = name.TrimEnd('*') switch
        {
            "matrix" or "smallmatrix" => ("", "", "matrix"),
            "pmatrix" => ("(", ")", "matrix"),
            "bmatrix" => ("[", "]", "matrix"),
            "Bmatrix" => ("{", "}", "matrix"),
            "vmatrix" => ("|", "|", "matrix"),
            "Vmatrix" => ("‖", "‖", "matrix"),
            "cases" => ("{", "", "cases"),
            "rcases" => ("", "}", "cases"),
            "aligned" or "align" or "split" or "alignedat" or "alignat" or "eqnarray" => ("", "", "aligned"),
            "gathered" or "gather" or "equation" or "multline" or "displaymath" or "math" => ("", "", "gathered"),
            "array" => ("", "", ""),
            _ => (null, null, null),
        };
        if (open is null) return false;
        if (name is "alignat" or "alignat*" or "alignedat" && !SkipGroup()) return false;
        if (name == "array" && (style = ColumnsOf(Words())) is null) return false;
        _html.Append("<mrow>");
        Side(open, "prefix");
        if (!Table(style!) || !Take("\\end") || Words() != name) return false;
        Side(close!, "postfix");
        _html.Append("</mrow>");
        return true;
    }

    private void Side(string text, string form)
    {
        if (text.Length > 0) Leaf("mo", text, $" stretchy=\"true\" fence=\"true\" form=\"{form}\"");
    }

    /// <summary>Columns that all stand to the left or right; mixed ones stand in the middle.</summary>
    private static string? ColumnsOf(string? columns) => columns is null || columns.Trim("lcr| ").Length > 0 ? null
        : columns.Trim("l| ").Length == 0 ? "to-left" : columns.Trim("r| ").Length == 0 ? "to-right" : "matrix";

    private bool Substack()
    {
        Space();
        return Take("{") && Table("gathered") && Take("}");
    }

    /// <summary>Rows and cells up to what ends them. A last line that is empty is none.</summary>
    private bool Table(string style)
    {
        if (++_depth > MaxDepth) return false;
        _html.Append("<mtable class=\"").Append(style).Append(style is "aligned" or "gathered" ? "\" displaystyle=\"true\">" : "\">");
        while (true)
        {
            SkipRules();
            if (_at >= _tex.Length || Current == '}' || AtCommand("end")) break;
            _html.Append("<mtr>");
            if (!Cells()) return false;
            _html.Append("</mtr>");
            if (!AtLineEnd()) break;
            CommandName();
            Space();
            if (Current == '[' && !SkipGap()) return false;
        }
        _html.Append("</mtable>");
        _depth--;
        return true;
    }

    private bool Cells()
    {
        while (true)
        {
            if (++_cells > MaxCells) return false;
            _html.Append("<mtd>");
            if (!Row()) return false;
            _html.Append("</mtd>");
            if (Current != '&') return true;
            _at++;
        }
    }

    private void SkipRules()
    {
        for (Space(); AtCommand("hline"); Space()) _at += 6;
    }

    /// <summary>The gap after a line, as in <c>\\[4pt]</c>. A bracket with anything else in it belongs to the formula.</summary>
    private bool SkipGap()
    {
        var end = _tex.IndexOf(']', _at);
        if (end < 0) return false;
        var gap = _tex.AsSpan(_at + 1, end - _at - 1).TrimStart("-.0123456789").Trim();
        if (gap is "pt" or "em" or "ex" or "mm" or "cm") _at = end + 1;
        return true;
    }
}
