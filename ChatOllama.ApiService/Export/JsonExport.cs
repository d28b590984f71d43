using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatOllama.ApiService.Attachments;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Export;

/// <summary>Writes a <see cref="SessionExport"/> as a stream: what it holds at a time is one page of messages, or one piece of a file.</summary>
internal sealed class JsonExport(ExportSource source, AttachmentStore files, TimeProvider time)
{
    private const int Piece = 48 * 1024;

    public async Task WriteAsync(PipeWriter output, string userId, SessionDetail session, CancellationToken cancellation)
    {
        // Onto the pipe, not onto the stream: the serializer ends each value with a synchronous flush, which only a pipe takes.
        await using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartObject();
        writer.WriteString("format", SessionExport.FormatName);
        writer.WriteNumber("version", 1);
        writer.WritePropertyName("exported_at");
        JsonSerializer.Serialize(writer, time.GetUtcNow().UtcDateTime, ContractsJson.Wire.DateTime);
        writer.WritePropertyName("session");
        JsonSerializer.Serialize(writer, session, ContractsJson.Wire.SessionDetail);
        var attachments = await WriteMessagesAsync(writer, output, userId, session, cancellation);
        writer.WriteStartArray("attachments");
        foreach (var attachment in attachments)
            await WriteAttachmentAsync(writer, output, userId, attachment, cancellation);
        writer.WriteEndArray();
        writer.WriteEndObject();
        await FlushAsync(writer, output, cancellation);
    }

    /// <returns>The attachments of all messages, each once.</returns>
    private async Task<IEnumerable<AttachmentView>> WriteMessagesAsync(Utf8JsonWriter writer, PipeWriter output, string userId, SessionDetail session, CancellationToken cancellation)
    {
        var attachments = new Dictionary<string, AttachmentView>();
        writer.WriteStartArray("messages");
        await foreach (var page in source.MessagesAsync(userId, session.Id, all: true, cancellation))
        {
            var requests = await source.RequestsAsync(page, cancellation);
            foreach (var message in page)
            {
                JsonSerializer.Serialize(writer, Exported(message, requests), ContractsJson.Wire.ExportedMessage);
                foreach (var attachment in message.Attachments ?? [])
                    attachments[attachment.Id] = attachment;
                // A message may have a megabyte.
                await FlushAsync(writer, output, cancellation);
            }
        }
        writer.WriteEndArray();
        return attachments.Values;
    }

    private static async Task FlushAsync(Utf8JsonWriter writer, PipeWriter output, CancellationToken cancellation)
    {
        writer.Flush();
        await output.FlushAsync(cancellation);
    }

    private static ExportedMessage Exported(MessageView message, IReadOnlyDictionary<string, JsonElement> requests) => new()
    {
        Id = message.Id,
        ParentId = message.ParentId,
        Role = message.Role,
        Content = message.Content,
        Thinking = message.Thinking,
        Model = message.Model,
        Status = message.Status,
        CreatedAt = message.CreatedAt,
        FinishReason = message.FinishReason,
        Usage = message.Usage,
        Timings = message.Timings,
        Problem = message.Problem,
        Request = requests.TryGetValue(message.Id, out var request) ? request : null,
        Attachments = [.. (message.Attachments ?? []).Select(a => a.Id)],
    };

    private async Task WriteAttachmentAsync(Utf8JsonWriter writer, PipeWriter output, string userId, AttachmentView attachment, CancellationToken cancellation)
    {
        writer.WriteStartObject();
        writer.WriteString("id", attachment.Id);
        writer.WriteString("name", attachment.Name);
        writer.WriteString("media_type", attachment.MediaType);
        writer.WriteNumber("size", attachment.Size);
        writer.WritePropertyName("data");
        await using var bytes = await OpenAsync(userId, attachment.Id, cancellation);
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

    /// <summary>Null when somebody removed the file by hand: the rest of the session is worth having all the same.</summary>
    private async Task<Stream?> OpenAsync(string userId, string id, CancellationToken cancellation)
    {
        if (await files.FindAsync(userId, id, cancellation) is not { } attachment)
            return null;
        try
        {
            return files.OpenRead(attachment);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
