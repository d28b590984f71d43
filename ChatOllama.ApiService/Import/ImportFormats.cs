using System.Text.Json;
using System.Text.RegularExpressions;
using ChatOllama.ApiService.Export;
using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Import;

/// <summary>Tells by what is in it whose file it is.</summary>
internal static partial class ImportFormats
{
    private const string Unknown = "This is no export of ChatOllama, Open WebUI, ChatGPT or LibreChat.";

    /// <exception cref="ProblemException">400: it is nobody's that is known here.</exception>
    public static async Task<IImportFormat> DetectAsync(ImportFile file, CancellationToken cancellation)
    {
        if (!file.IsArchive)
            return await DetectAsync(file, [null], cancellation);
        if (file.Names.Contains(ZipExport.DataName))
            return await DetectAsync(file, [ZipExport.DataName], cancellation);
        var texts = file.Names.Where(name => ConversationsName().IsMatch(name)).Order(StringComparer.Ordinal).ToList<string?>();
        return texts.Count > 0 ? await DetectAsync(file, texts, cancellation)
            : throw ImportFault.Whole("The zip archive has neither data.json (of ChatOllama) nor conversations.json (of ChatGPT).");
    }

    /// <summary>Whether the text is a list; a text that is neither list nor object is refused.</summary>
    public static async Task<bool> IsListAsync(ImportFile file, string? name, CancellationToken cancellation)
    {
        await using var stream = file.OpenText(name);
        var json = new JsonPieces(stream);
        await json.ReadAsync(cancellation);
        return json.Token switch
        {
            JsonTokenType.StartArray => true,
            JsonTokenType.StartObject => false,
            _ => throw ImportFault.Whole(Unknown),
        };
    }

    private static async Task<IImportFormat> DetectAsync(ImportFile file, List<string?> names, CancellationToken cancellation)
    {
        var known = await IsListAsync(file, names[0], cancellation) ? await FirstElementAsync(file, names[0], cancellation) : await PropertiesAsync(file, names[0], cancellation);
        return known switch
        {
            _ when known.Contains("format") && names.Count == 1 => new ChatOllamaFormat(file, names[0]),
            _ when known.Contains("mapping") => new ChatGptFormat(file, names),
            _ when known.Contains("chat") || known.Contains("history") => new OpenWebUiFormat(file, names),
            _ when known.Contains("conversationId") && (known.Contains("messages") || known.Contains("messagesTree")) => new LibreChatFormat(file, names),
            _ => throw ImportFault.Whole(Unknown),
        };
    }

    private static async Task<HashSet<string>> FirstElementAsync(ImportFile file, string? name, CancellationToken cancellation)
    {
        await using var stream = file.OpenText(name);
        var json = new JsonPieces(stream);
        await json.ReadAsync(cancellation);
        using var first = await json.ReadValueAsync("$[0]", cancellation);
        return first is { RootElement.ValueKind: JsonValueKind.Object }
            ? [.. new Piece(first.RootElement, "$[0]").Properties().Select(p => p.Name)]
            : throw ImportFault.Whole(Unknown);
    }

    private static async Task<HashSet<string>> PropertiesAsync(ImportFile file, string? name, CancellationToken cancellation)
    {
        await using var stream = file.OpenText(name);
        var json = new JsonPieces(stream);
        await json.ReadAsync(cancellation);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (await json.ReadAsync(cancellation) && json.Name is { } property)
        {
            names.Add(property);
            // Ours says it first, so that nobody has to read on.
            if (property == "format")
                break;
            await json.SkipValueAsync(cancellation);
        }
        return names;
    }

    [GeneratedRegex(@"(^|/)conversations(-\d{1,4})?\.json$")]
    private static partial Regex ConversationsName();
}
