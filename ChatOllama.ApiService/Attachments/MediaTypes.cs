using System.Text;

namespace ChatOllama.ApiService.Attachments;

/// <summary>Tells what a file is by its bytes; names and headers of an upload are not believed.</summary>
internal static class MediaTypes
{
    public const string Text = "text/plain";

    /// <summary>The images that are taken.</summary>
    public static IReadOnlyList<string> Images { get; } = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <summary>A type that is taken, or null.</summary>
    public static string? Detect(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])) return "image/png";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return "image/jpeg";
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8)) return "image/gif";
        if (bytes.Length > 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8)) return "image/webp";
        return IsText(bytes) ? Text : null;
    }

    public static bool IsImage(string mediaType) => mediaType.StartsWith("image/", StringComparison.Ordinal);

    /// <summary>The usual ending of a file of this type.</summary>
    public static string ExtensionOf(string mediaType) => mediaType switch
    {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        _ => ".txt",
    };

    /// <summary>UTF-8 without control characters other than those of plain text.</summary>
    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) != System.Buffers.OperationStatus.Done)
                return false;
            if (rune.Value is < 0x20 and not ('\t' or '\n' or '\r' or '\f') or 0x7F)
                return false;
            bytes = bytes[length..];
        }
        return true;
    }
}
