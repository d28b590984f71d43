using System.Runtime.CompilerServices;
using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>What the files of other programs have in common: conversations, one after the other.</summary>
/// <param name="names">The texts of an archive; one null for what is no archive.</param>
internal abstract class ForeignFormat(ImportFile file, IReadOnlyList<string?> names) : IImportFormat
{
    public abstract string Source { get; }

    public bool IsOrdered => false;

    public IAsyncEnumerable<IncomingFile> FilesAsync(ImportNotes notes, CancellationToken cancellation) => AsyncEnumerable.Empty<IncomingFile>();

    public IAsyncEnumerable<IncomingModel> ModelsAsync(ImportNotes notes, CancellationToken cancellation) => AsyncEnumerable.Empty<IncomingModel>();

    public async IAsyncEnumerable<IncomingSession> SessionsAsync(ImportNotes notes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        file.StartOver();
        foreach (var name in names)
        {
            await foreach (var piece in ConversationsAsync(name, cancellation))
            {
                if (ForeignTree.Build(Source, await ReadAsync(piece, notes, cancellation), notes) is { } session)
                    yield return session;
            }
        }
    }

    /// <summary>One conversation.</summary>
    protected abstract Task<ForeignSession> ReadAsync(Piece conversation, ImportNotes notes, CancellationToken cancellation);

    private async IAsyncEnumerable<Piece> ConversationsAsync(string? name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var isList = await ImportFormats.IsListAsync(file, name, cancellation);
        await using var stream = file.OpenText(name);
        var json = new JsonPieces(stream);
        var root = name is null ? "$" : name + ": $";
        if (!isList)
        {
            using var whole = await json.ReadValueAsync(root, cancellation);
            yield return new Piece(whole!.RootElement, root);
            await json.ReadAsync(cancellation);
            yield break;
        }
        await json.ReadAsync(cancellation);
        for (var i = 0; await json.ReadValueAsync($"{root}[{i}]", cancellation) is { } document; i++)
        {
            using (document)
                yield return new Piece(document.RootElement, $"{root}[{i}]");
        }
        // The text must end where the list does.
        await json.ReadAsync(cancellation);
    }

    /// <summary>The options that exist here and have a value that is possible here; the others are noted.</summary>
    protected static string? Options(Piece? from, IReadOnlyCollection<string> leaveOut, ImportNotes notes)
    {
        var options = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in from?.Properties() ?? [])
        {
            if (leaveOut.Contains(name) || value.Value.ValueKind is JsonValueKind.Null || value is { IsText: true, Value: var text } && text.ValueEquals(""))
                continue;
            if (OptionCatalog.Find(name) is { } option && IsPossible(option, value) && options.TryAdd(option.Name, value.Value))
                continue;
            notes.Add(ImportWarnings.UnknownOption, value.Place);
        }
        return options.Count == 0 ? null : JsonSerializer.Serialize(options, ContractsJson.Default.DictionaryStringJsonElement);
    }

    private static bool IsPossible(OptionInfo option, Piece value)
    {
        try
        {
            OptionCatalog.Check(option, value.Value, option.Name);
            return true;
        }
        catch (Exception e) when (e is Http.ProblemException or InvalidOperationException)
        {
            return false;
        }
    }
}
