using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ChatOllama.Emulator.Talk;

/// <summary>What the vision demo model says about images: what their first bytes tell, since it cannot see.</summary>
internal static class Viewer
{
    public static string Describe(IReadOnlyList<byte[]> images, string question)
    {
        var text = new StringBuilder(images.Count == 1 ? "Your image arrived: " : $"Your {images.Count} images arrived:\n\n");
        if (images.Count == 1) text.Append(One(images[0])).Append('.');
        else foreach (var image in images) text.Append("- ").Append(One(image)).Append('\n');
        text.Append(images.Count == 1 ? "\n\n" : "\n");
        text.Append("I am a built-in demo model and can only read an image's type and size, not what it shows");
        text.Append(question.Length > 0 ? $", so I cannot answer “{DemoTalker.Shorten(question)}”.\n\n" : ".\n\n");
        return text.Append("A real model with vision can. With [Ollama](https://ollama.com/download) installed, `ollama pull qwen2.5vl` brings one.").ToString();
    }

    private static string One(byte[] image)
    {
        var (type, width, height) = Read(image);
        var size = image.Length < 10_240 ? $"{image.Length} bytes" : string.Create(CultureInfo.InvariantCulture, $"{image.Length / 1024.0:0.#} KB");
        return width > 0 ? $"{type}, {width} × {height} pixels, {size}" : $"{type}, {size}";
    }

    private static (string Type, int Width, int Height) Read(ReadOnlySpan<byte> image)
    {
        if (IsPng(image))
            return ("a PNG", BinaryPrimitives.ReadInt32BigEndian(image[16..]), BinaryPrimitives.ReadInt32BigEndian(image[20..]));
        if (image.Length >= 10 && image.StartsWith("GIF8"u8))
            return ("a GIF", BinaryPrimitives.ReadUInt16LittleEndian(image[6..]), BinaryPrimitives.ReadUInt16LittleEndian(image[8..]));
        if (image.Length >= 30 && image.StartsWith("RIFF"u8) && image[8..].StartsWith("WEBPVP8X"u8))
            return ("a WebP", 1 + (image[24] | image[25] << 8 | image[26] << 16), 1 + (image[27] | image[28] << 8 | image[29] << 16));
        if (image.Length >= 12 && image.StartsWith("RIFF"u8) && image[8..].StartsWith("WEBP"u8)) return ("a WebP", 0, 0);
        if (image.Length >= 4 && image[0] == 0xFF && image[1] == 0xD8) return Jpeg(image);
        return ("a file of a type I do not know", 0, 0);
    }

    private static bool IsPng(ReadOnlySpan<byte> image) => image.Length >= 24 && image[0] == 0x89 && image[1..].StartsWith("PNG"u8);

    /// <summary>The size stands in the frame header, behind any number of other segments.</summary>
    private static (string Type, int Width, int Height) Jpeg(ReadOnlySpan<byte> image)
    {
        var at = 2;
        while (at + 9 < image.Length && image[at] == 0xFF)
        {
            var marker = image[at + 1];
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                return ("a JPEG", BinaryPrimitives.ReadUInt16BigEndian(image[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(image[(at + 5)..]));
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(image[(at + 2)..]);
        }
        return ("a JPEG", 0, 0);
    }
}
