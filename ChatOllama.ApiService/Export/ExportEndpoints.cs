using System.Globalization;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace ChatOllama.ApiService.Export;

/// <summary>One session as a file, or everything.</summary>
public static class ExportEndpoints
{
    private const string Json = "json";
    private const string Markdown = "markdown";
    private const string Zip = "zip";
    private const int MaxName = 80;

    public static WebApplicationBuilder AddExport(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ExportSource>();
        builder.Services.AddSingleton<JsonExport>();
        builder.Services.AddSingleton<ZipExport>();
        builder.Services.AddSingleton<MarkdownExport>();
        return builder;
    }

    public static void MapExport(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/sessions/{id}/export", ExportSessionAsync).WithTags("Sessions").WithName("ExportSession")
            .WithSummary("The session as a file: format=json is lossless, with the tree, the options and the attachments; format=markdown is the active branch, for people")
            .Produces<ChatExport>(200, "application/json").Problems(400, 404)
            .AddOpenApiOperationTransformer((operation, _, _) => Also(operation, "text/markdown", null));
        app.MapGet("/v1/export", ExportAllAsync).WithTags("Import and export").WithName("Export")
            .WithSummary("Everything the user has, lossless, for POST /v1/import: format=json is one JSON file with the attachments in base64; format=zip has it as data.json, with the attachments beside it")
            .Produces<ChatExport>(200, "application/json").Problems(400)
            .AddOpenApiOperationTransformer((operation, _, _) => Also(operation, "application/zip", "binary"));
    }

    private static Task Also(OpenApiOperation operation, string mediaType, string? format)
    {
        operation.Responses!["200"].Content![mediaType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = format } };
        return Task.CompletedTask;
    }

    private static async Task ExportSessionAsync(HttpContext context, string id, string? format, ExportSource source, JsonExport json, MarkdownExport markdown, CurrentUser user)
    {
        if (format is not (null or "" or Json or Markdown))
            throw ProblemException.Validation("format", "format must be json or markdown.");
        var cancellation = context.RequestAborted;
        var session = await source.FindAsync(user.Id, id, cancellation);
        if (format == Markdown)
        {
            Begin(context.Response, "text/markdown; charset=utf-8", FileName(session.Title) + ".md");
            await markdown.WriteAsync(context.Response.Body, user.Id, session, cancellation);
            return;
        }
        var part = await source.FindPartAsync(user.Id, id, cancellation);
        Begin(context.Response, "application/json; charset=utf-8", FileName(session.Title) + ".json");
        await json.WriteAsync(context.Response.BodyWriter, [], Single(part), withBytes: true, cancellation);
    }

    private static async Task ExportAllAsync(HttpContext context, string? format, ExportSource source, JsonExport json, ZipExport zip, CurrentUser user, TimeProvider time)
    {
        if (format is not (null or "" or Json or Zip))
            throw ProblemException.Validation("format", "format must be json or zip.");
        var cancellation = context.RequestAborted;
        var models = await source.ModelsAsync(cancellation);
        var sessions = source.AllAsync(user.Id, cancellation);
        var name = string.Create(CultureInfo.InvariantCulture, $"chatollama-{time.GetUtcNow():yyyy-MM-dd}");
        if (format == Zip)
        {
            Begin(context.Response, "application/zip", name + ".zip");
            await zip.WriteAsync(context.Response.BodyWriter, models, sessions, cancellation);
            return;
        }
        Begin(context.Response, "application/json; charset=utf-8", name + ".json");
        await json.WriteAsync(context.Response.BodyWriter, models, sessions, withBytes: true, cancellation);
    }

    private static async IAsyncEnumerable<ExportPart> Single(ExportPart part)
    {
        await Task.CompletedTask;
        yield return part;
    }

    private static void Begin(HttpResponse response, string contentType, string fileName)
    {
        response.ContentType = contentType;
        response.Headers.ContentDisposition = Disposition(fileName);
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }

    /// <summary>RFC 6266: the name in ASCII for old clients, and as it is for all others.</summary>
    private static string Disposition(string fileName)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(fileName);
        return disposition.ToString();
    }

    /// <summary>A name that every file system takes: no separators, nothing invisible, no device of Windows.</summary>
    internal static string FileName(string title)
    {
        var name = string.Concat(title.EnumerateRunes().Where(IsHarmless).Select(r => r.ToString()));
        name = string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Trim(' ', '.');
        if (name.Length > MaxName)
            name = name[..(char.IsHighSurrogate(name[MaxName - 1]) ? MaxName - 1 : MaxName)].TrimEnd(' ', '.');
        var stem = name.Split('.')[0].ToUpperInvariant();
        var isDevice = stem is "CON" or "PRN" or "AUX" or "NUL" || (stem.Length == 4 && stem[..3] is "COM" or "LPT" && char.IsAsciiDigit(stem[3]));
        return name.Length == 0 ? "chat" : isDevice ? "chat " + name : name;
    }

    private static bool IsHarmless(System.Text.Rune rune) =>
        !(System.Text.Rune.IsControl(rune) || rune.Value is 0xFFFD or (>= 0x200B and <= 0x200F) or (>= 0x2028 and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF)
        && !(rune.IsAscii && "/\\:*?\"<>|%".Contains((char)rune.Value));
}
