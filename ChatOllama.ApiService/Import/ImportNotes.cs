using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>What could not be taken over as it was, counted by kind. Bounded, whatever the file has.</summary>
internal sealed class ImportNotes
{
    private const int MaxPlaces = 10;
    private readonly SortedDictionary<string, (int Count, List<string> Places)> _kinds = new(StringComparer.Ordinal);

    public void Add(string code, string place)
    {
        var (count, places) = _kinds.TryGetValue(code, out var known) ? known : (0, []);
        if (places.Count < MaxPlaces)
            places.Add(place);
        _kinds[code] = (count + 1, places);
    }

    public IReadOnlyList<ImportWarning> ToList() =>
        [.. _kinds.Select(kind => new ImportWarning { Code = kind.Key, Message = Sentence(kind.Key), Count = kind.Value.Count, Places = kind.Value.Places })];

    private static string Sentence(string code) => code switch
    {
        ImportWarnings.UnknownPart => "Parts of messages that are neither text nor an image were left out.",
        ImportWarnings.HiddenMessage => "Messages that were meant for the model only were left out.",
        ImportWarnings.MissingFile => "Images or files were left out, because their bytes are not in the file or are of a kind that is not kept here.",
        ImportWarnings.UnfinishedAnswer => "Answers that were still being written are marked as interrupted; they can be continued.",
        ImportWarnings.NoQuestion => "Answers without a question got an empty one.",
        ImportWarnings.UnknownOption => "Options that do not exist here, or have another range here, were left out.",
        ImportWarnings.UnnamedFolder => "Folders whose names are not in the file were left out.",
        ImportWarnings.Shortened => "Titles, folders or tags that were too long were cut.",
        ImportWarnings.EmptySession => "Conversations without a message were left out.",
        ImportWarnings.DifferentText => "Messages that are here with another text stayed as they are here.",
        ImportWarnings.ModelKept => "Models for which something else is set here kept that.",
        _ => code,
    };
}
