using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Transfer;

/// <summary>How an import went: the result, or the reason why there is none.</summary>
/// <param name="FileName">As the visitor's machine calls it.</param>
public sealed record ImportOutcome(string FileName, ImportResult? Result, Problem? Problem);

/// <summary>The result of an import in sentences.</summary>
internal static class ImportWords
{
    public static IEnumerable<string> Of(ImportResult result)
    {
        var (added, updated, unchanged) = result.Sessions;
        if (added == 0 && updated == 0 && result.Models == 0)
            yield return unchanged == 0 ? TransferTexts.NothingInIt : TransferTexts.NothingNew;
        if (added > 0)
            yield return Words.Plural(added, TransferTexts.AddedOne, TransferTexts.AddedMany);
        if (updated > 0)
            yield return Words.Plural(updated, TransferTexts.UpdatedOne, TransferTexts.UpdatedMany);
        if (unchanged > 0 && (added > 0 || updated > 0))
            yield return Words.Plural(unchanged, TransferTexts.UnchangedOne, TransferTexts.UnchangedMany);
        if (result.Messages > 0)
            yield return Words.Plural(result.Messages, TransferTexts.MessagesOne, TransferTexts.MessagesMany);
        if (result.Attachments > 0)
            yield return Words.Plural(result.Attachments, TransferTexts.FilesOne, TransferTexts.FilesMany);
        if (result.Models > 0)
            yield return Words.Plural(result.Models, TransferTexts.ModelsOne, TransferTexts.ModelsMany);
    }

    /// <summary>A kind that is not known here is said in the api's own words.</summary>
    public static string Of(ImportWarning warning) => Text(warning.Code) is { } text ? Words.Fill(text, Words.Count(warning.Count)) : warning.Message;

    public static string Source(string source) => source switch
    {
        ImportSources.ChatOllama => "ChatOllama",
        ImportSources.OpenWebUi => "Open WebUI",
        ImportSources.ChatGpt => "ChatGPT",
        ImportSources.LibreChat => "LibreChat",
        _ => source,
    };

    public static bool IsKnown(ImportWarning warning) => Text(warning.Code) is not null;

    private static string? Text(string code) => code switch
    {
        ImportWarnings.UnknownPart => TransferTexts.WarnUnknownPart,
        ImportWarnings.HiddenMessage => TransferTexts.WarnHiddenMessage,
        ImportWarnings.MissingFile => TransferTexts.WarnMissingFile,
        ImportWarnings.UnfinishedAnswer => TransferTexts.WarnUnfinished,
        ImportWarnings.NoQuestion => TransferTexts.WarnNoQuestion,
        ImportWarnings.UnknownOption => TransferTexts.WarnUnknownOption,
        ImportWarnings.UnnamedFolder => TransferTexts.WarnUnnamedFolder,
        ImportWarnings.Shortened => TransferTexts.WarnShortened,
        ImportWarnings.EmptySession => TransferTexts.WarnEmptySession,
        ImportWarnings.DifferentText => TransferTexts.WarnDifferentText,
        ImportWarnings.ModelKept => TransferTexts.WarnModelKept,
        _ => null,
    };
}
