using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ChatOllama.ApiService.Import;

/// <summary>Takes what is sent to disk, beside the database, because it is read more than once and may be larger than memory. It is gone when it is closed.</summary>
internal sealed class ImportUpload(ApiOptions options, DatabaseFile database)
{
    /// <summary>What a form adds around its file.</summary>
    private const int FormOverhead = 64 * 1024;

    private int _isTaken;

    private string Folder => Path.Combine(database.Folder, "imports");

    /// <summary>Removes what a crash left.</summary>
    public void Clean()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Before anything is read: uploads that wait for their turn would fill the disk and the memory.</summary>
    /// <returns>What gives the turn to the next one.</returns>
    /// <exception cref="ProblemException">409: another import runs.</exception>
    public IDisposable TakeTurn() =>
        Interlocked.Exchange(ref _isTaken, 1) == 0 ? new Turn(this) : throw ProblemException.Conflict("Another file is being imported. Send this one again when that is done.");

    /// <exception cref="ProblemException">413, or 400 for a form without exactly one file.</exception>
    public async Task<ImportFile> TakeAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = options.MaxImportSize + FormOverhead;
        Directory.CreateDirectory(Folder);
        var file = new FileStream(Path.Combine(Folder, Guid.NewGuid().ToString("N")), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 64 * 1024, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        try
        {
            // curl calls any body a form of the other kind (application/x-www-form-urlencoded) unless it is told otherwise.
            if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true)
                await CopyFormAsync(request, file, cancellation);
            else
                await CopyAsync(request.Body, file, cancellation);
            return new ImportFile(file, options.MaxImportSize);
        }
        catch (Exception e)
        {
            await file.DisposeAsync();
            if (e is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
                throw TooLarge();
            throw;
        }
    }

    private async Task CopyFormAsync(HttpRequest request, FileStream file, CancellationToken cancellation)
    {
        var boundary = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? HeaderUtilities.RemoveQuotes(type.Boundary).Value : null;
        if (string.IsNullOrEmpty(boundary))
            throw Unreadable();
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (section.GetContentDispositionHeader()?.IsFileDisposition() != true)
                    continue;
                await CopyAsync(section.Body, file, cancellation);
                return;
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw Unreadable();
        }
        throw Unreadable();
    }

    private async Task CopyAsync(Stream body, FileStream file, CancellationToken cancellation)
    {
        var piece = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(piece, cancellation)) > 0)
        {
            if (file.Length + read > options.MaxImportSize)
                throw TooLarge();
            await file.WriteAsync(piece.AsMemory(0, read), cancellation);
        }
        await file.FlushAsync(cancellation);
    }

    private ProblemException TooLarge() =>
        new(ProblemCodes.PayloadTooLarge, $"The file has more than {options.MaxImportSize / 1_000_000} MB. Nothing was imported. MAX_IMPORT_SIZE allows more.");

    private static ProblemException Unreadable() => ProblemException.Validation("body", "Send the file as the body, or as one file of multipart/form-data.");

    private sealed class Turn(ImportUpload upload) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref upload._isTaken, 0);
    }
}
