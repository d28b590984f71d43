using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ChatOllama.ApiService.Import;

/// <summary>Takes in what <c>GET /v1/export</c> gave out, and the exports of other programs.</summary>
public static class ImportEndpoints
{
    public static WebApplicationBuilder AddImport(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ImportUpload>();
        builder.Services.AddSingleton<ImportModels>();
        builder.Services.AddSingleton<Importer>();
        builder.Services.AddHostedService<ImportRecovery>();
        return builder;
    }

    public static void MapImport(this IEndpointRouteBuilder app) =>
        app.MapPost("/v1/import", ImportAsync).WithTags("Import and export").WithName("Import").Problems(400, 409, 413)
            .WithSummary("Takes in an export of ChatOllama (JSON or zip), Open WebUI, ChatGPT (conversations.json or the zip archive) or LibreChat: the file as the body, or as multipart/form-data. "
                + "All of it or nothing; the same file again changes nothing; dry_run=true only says what would happen")
            .AddOpenApiOperationTransformer(DescribeUpload);

    private static async Task<Ok<ImportResult>> ImportAsync(HttpRequest request, string? dry_run, ImportUpload upload, Importer importer, CurrentUser user, CancellationToken cancellation)
    {
        var dryRun = PageCursor.ReadFlag(dry_run, "dry_run") ?? false;
        using var turn = upload.TakeTurn();
        await using var file = await upload.TakeAsync(request, cancellation);
        try
        {
            return TypedResults.Ok(await importer.ImportAsync(user.Id, await ImportFormats.DetectAsync(file, cancellation), dryRun, cancellation));
        }
        catch (System.Text.Json.JsonException e)
        {
            throw ImportFault.OfJson(e, "$");
        }
    }

    // As metadata of the route (Accepts) it would also refuse every other content type, and a file may come with any.
    private static Task DescribeUpload(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var bytes = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = new OpenApiSchema() },
                ["application/zip"] = new() { Schema = bytes },
                ["multipart/form-data"] = new()
                {
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = bytes } },
                },
            },
        };
        return Task.CompletedTask;
    }
}
