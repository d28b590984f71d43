using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatOllama.ApiService.Attachments;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Export;

/// <summary>Writes a <see cref="ChatExport"/> as a stream: what it holds at a time is one page of messages, or one piece of a file.</summary>
internal sealed class JsonExport(AttachmentStore files, TimeProvider time)
{
    private const int Piece = 48 * 1024;

    /// <param name="withBytes">True: the bytes of files are part of the JSON; false: they lie beside it.</param>
    /// <returns>The files of all messages, each once.</returns>
    public async Task<IReadOnlyCollection<ExportFile>> WriteAsync(
        PipeWriter output, IReadOnlyList<ExportedModel> models, IAsyncEnumerable<ExportPart> sessions, bool withBytes, CancellationToken cancellation)
    {
        // Onto the pipe, not onto the stream: the serializer ends each value with a synchronous flush, which only a pipe takes.
        await using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var found = new Dictionary<string, ExportFile>();
        writer.WriteStartObject();
        writer.WriteString("format", ChatExport.FormatName);
        writer.WriteNumber("version", ChatExport.CurrentVersion);
        writer.WritePropertyName("exported_at");
        JsonSerializer.Serialize(writer, time.GetUtcNow().UtcDateTime, ContractsJson.Wire.DateTime);
        writer.WriteStartArray("models");
        foreach (var model in models)
            JsonSerializer.Serialize(writer, model, ContractsJson.Wire.ExportedModel);
        writer.WriteEndArray();
        writer.WriteStartArray("sessions");
        await foreach (var part in sessions.WithCancellation(cancellation))
            await WriteSessionAsync(writer, output, part, found, cancellation);
        writer.WriteEndArray();
        writer.WriteStartArray("attachments");
        foreach (var file in found.Values)
            await WriteFileAsync(writer, output, file, withBytes, cancellation);
        writer.WriteEndArray();
        writer.WriteEndObject();
        await FlushAsync(writer, output, cancellation);
        return found.Values;
    }

    private static async Task WriteSessionAsync(Utf8JsonWriter writer, PipeWriter output, ExportPart part, Dictionary<string, ExportFile> files, CancellationToken cancellation)
    {
        writer.WriteStartObject();
        // The messages are the last field; they come one by one.
        foreach (var property in JsonSerializer.SerializeToElement(part.Session, ContractsJson.Wire.ExportedSession).EnumerateObject().Where(p => p.Name != "messages"))
            property.WriteTo(writer);
        writer.WriteStartArray("messages");
        await foreach (var message in part.Messages(cancellation))
        {
            JsonSerializer.Serialize(writer, message.Message, ContractsJson.Wire.ExportedMessage);
            foreach (var file in message.Files)
                files.TryAdd(file.Id, file);
            // A message may have a megabyte.
            await FlushAsync(writer, output, cancellation);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        await FlushAsync(writer, output, cancellation);
    }

    private static async Task FlushAsync(Utf8JsonWriter writer, PipeWriter output, CancellationToken cancellation)
    {
        writer.Flush();
        await output.FlushAsync(cancellation);
    }

    private async Task WriteFileAsync(Utf8JsonWriter writer, PipeWriter output, ExportFile file, bool withBytes, CancellationToken cancellation)
    {
        writer.WriteStartObject();
        writer.WriteString("id", file.Id);
        writer.WriteString("name", file.Name);
        writer.WriteString("media_type", file.MediaType);
        writer.WriteNumber("size", file.Size);
        writer.WriteString("hash", file.Hash);
        writer.WritePropertyName("data");
        await using var bytes = withBytes ? Open(file) : null;
        if (bytes is null)
            writer.WriteNullValue();
        else
            await WriteBytesAsync(writer, output, bytes, cancellation);
        writer.WriteEndObject();
    }

    private static async Task WriteBytesAsync(Utf8JsonWriter writer, PipeWriter output, Stream bytes, CancellationToken cancellation)
    {
        var piece = new byte[Piece];
        int read;
        while ((read = await bytes.ReadAsync(piece, cancellation)) > 0)
        {
            writer.WriteBase64StringSegment(piece.AsSpan(0, read), isFinalSegment: false);
            await FlushAsync(writer, output, cancellation);
        }
        writer.WriteBase64StringSegment([], isFinalSegment: true);
    }

    /// <summary>Null when somebody removed the file by hand: the rest is worth having all the same.</summary>
    internal Stream? Open(ExportFile file)
    {
        if (file.Bytes is not null)
            return new MemoryStream(file.Bytes, writable: false);
        try
        {
            return files.OpenRead(file.Hash);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
