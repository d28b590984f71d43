namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>The letters of <c>\mathbb</c> and its like. Browsers have no attribute for them any more: they are characters of their own.</summary>
internal static class MathAlphabet
{
    /// <summary>Null for a name that is no alphabet; upright is an alphabet without letters of its own.</summary>
    public static MathFont? Named(string command) => command switch
    {
        "mathbb" or "Bbb" => MathFont.DoubleStruck,
        "mathcal" or "mathscr" => MathFont.Script,
        "mathfrak" => MathFont.Fraktur,
        "mathbf" or "boldsymbol" or "bm" or "bold" or "pmb" => MathFont.Bold,
        "mathit" => MathFont.Italic,
        "mathsf" => MathFont.SansSerif,
        "mathtt" => MathFont.Monospace,
        "mathrm" or "mathnormal" => MathFont.Upright,
        _ => null,
    };

    public static string Map(char c, MathFont font) => font switch
    {
        MathFont.DoubleStruck => Exception(c, "CHNPQRZ", "ℂℍℕℙℚℝℤ") ?? Letter(c, 0x1D538, 0x1D552, 0x1D7D8),
        MathFont.Script => Exception(c, "BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ") ?? Letter(c, 0x1D49C, 0x1D4B6),
        MathFont.Fraktur => Exception(c, "CHIRZ", "ℭℌℑℜℨ") ?? Letter(c, 0x1D504, 0x1D51E),
        MathFont.Bold => Greek(c) ?? Letter(c, 0x1D400, 0x1D41A, 0x1D7CE),
        MathFont.Italic => Exception(c, "h", "ℎ") ?? Letter(c, 0x1D434, 0x1D44E),
        MathFont.SansSerif => Letter(c, 0x1D5A0, 0x1D5BA, 0x1D7E2),
        MathFont.Monospace => Letter(c, 0x1D670, 0x1D68A, 0x1D7F6),
        _ => c.ToString(),
    };

    private static string? Exception(char c, string letters, string signs) => letters.IndexOf(c) is >= 0 and var at ? signs[at].ToString() : null;

    private static string? Greek(char c) => c switch
    {
        >= 'Α' and <= 'Ω' => char.ConvertFromUtf32(0x1D6A8 + (c - 'Α')),
        >= 'α' and <= 'ω' => char.ConvertFromUtf32(0x1D6C2 + (c - 'α')),
        '∇' => char.ConvertFromUtf32(0x1D6C1),
        _ => null,
    };

    private static string Letter(char c, int upper, int lower, int digit = 0) => c switch
    {
        >= 'A' and <= 'Z' => char.ConvertFromUtf32(upper + (c - 'A')),
        >= 'a' and <= 'z' => char.ConvertFromUtf32(lower + (c - 'a')),
        >= '0' and <= '9' when digit > 0 => char.ConvertFromUtf32(digit + (c - '0')),
        _ => c.ToString(),
    };
}

internal enum MathFont { Normal, Upright, Bold, Italic, DoubleStruck, Script, Fraktur, SansSerif, Monospace }
