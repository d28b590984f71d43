using System.IO.Compression;
using System.IO.Pipelines;
using ChatOllama.ApiService.Attachments;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Export;

/// <summary>Writes a zip archive as a stream: <c>data.json</c>, then each content once as <c>attachments/&lt;hash&gt;</c>.</summary>
internal sealed class ZipExport(JsonExport json)
{
    public const string DataName = "data.json";
    public const string FolderName = "attachments/";

    public async Task WriteAsync(PipeWriter output, IReadOnlyList<ExportedModel> models, IAsyncEnumerable<ExportPart> sessions, CancellationToken cancellation)
    {
        await using (var zip = new ZipArchive(new PipeStream(output), ZipArchiveMode.Create, leaveOpen: true))
            await WriteAsync(zip, models, sessions, cancellation);
        await output.FlushAsync(cancellation);
    }

    private async Task WriteAsync(ZipArchive zip, IReadOnlyList<ExportedModel> models, IAsyncEnumerable<ExportPart> sessions, CancellationToken cancellation)
    {
        IReadOnlyCollection<ExportFile> files;
        await using (var entry = await zip.CreateEntry(DataName, CompressionLevel.Fastest).OpenAsync(cancellation))
        {
            var pipe = PipeWriter.Create(entry, new StreamPipeWriterOptions(leaveOpen: true));
            files = await json.WriteAsync(pipe, models, sessions, withBytes: false, cancellation);
            await pipe.CompleteAsync();
        }
        foreach (var file in files.DistinctBy(f => f.Hash))
        {
            await using var bytes = json.Open(file);
            if (bytes is null)
                continue;
            // Images are compressed already.
            var level = MediaTypes.IsImage(file.MediaType) ? CompressionLevel.NoCompression : CompressionLevel.Fastest;
            await using var entry = await zip.CreateEntry(FolderName + file.Hash, level).OpenAsync(cancellation);
            await bytes.CopyToAsync(entry, cancellation);
        }
    }
}
