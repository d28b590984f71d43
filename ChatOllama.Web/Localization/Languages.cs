using System.Globalization;

namespace ChatOllama.Web.Localization;

/// <summary>A language of the pages: its texts are the <c>*Texts.de.resx</c> files, its name is written in itself.</summary>
public sealed record Language(string Code, string Name, CultureInfo Culture);

/// <summary>The languages that the pages speak. The first one is taken where a browser asks for none of them.</summary>
public static class Languages
{
    public static readonly IReadOnlyList<Language> All = [new("en", "English", English()), new("de", "Deutsch", German())];

    public static Language? Find(string? code) => All.FirstOrDefault(language => language.Code == code);

    private static CultureInfo English()
    {
        var culture = new CultureInfo("en");
        culture.DateTimeFormat.LongDatePattern = "d MMMM yyyy";
        return CultureInfo.ReadOnly(culture);
    }

    /// <summary>The program runs without ICU, so a culture knows only its name (not even its two letters): what the pages write is said here.</summary>
    private static CultureInfo German()
    {
        var culture = new CultureInfo("de");
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.DateTimeFormat.MonthNames = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember", ""];
        culture.DateTimeFormat.MonthGenitiveNames = culture.DateTimeFormat.MonthNames;
        culture.DateTimeFormat.AbbreviatedMonthNames = ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.", ""];
        culture.DateTimeFormat.AbbreviatedMonthGenitiveNames = culture.DateTimeFormat.AbbreviatedMonthNames;
        culture.DateTimeFormat.DayNames = ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"];
        culture.DateTimeFormat.LongDatePattern = "d. MMMM yyyy";
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        culture.DateTimeFormat.ShortTimePattern = "HH:mm";
        return CultureInfo.ReadOnly(culture);
    }
}
