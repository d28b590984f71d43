using System.Security.Cryptography;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Attachments;

/// <summary>
/// Images and text files. The bytes lie beside the database, once for each content, in a file named by their hash; no name from a client ever becomes a path.
/// Thread-safe.
/// </summary>
public sealed class AttachmentStore(DatabaseFile file, DbWriter writer, IDbContextFactory<ChatDbContext> readers, TimeProvider time)
{
    /// <summary>A text goes into the prompt as it is, so it may be as long as a message.</summary>
    public const int MaxTextBytes = 1_000_000;

    /// <summary>Below the limit of a body, which has room for the rest of a form.</summary>
    public const int MaxImageBytes = 20_000_000;

    /// <summary>How long an upload that no message uses is kept.</summary>
    private static readonly TimeSpan UnusedFor = TimeSpan.FromHours(24);

    private const int MaxName = 255;

    /// <summary>The attachment of this user; null when there is none.</summary>
    public async ValueTask<Attachment?> FindAsync(string userId, string id, CancellationToken cancellation = default)
    {
        await using var db = await readers.CreateDbContextAsync(cancellation);
        return await db.Attachments.FirstOrDefaultAsync(a => a.UserId == userId && a.Id == id, cancellation);
    }

    /// <summary>The bytes; the caller closes the stream.</summary>
    /// <exception cref="FileNotFoundException">Somebody removed the file by hand.</exception>
    public Stream OpenRead(Attachment attachment) => OpenRead(attachment.Hash);

    /// <inheritdoc cref="OpenRead(Attachment)"/>
    internal Stream OpenRead(string hash) =>
        new FileStream(PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 16 * 1024, FileOptions.Asynchronous);

    /// <summary>All bytes of a content.</summary>
    /// <exception cref="FileNotFoundException">Somebody removed the file by hand.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(string hash, CancellationToken cancellationToken) =>
        await File.ReadAllBytesAsync(PathOf(hash), cancellationToken);

    /// <summary>Keeps a file; it is on disk when the task completes. The same content under the same name is kept once.</summary>
    /// <param name="name">What people see; null for a name by the type.</param>
    /// <param name="field">Which field of the request the bytes came from, for a problem.</param>
    /// <exception cref="ProblemException">The bytes are empty, too many, or neither an image nor text.</exception>
    public async Task<Attachment> SaveAsync(string userId, string? name, ReadOnlyMemory<byte> bytes, string field = "file")
    {
        var mediaType = Check(bytes.Span, field);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        name = CleanName(name) ?? "attachment" + MediaTypes.ExtensionOf(mediaType);
        while (true)
        {
            await WriteFileAsync(hash, bytes);
            var saved = await writer.WriteAsync(context => Add(context, userId, hash, name, mediaType, bytes.Length));
            // Null: the sweep removed the file in between, as the last use of that content had gone.
            if (saved is not null)
                return saved;
        }
    }

    /// <summary>The type of an image by its bytes.</summary>
    /// <exception cref="ProblemException">400 naming <paramref name="field"/>: it is none that is taken here.</exception>
    public static string CheckImage(ReadOnlySpan<byte> bytes, string field) =>
        MediaTypes.Detect(bytes) is { } type && MediaTypes.IsImage(type) ? type : throw ProblemException.Validation(field, "This is not a PNG, JPEG, GIF or WebP image.");

    /// <summary>Removes attachments that no message uses (after a day: an upload comes before its message) and files that no attachment uses.</summary>
    internal Task SweepAsync()
    {
        var due = time.GetUtcNow().UtcDateTime - UnusedFor;
        return writer.WriteAsync(context => RemoveUnused(context, context.Db.Attachments.Where(a => a.CreatedAt <= due)));
    }

    /// <summary>Removes those of a user's attachments that no message uses, at once.</summary>
    internal Task DropUnusedAsync(string userId, IReadOnlyList<string> ids) =>
        ids.Count == 0 ? Task.CompletedTask : writer.WriteAsync(context => RemoveUnused(context, context.Db.Attachments.Where(a => a.UserId == userId && ids.Contains(a.Id))));

    private void RemoveUnused(WriteContext context, IQueryable<Attachment> candidates)
    {
        var unused = candidates.Where(a => !context.Db.MessageAttachments.Any(m => m.AttachmentKey == a.Key)).Take(100).ToList();
        if (unused.Count == 0)
            return;
        context.Db.Attachments.RemoveRange(unused);
        context.Db.SaveChanges();
        foreach (var hash in unused.Select(a => a.Hash).Distinct().Where(h => !context.Db.Attachments.Any(a => a.Hash == h)).ToList())
            File.Delete(PathOf(hash));
    }

    /// <summary>The type of a file by its bytes.</summary>
    /// <exception cref="ProblemException">It is empty, too large, or neither an image nor text.</exception>
    internal static string Check(ReadOnlySpan<byte> bytes, string field)
    {
        if (bytes.IsEmpty)
            throw ProblemException.Validation(field, "The file is empty.");
        var mediaType = MediaTypes.Detect(bytes)
            ?? throw new ProblemException(ProblemCodes.UnsupportedMediaType, "The file is neither an image (PNG, JPEG, GIF, WebP) nor a UTF-8 text.");
        if (bytes.Length <= (mediaType == MediaTypes.Text ? MaxTextBytes : MaxImageBytes))
            return mediaType;
        throw new ProblemException(ProblemCodes.PayloadTooLarge, mediaType == MediaTypes.Text ? "A text file may have at most 1 MB." : "An image may have at most 20 MB.");
    }

    private Attachment? Add(WriteContext context, string userId, string hash, string name, string mediaType, int size)
    {
        if (!File.Exists(PathOf(hash)))
            return null;
        var known = context.Db.Attachments.FirstOrDefault(a => a.UserId == userId && a.Hash == hash && a.Name == name);
        if (known is not null)
        {
            // In use again: another day for the sweep.
            known.CreatedAt = context.Now;
            context.Db.SaveChanges();
            return known;
        }
        var attachment = new Attachment
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()).ToString(),
            UserId = userId,
            Hash = hash,
            Name = name,
            MediaType = mediaType,
            Size = size,
            CreatedAt = context.Now,
        };
        context.Db.Attachments.Add(attachment);
        context.Db.SaveChanges();
        return attachment;
    }

    /// <summary>Puts the bytes in their place, for a row that is about to be written.</summary>
    internal Task KeepBytesAsync(string hash, ReadOnlyMemory<byte> bytes) => WriteFileAsync(hash, bytes);

    internal bool HasBytes(string hash) => File.Exists(PathOf(hash));

    /// <summary>Writes beside and renames, so that a file with its final name is always whole.</summary>
    private async Task WriteFileAsync(string hash, ReadOnlyMemory<byte> bytes)
    {
        var path = PathOf(hash);
        if (File.Exists(path))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous))
            {
                await stream.WriteAsync(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private string PathOf(string hash) => AttachmentFiles.PathOf(file.Folder, hash);

    /// <summary>The last part of what a client calls a file, without what could confuse a header or a screen.</summary>
    internal static string? CleanName(string? name)
    {
        if (name is null)
            return null;
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        name = string.Concat(name.Where(c => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('"' or '\u202E' or '\u202D'))).Trim();
        if (name.Length > MaxName)
            name = name[..MaxName];
        return name.Length == 0 ? null : name;
    }
}
