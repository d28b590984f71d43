using System.Globalization;
using System.Text.RegularExpressions;

namespace ChatOllama.Web.Components;

/// <summary>Numbers as people type and read them.</summary>
internal static partial class TypedNumber
{
    /// <summary>Null where the text is no number. 0,7 is 0.7, where people write it so; but 32.000 is thirty-two thousand where a number must be whole, never silently 32.</summary>
    public static double? Read(string text, bool isWhole)
    {
        if (isWhole) text = Ungrouped(text);
        var plain = (text.Contains('.') ? text : text.Replace(',', '.')).Replace('−', '-');
        return double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
    }

    /// <summary>As the visitor's language writes it.</summary>
    public static string Show(double value) => value.ToString("#,0.###", CultureInfo.CurrentCulture).Replace('-', '−');

    /// <summary>The text without what groups its thousands: 131,072 or 131.072 or 131 072.</summary>
    internal static string Ungrouped(string text) => Grouped().IsMatch(text) ? NoDigit().Replace(text, "") : text;

    [GeneratedRegex("^[-−]?[0-9]{1,3}(?:([.,’'\\u00A0\\u202F ])[0-9]{3})(?:\\1[0-9]{3})*$")]
    private static partial Regex Grouped();

    [GeneratedRegex("[^-−0-9]")]
    private static partial Regex NoDigit();
}
