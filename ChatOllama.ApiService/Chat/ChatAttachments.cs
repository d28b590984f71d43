using System.Buffers.Text;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;

namespace ChatOllama.ApiService.Chat;

/// <summary>Takes what a message brings along in <c>images</c>, and reads it back when the prompt is made.</summary>
public sealed class ChatAttachments(AttachmentStore store) : IAttachmentBytes
{
    private const int MaxCount = 16;

    /// <summary>Checks every entry (base64 of an image, or the id of an attachment) and keeps new images.</summary>
    /// <param name="keep">False: new images stay in memory, because the exchange is temporary.</param>
    /// <exception cref="ProblemException">400 that names the entry.</exception>
    public async Task<IReadOnlyList<ExchangeAttachment>> TakeAsync(string userId, string[]? images, ResolvedModel model, bool keep, CancellationToken cancellationToken)
    {
        if (images is null || images.Length == 0) return [];
        if (images.Length > MaxCount) throw ProblemException.Validation("images", $"A message can bring at most {MaxCount} images and files.");
        // All are checked before the first is kept: a refused message leaves nothing behind.
        var found = new List<Found>(images.Length);
        for (var i = 0; i < images.Length; i++)
        {
            var one = await FindAsync(userId, images[i], $"images[{i}]", cancellationToken);
            if (!model.Sees && (one.Known is null || IsImage(one.Known.MediaType)))
                throw ProblemException.Validation("images", $"{model.Name} cannot see images. Choose a model with the capability vision.");
            found.Add(one);
        }
        var taken = new List<ExchangeAttachment>(found.Count);
        foreach (var one in found) taken.Add(await KeepAsync(userId, one, keep));
        return taken;
    }

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>> ReadAsync(string hash, CancellationToken cancellationToken) => store.ReadAsync(hash, cancellationToken);

    private static bool IsImage(string mediaType) => mediaType.StartsWith("image/", StringComparison.Ordinal);

    private async Task<Found> FindAsync(string userId, string? entry, string field, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(entry)) throw ProblemException.Validation(field, "An image must be base64 or the id of an attachment.");
        if (Guid.TryParseExact(entry, "D", out _))
            return new Found(await store.FindAsync(userId, entry, cancellationToken) ?? throw ProblemException.Validation(field, "There is no attachment with this id. Upload it to /v1/attachments first."), [], "");
        var bytes = Decode(entry) ?? throw ProblemException.Validation(field, "This is neither base64 nor the id of an attachment.");
        return new Found(null, bytes, AttachmentStore.CheckImage(bytes, field));
    }

    private async Task<ExchangeAttachment> KeepAsync(string userId, Found one, bool keep)
    {
        if (one.Known is null && !keep) return new ExchangeAttachment(0, "", "image", one.MediaType, one.Bytes);
        var attachment = one.Known ?? await store.SaveAsync(userId, null, one.Bytes);
        return new ExchangeAttachment(attachment.Key, attachment.Hash, attachment.Name, attachment.MediaType, null);
    }

    /// <summary>Bare base64, or a data URL as browsers make it.</summary>
    private static byte[]? Decode(string text)
    {
        var data = text.AsSpan();
        if (data.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            var comma = data.IndexOf(";base64,", StringComparison.OrdinalIgnoreCase);
            if (comma < 0) return null;
            data = data[(comma + ";base64,".Length)..];
        }
        if (!Base64.IsValid(data, out var length) || length == 0) return null;
        var bytes = new byte[length];
        return Convert.TryFromBase64Chars(data, bytes, out var written) && written == length ? bytes : null;
    }

    /// <summary>An entry of <c>images</c>: a known attachment, or the bytes of a new image.</summary>
    private sealed record Found(Attachment? Known, byte[] Bytes, string MediaType);
}
