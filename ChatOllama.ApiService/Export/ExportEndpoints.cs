using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace ChatOllama.ApiService.Export;

/// <summary>One session as a file.</summary>
public static class ExportEndpoints
{
    private const string Json = "json";
    private const string Markdown = "markdown";
    private const int MaxName = 80;

    public static WebApplicationBuilder AddExport(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ExportSource>();
        builder.Services.AddSingleton<JsonExport>();
        builder.Services.AddSingleton<MarkdownExport>();
        return builder;
    }

    public static void MapExport(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/sessions/{id}/export", ExportAsync).WithTags("Sessions").WithName("ExportSession")
            .WithSummary("The session as a file: format=json is lossless, with the tree, the options and the attachments; format=markdown is the active branch, for people")
            .Produces<SessionExport>(200, "application/json").Problems(400, 404)
            .AddOpenApiOperationTransformer(DescribeMarkdown);

    private static Task DescribeMarkdown(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        operation.Responses!["200"].Content!["text/markdown"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        return Task.CompletedTask;
    }

    private static async Task ExportAsync(HttpContext context, string id, string? format, ExportSource source, JsonExport json, MarkdownExport markdown, CurrentUser user)
    {
        if (format is not (null or "" or Json or Markdown))
            throw ProblemException.Validation("format", "format must be json or markdown.");
        var cancellation = context.RequestAborted;
        var session = await source.FindAsync(user.Id, id, cancellation);
        var response = context.Response;
        var isMarkdown = format == Markdown;
        response.ContentType = isMarkdown ? "text/markdown; charset=utf-8" : "application/json; charset=utf-8";
        response.Headers.ContentDisposition = Disposition(session.Title, isMarkdown ? ".md" : ".json");
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        await (isMarkdown ? markdown.WriteAsync(response.Body, user.Id, session, cancellation) : json.WriteAsync(response.BodyWriter, user.Id, session, cancellation));
    }

    /// <summary>RFC 6266: the name in ASCII for old clients, and as it is for all others.</summary>
    private static string Disposition(string title, string extension)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(FileName(title) + extension);
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
