namespace ChatOllama.Contracts;

/// <summary>The values of <see cref="ImportResult.Source"/>.</summary>
public static class ImportSources
{
    public const string ChatOllama = "chatollama";
    public const string OpenWebUi = "open_webui";
    public const string ChatGpt = "chatgpt";
    public const string LibreChat = "librechat";
}

/// <summary>Body of <c>POST /v1/import</c>: what is here now that was not, or would be.</summary>
public sealed record ImportResult
{
    /// <summary>True: it was only looked at, and nothing has changed.</summary>
    public required bool DryRun { get; init; }

    /// <summary>What kind of file it is, see <see cref="ImportSources"/>.</summary>
    public required string Source { get; init; }
    public required ImportedSessions Sessions { get; init; }

    /// <summary>Messages that were added, in new sessions and in ones that were here.</summary>
    public required int Messages { get; init; }

    /// <summary>Images and text files that were added.</summary>
    public required int Attachments { get; init; }

    /// <summary>Models that got settings.</summary>
    public required int Models { get; init; }

    /// <summary>What could not be taken over as it was; each kind once.</summary>
    public required IReadOnlyList<ImportWarning> Warnings { get; init; }
}

/// <summary>Sessions of an import.</summary>
/// <param name="Added">New here.</param>
/// <param name="Updated">Were here, and have got messages that were missing.</param>
/// <param name="Unchanged">Were here with all their messages.</param>
public sealed record ImportedSessions(int Added, int Updated, int Unchanged);

/// <summary>The values of <see cref="ImportWarning.Code"/>.</summary>
public static class ImportWarnings
{
    /// <summary>A part of a message that is no text and no image, such as a call of a tool or a voice recording.</summary>
    public const string UnknownPart = "unknown_part";

    /// <summary>A message for the model only: of the system, of a tool, or hidden.</summary>
    public const string HiddenMessage = "hidden_message";

    /// <summary>The bytes of an image or file are not in what was sent, or are of a kind that is not kept here.</summary>
    public const string MissingFile = "missing_file";

    /// <summary>An answer that was still being written; it can be continued.</summary>
    public const string UnfinishedAnswer = "unfinished_answer";

    /// <summary>An answer without a question got an empty one.</summary>
    public const string NoQuestion = "no_question";

    /// <summary>An option that does not exist here, or has another range.</summary>
    public const string UnknownOption = "unknown_option";

    /// <summary>A folder that the file knows by a number only.</summary>
    public const string UnnamedFolder = "unnamed_folder";

    /// <summary>A title, folder or tag was cut, because it was too long.</summary>
    public const string Shortened = "shortened";

    /// <summary>A conversation without a message.</summary>
    public const string EmptySession = "empty_session";

    /// <summary>A message here has the same id and another text; it stays as it is here.</summary>
    public const string DifferentText = "different_text";

    /// <summary>Here something else is set for a model already, and stays.</summary>
    public const string ModelKept = "model_kept";
}

/// <summary>One kind of thing that could not be taken over.</summary>
public sealed record ImportWarning
{
    /// <summary>See <see cref="ImportWarnings"/>. More may come.</summary>
    public required string Code { get; init; }

    /// <summary>A sentence.</summary>
    public required string Message { get; init; }

    /// <summary>How often.</summary>
    public required int Count { get; init; }

    /// <summary>Where, at most the first ten.</summary>
    public required IReadOnlyList<string> Places { get; init; }
}
