using System.Buffers.Text;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;

namespace ChatOllama.ApiService.Chat;

/// <summary>Takes what a message brings along in <c>images</c>, and reads it back when the prompt is made.</summary>
public sealed class ChatAttachments(AttachmentStore store, TemporaryExchanges temporary, TimeProvider time) : IAttachmentBytes
{
    /// <summary>Images and files that one message may bring.</summary>
    public const int MaxCount = 16;

    /// <summary>Checks every entry (base64 of an image, or the id of an attachment) and keeps new images.</summary>
    /// <param name="keep">False: all of it goes into memory, because the exchange is temporary.</param>
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
            if (!model.Sees && MediaTypes.IsImage(one.MediaType))
                throw ProblemException.Validation("images", $"{model.Name} cannot see images. Choose a model with the capability vision.");
            found.Add(one);
        }
        var taken = new List<ExchangeAttachment>(found.Count);
        foreach (var one in found) taken.Add(keep ? await KeepAsync(userId, one) : await HoldAsync(one, cancellationToken));
        return taken;
    }

    /// <summary>Of a temporary exchange nothing stays on disk, also not what was uploaded for it before.</summary>
    public Task DropUploadsAsync(string userId, string[]? images) =>
        images is null or [] ? Task.CompletedTask : store.DropUnusedAsync(userId, [.. images.Where(image => Guid.TryParseExact(image, "D", out _))]);

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>> ReadAsync(string hash, CancellationToken cancellationToken) => store.ReadAsync(hash, cancellationToken);

    private async Task<Found> FindAsync(string userId, string? entry, string field, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(entry)) throw ProblemException.Validation(field, "An image must be base64 or the id of an attachment.");
        if (Guid.TryParseExact(entry, "D", out _)) return await FindUploadAsync(userId, entry, field, cancellationToken);
        var bytes = Decode(entry) ?? throw ProblemException.Validation(field, "This is neither base64 nor the id of an attachment.");
        return new Found(null, null, bytes, AttachmentStore.CheckImage(bytes, field));
    }

    private async Task<Found> FindUploadAsync(string userId, string id, string field, CancellationToken cancellationToken)
    {
        // An edited question of a temporary chat brings what it brought before.
        if (temporary.FindAttachment(userId, id) is { Bytes: { } held } attachment) return new Found(null, attachment, held, attachment.MediaType);
        var known = await store.FindAsync(userId, id, cancellationToken) ?? throw ProblemException.Validation(field, "There is no attachment with this id. Upload it to /v1/attachments first.");
        return new Found(known, null, [], known.MediaType);
    }

    private async Task<ExchangeAttachment> KeepAsync(string userId, Found one)
    {
        var attachment = one.Known ?? await store.SaveAsync(userId, one.Held?.Name, one.Bytes);
        return new ExchangeAttachment(attachment.Id, attachment.Key, attachment.Hash, attachment.Name, attachment.MediaType, null);
    }

    private async Task<ExchangeAttachment> HoldAsync(Found one, CancellationToken cancellationToken)
    {
        if (one.Held is not null) return one.Held;
        if (one.Known is not { } known)
            return new ExchangeAttachment(Guid.CreateVersion7(time.GetUtcNow()).ToString(), 0, "", "image" + MediaTypes.ExtensionOf(one.MediaType), one.MediaType, one.Bytes);
        var bytes = await store.ReadAsync(known.Hash, cancellationToken);
        return new ExchangeAttachment(known.Id, 0, "", known.Name, known.MediaType, bytes.ToArray());
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

    /// <summary>An entry of <c>images</c>: a known attachment, one that a temporary chat holds, or the bytes of a new image.</summary>
    private sealed record Found(Attachment? Known, ExchangeAttachment? Held, byte[] Bytes, string MediaType);
}
