using ChatOllama.ApiService.Commands;

namespace ChatOllama.ApiService.Export;

/// <summary><c>export --out all.zip</c>: everything as a file.</summary>
internal sealed class ExportCommand : OperatorCommand
{
    public override string Name => "export";

    public override string Usage => "export --out <file.zip|file.json>    writes everything into a file, also beside a running server";

    public override Task<int> RunAsync(string[] args, TextWriter output)
    {
        var command = new CommandLine(args, "out");
        if (command.Operand is not null || command["out"] is not { } path)
            throw new CommandException("Where to? Name a file: export --out chats.zip");
        using (var database = command.Database())
        {
            if (!File.Exists(database.FullPath))
                throw new FileNotFoundException($"There is no database at {database.FullPath}.");
        }
        var format = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? "json" : "zip";
        return ServerCall.RunAsync(command, client => WriteAsync(client, format, Path.GetFullPath(path), output));
    }

    /// <summary>Beside and renamed, so that a file of that name is always whole.</summary>
    private static async Task<int> WriteAsync(HttpClient client, string format, string path, TextWriter output)
    {
        using var response = await client.GetAsync("/v1/export?format=" + format, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
            return await ServerCall.RefusedAsync(response, output);
        var unfinished = path + ".part";
        try
        {
            await using (var file = File.Create(unfinished))
                await response.Content.CopyToAsync(file);
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
        await output.WriteLineAsync($"Exported to {path}.");
        return 0;
    }
}
