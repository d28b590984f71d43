using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Export;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>Our own export: nothing in it is guessed, and what does not fit is refused.</summary>
internal sealed class ChatOllamaFormat(ImportFile file, string? name) : IImportFormat
{
    /// <summary>Files that the export names, but whose bytes were gone already.</summary>
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    public string Source => ImportSources.ChatOllama;

    public bool IsOrdered => true;

    public async IAsyncEnumerable<IncomingFile> FilesAsync(ImportNotes notes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        _missing.Clear();
        _files.Clear();
        await foreach (var (value, place) in ElementsAsync("attachments", cancellation))
        {
            var said = Read(value, place, ContractsJson.Default.ExportedAttachment);
            var id = ImportRules.Id(said.Id, place + ".id");
            if (!_files.Add(id))
                throw ImportFault.At(place + ".id", "another file in the export has this id.");
            if (await BytesAsync(said, place, cancellation) is { } bytes)
            {
                yield return Check(said, bytes, place);
                continue;
            }
            _missing.Add(id);
            notes.Add(ImportWarnings.MissingFile, place);
        }
    }

    public async IAsyncEnumerable<IncomingModel> ModelsAsync(ImportNotes notes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        await foreach (var (value, place) in ElementsAsync("models", cancellation))
        {
            var model = ExportRules.Model(Read(value, place, ContractsJson.Default.ExportedModel), place);
            if (!names.Add(model.Name))
                throw ImportFault.At(place + ".name", "another model in the export has this name.");
            yield return new IncomingModel(place, model);
        }
    }

    public async IAsyncEnumerable<IncomingSession> SessionsAsync(ImportNotes notes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (value, place) in ElementsAsync("sessions", cancellation))
            yield return ExportRules.Session(Read(value, place, ContractsJson.Default.ExportedSession), place, _files, _missing, notes);
    }

    /// <summary>The elements of one of the lists; what else is in the file is passed over, but must be JSON too.</summary>
    private async IAsyncEnumerable<(JsonElement Value, string Place)> ElementsAsync(string list, [EnumeratorCancellation] CancellationToken cancellation)
    {
        file.StartOver();
        await using var stream = file.OpenText(name);
        var json = new JsonPieces(stream);
        await json.ReadAsync(cancellation);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (await json.ReadAsync(cancellation) && json.Name is { } property)
        {
            if (!seen.Add(property))
                throw ImportFault.At("$." + property, "an object has the same name twice.");
            if (property != list)
            {
                await PassAsync(json, property, cancellation);
                continue;
            }
            await json.ReadAsync(cancellation);
            if (json.Token != JsonTokenType.StartArray)
                throw ImportFault.At("$." + list, "a list is expected.");
            for (var i = 0; await json.ReadValueAsync($"$.{list}[{i}]", cancellation) is { } document; i++)
            {
                using (document)
                    yield return (document.RootElement, $"$.{list}[{i}]");
            }
        }
        if (!seen.Contains("version"))
            throw ImportFault.At("$", "the version is missing.");
        if (!seen.Contains("sessions"))
            throw ImportFault.At("$", "the list of sessions is missing.");
        // The text must end where it does.
        await json.ReadAsync(cancellation);
    }

    private static async Task PassAsync(JsonPieces json, string property, CancellationToken cancellation)
    {
        if (property is not ("format" or "version"))
        {
            await json.SkipValueAsync(cancellation);
            return;
        }
        using var document = await json.ReadValueAsync("$." + property, cancellation);
        var value = document!.RootElement;
        if (property == "format" && !(value.ValueKind == JsonValueKind.String && value.ValueEquals(ChatExport.FormatName)))
            throw ImportFault.At("$.format", $"\"{ChatExport.FormatName}\" is expected.");
        if (property == "version" && !(value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var version) && version == ChatExport.CurrentVersion))
            throw ImportFault.At("$.version", $"this program reads version {ChatExport.CurrentVersion} only. A newer ChatOllama may have written the file.");
    }

    private static T Read<T>(JsonElement value, string place, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        ImportRules.Check(place, () => value.Deserialize(type)) ?? throw ImportFault.At(place, "an object is expected.");

    /// <summary>From the text or, in an archive, from beside it.</summary>
    private async Task<ReadOnlyMemory<byte>?> BytesAsync(ExportedAttachment said, string place, CancellationToken cancellation)
    {
        if (said.Data is { } data)
        {
            if (data.Length > AttachmentStore.MaxImageBytes * 2L || !Base64.IsValid(data))
                throw ImportFault.At(place + ".data", "this is not base64 of a file of at most 20 MB.");
            return Convert.FromBase64String(data);
        }
        return said.Hash is null ? null : await file.ReadAsync(ZipExport.FolderName + said.Hash, AttachmentStore.MaxImageBytes, cancellation);
    }

    private static IncomingFile Check(ExportedAttachment said, ReadOnlyMemory<byte> bytes, string place)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        if (said.Hash != hash)
            throw ImportFault.At(place + ".hash", "the bytes are others than the ones that were exported: their SHA-256 differs.");
        var mediaType = ImportRules.Check(place, () => AttachmentStore.Check(bytes.Span, "data"));
        return new IncomingFile(place, said.Id, AttachmentStore.CleanName(said.Name) ?? throw ImportFault.At(place + ".name", "a name is missing."), mediaType, hash, bytes);
    }
}
