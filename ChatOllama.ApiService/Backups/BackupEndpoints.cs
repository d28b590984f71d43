using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;

namespace ChatOllama.ApiService.Backups;

/// <summary>For whoever runs the service: backups of everything, of all users.</summary>
public static class BackupEndpoints
{
    private const int MaxKeep = 10_000;

    public static WebApplicationBuilder AddBackups(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<BackupService>();
        return builder;
    }

    public static void MapBackups(this IEndpointRouteBuilder app)
    {
        var admin = app.MapGroup("/v1/admin").WithTags("Operation");
        admin.MapPost("/backup", MakeAsync).WithName("MakeBackup")
            .WithSummary("Makes a backup in the folder backups beside the database, while everything goes on, and verifies it before it answers")
            .WithDescription("Restoring is a command of the program, with the server stopped: see docs/operations.md. With keep, older backups beyond that number are removed once the new one is good.")
            .Takes(ParameterLocation.Query, "keep", "How many backups stay, the new one included; not given: all.")
            .Produces<BackupView>(201).Problems(400, 409);
        admin.MapGet("/backups", (BackupService backups) => TypedResults.Json(backups.List(), ContractsJson.Default.BackupList)).WithName("ListBackups")
            .WithSummary("The backups in that folder, newest first").Produces<BackupList>(200);
    }

    private static async Task<JsonHttpResult<BackupView>> MakeAsync(HttpRequest request, BackupService backups) =>
        TypedResults.Json(await backups.MakeAsync(ReadKeep(request.Query["keep"].ToString())), ContractsJson.Default.BackupView, statusCode: StatusCodes.Status201Created);

    private static int? ReadKeep(string text) =>
        text.Length == 0 ? null
        : int.TryParse(text, out var keep) && keep is >= 1 and <= MaxKeep ? keep
        : throw ProblemException.Validation("keep", $"keep must be a whole number from 1 to {MaxKeep}.");
}
