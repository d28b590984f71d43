using System.Buffers.Text;
using System.Security.Cryptography;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>Images and texts as other programs keep them. What cannot be kept here is noted and left out: the words are worth having without it.</summary>
internal static class ForeignFiles
{
    /// <summary>A data URL.</summary>
    public static IncomingFile? OfDataUrl(string url, string? name, string place, ImportNotes notes)
    {
        var comma = url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? url.IndexOf(";base64,", StringComparison.OrdinalIgnoreCase) : -1;
        var data = comma < 0 ? [] : url.AsSpan(comma + ";base64,".Length);
        if (data.Length is 0 or > AttachmentStore.MaxImageBytes * 2 || !Base64.IsValid(data))
            return Missing(place, notes);
        return Of(Convert.FromBase64String(data.ToString()), name, place, notes);
    }

    public static IncomingFile? Of(ReadOnlyMemory<byte> bytes, string? name, string place, ImportNotes notes)
    {
        try
        {
            var mediaType = AttachmentStore.Check(bytes.Span, "file");
            var hash = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
            name = AttachmentStore.CleanName(name) ?? "attachment" + MediaTypes.ExtensionOf(mediaType);
            return new IncomingFile(place, ForeignIds.File(hash, name), name, mediaType, hash, bytes);
        }
        catch (ProblemException)
        {
            return Missing(place, notes);
        }
    }

    private static IncomingFile? Missing(string place, ImportNotes notes)
    {
        notes.Add(ImportWarnings.MissingFile, place);
        return null;
    }
}
