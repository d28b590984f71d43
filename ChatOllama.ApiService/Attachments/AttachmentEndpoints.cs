using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace ChatOllama.ApiService.Attachments;

/// <summary>Uploads and their bytes.</summary>
public static partial class AttachmentEndpoints
{
    public static WebApplicationBuilder AddAttachments(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AttachmentStore>();
        return builder;
    }

    public static void MapAttachments(this IEndpointRouteBuilder app)
    {
        var attachments = app.MapGroup("/v1/attachments").WithTags("Attachments").Problems(400, 429, 500);
        attachments.MapGet("", Limits).WithName("GetAttachmentLimits").WithSummary("What may be uploaded: types and sizes");
        attachments.MapPost("", UploadAsync).WithName("UploadAttachment").Problems(413, 415)
            .WithSummary("Keeps an image or a text file: the bytes as the body (with ?name=), or one file of multipart/form-data")
            .AddOpenApiOperationTransformer(DescribeUpload);
        attachments.MapGet("/{id}", DownloadAsync).WithName("GetAttachment").WithSummary("The bytes").Problems(404)
            .Produces<Stream>(200, "image/png", "image/jpeg", "image/gif", "image/webp", MediaTypes.Text);
    }

    /// <summary>An attachment as it goes out.</summary>
    public static AttachmentView View(Attachment attachment) => new()
    {
        Id = attachment.Id,
        Name = attachment.Name,
        MediaType = attachment.MediaType,
        Size = attachment.Size,
        CreatedAt = attachment.CreatedAt,
    };

    private static Ok<AttachmentLimits> Limits() => TypedResults.Ok(new AttachmentLimits
    {
        MaxImageBytes = AttachmentStore.MaxImageBytes,
        MaxTextBytes = AttachmentStore.MaxTextBytes,
        MaxPerMessage = ChatAttachments.MaxCount,
        ImageTypes = [.. MediaTypes.Images],
    });

    private static async Task<Created<AttachmentView>> UploadAsync(HttpRequest request, string? name, AttachmentStore store, CurrentUser user, CancellationToken cancellation)
    {
        // curl calls any body a form of the other kind (application/x-www-form-urlencoded) unless it is told otherwise.
        var isForm = request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true;
        var (fileName, bytes) = isForm ? await ReadFormAsync(request, cancellation) : (null, await ReadAllAsync(request.Body, cancellation));
        var saved = await store.SaveAsync(user.Id, name ?? fileName, bytes);
        return TypedResults.Created("/v1/attachments/" + saved.Id, View(saved));
    }

    private static async Task<IResult> DownloadAsync(
        string id, HttpResponse response, AttachmentStore store, TemporaryExchanges temporary, CurrentUser user, ILogger<AttachmentStore> logger, CancellationToken cancellation)
    {
        if (temporary.FindAttachment(user.Id, id) is { Bytes: { } held } open)
        {
            WriteHeaders(response, open.Name, open.MediaType, "no-store");
            return TypedResults.Bytes(held, ContentType(open.MediaType));
        }
        var attachment = await store.FindAsync(user.Id, id, cancellation) ?? throw Missing();
        Stream bytes;
        try
        {
            bytes = store.OpenRead(attachment);
        }
        catch (IOException e)
        {
            LogLost(logger, attachment.Id, e);
            throw Missing();
        }
        // An id stands for the same bytes for ever.
        WriteHeaders(response, attachment.Name, attachment.MediaType, "private, max-age=31536000, immutable");
        return TypedResults.Stream(bytes, ContentType(attachment.MediaType), entityTag: new EntityTagHeaderValue($"\"{attachment.Hash}\""), enableRangeProcessing: true);
    }

    private static string ContentType(string mediaType) => MediaTypes.IsImage(mediaType) ? mediaType : mediaType + "; charset=utf-8";

    private static void WriteHeaders(HttpResponse response, string name, string mediaType, string caching)
    {
        var disposition = new ContentDispositionHeaderValue(MediaTypes.IsImage(mediaType) ? "inline" : "attachment");
        disposition.SetHttpFileName(name);
        response.Headers.ContentDisposition = disposition.ToString();
        response.Headers.CacheControl = caching;
        // Whatever the bytes are, they run nothing.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
    }

    private static ProblemException Missing() => ProblemException.NotFound("There is no such attachment.");

    private static async Task<(string? Name, ReadOnlyMemory<byte> Bytes)> ReadFormAsync(HttpRequest request, CancellationToken cancellation)
    {
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = ApiHttp.BodyLimit, ValueCountLimit = 16 }, cancellation);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw ProblemException.Validation("body", "The form cannot be read. Send multipart/form-data with one file.");
        }
        if (form.Files is not [var file])
            throw ProblemException.Validation("file", "Send exactly one file.");
        await using var stream = file.OpenReadStream();
        return (file.FileName, await ReadAllAsync(stream, cancellation));
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAllAsync(Stream stream, CancellationToken cancellation)
    {
        var buffer = new MemoryStream();
        await stream.CopyToAsync(buffer, cancellation);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    // As metadata of the route (Accepts) it would also refuse every other content type, and the bytes alone may come with any.
    private static Task DescribeUpload(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var bytes = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/octet-stream"] = new() { Schema = bytes },
                ["multipart/form-data"] = new()
                {
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = bytes } },
                },
            },
        };
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Error, "The file of attachment {Id} is gone from the attachments folder")]
    private static partial void LogLost(ILogger logger, string id, Exception e);
}
