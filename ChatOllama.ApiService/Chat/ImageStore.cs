using System.Buffers.Text;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;

namespace ChatOllama.ApiService.Chat;

/// <summary>The images of chat requests: ids of attachments, or base64 that becomes an attachment.</summary>
public sealed class ImageStore(AttachmentStore attachments) : IAttachmentBytes
{
    private const int MaxImages = 16;

    /// <summary>Checks all of them before the first is kept.</summary>
    /// <param name="keep">False for a temporary exchange, of which nothing may reach the disk.</param>
    /// <returns>Rows of the attachments, in the order of <paramref name="images"/>.</returns>
    /// <exception cref="ProblemException">400 that names the image, or says that the model cannot see.</exception>
    public async Task<IReadOnlyList<long>> TakeAsync(string userId, string[]? images, ResolvedModel model, bool keep, CancellationToken cancellationToken)
    {
        if (images is not { Length: > 0 })
            return [];
        if (images.Length > MaxImages)
            throw ProblemException.Validation("images", $"images must have at most {MaxImages} entries.");
        if (!keep)
            throw ProblemException.Validation("images", "A temporary chat takes no images: they would be kept on disk. Send the message in an ordinary session.");

        var taken = new (Attachment? Known, byte[]? Bytes)[images.Length];
        for (var i = 0; i < images.Length; i++)
        {
            taken[i] = await ReadAsync(userId, images[i], $"images[{i}]", cancellationToken);
            var isImage = taken[i].Known is not { } known || MediaTypes.IsImage(known.MediaType);
            if (isImage && !model.Sees)
                throw ProblemException.Validation("images", $"The model {model.Name} cannot see images. Choose one with the capability vision.");
        }
        var keys = new long[images.Length];
        for (var i = 0; i < images.Length; i++)
            keys[i] = (taken[i].Known ?? await attachments.SaveAsync(userId, null, taken[i].Bytes!, $"images[{i}]")).Key;
        return keys;
    }

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>> ReadAsync(string hash, CancellationToken cancellationToken) => attachments.ReadAsync(hash, cancellationToken);

    private async Task<(Attachment?, byte[]?)> ReadAsync(string userId, string? image, string field, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(image))
            throw ProblemException.Validation(field, "An image is the id of an attachment, or base64.");
        if (Guid.TryParseExact(image, "D", out _))
        {
            return (await attachments.FindAsync(userId, image, cancellationToken)
                ?? throw ProblemException.Validation(field, "There is no attachment with this id. Upload it again."), null);
        }
        var bytes = Decode(image);
        return bytes is not null && MediaTypes.Detect(bytes) is { } type && MediaTypes.IsImage(type)
            ? (null, bytes)
            : throw ProblemException.Validation(field, "This is neither the id of an attachment nor a PNG, JPEG, GIF or WebP image as base64.");
    }

    /// <summary>Base64, also behind <c>data:image/png;base64,</c> as browsers make it.</summary>
    private static byte[]? Decode(string text)
    {
        var start = text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',', StringComparison.Ordinal) + 1 : 0;
        var base64 = text.AsSpan(start);
        return base64.Length > 0 && Base64.IsValid(base64) ? Convert.FromBase64String(base64.ToString()) : null;
    }
}
