using ChatOllama.ApiService.Commands;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary><c>import chats.zip</c>: takes a file in.</summary>
internal sealed class ImportCommand : OperatorCommand
{
    public override string Name => "import";

    public override string Usage => "import <file> [--dry-run true]    takes in an export of ChatOllama, Open WebUI, ChatGPT or LibreChat, also beside a running server";

    public override Task<int> RunAsync(string[] args, TextWriter output)
    {
        var command = new CommandLine(args, "dry-run");
        var path = command.Operand ?? throw new CommandException("What? Name a file: import chats.zip");
        if (command["dry-run"] is not (null or "true" or "false"))
            throw new CommandException("--dry-run must be true or false.");
        return ServerCall.RunAsync(command, client => SendAsync(client, path, command["dry-run"] ?? "false", output));
    }

    private static async Task<int> SendAsync(HttpClient client, string path, string dryRun, TextWriter output)
    {
        await using var file = File.OpenRead(path);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/import?dry_run=" + dryRun) { Content = new StreamContent(file) };
        // What is too large is refused before it is sent.
        request.Headers.ExpectContinue = true;
        using var response = await client.SendAsync(request);
        if (!response.IsSuccessStatusCode)
            return await ServerCall.RefusedAsync(response, output);
        await SayAsync((await response.Content.ReadFromJsonAsync(ContractsJson.Default.ImportResult))!, output);
        return 0;
    }

    private static async Task SayAsync(ImportResult result, TextWriter output)
    {
        var (added, updated, unchanged) = result.Sessions;
        await output.WriteLineAsync($"{(result.DryRun ? "Would be imported" : "Imported")} from {result.Source}: {added} chats added, {updated} updated, {unchanged} unchanged; "
            + $"{result.Messages} messages, {result.Attachments} files, {result.Models} models.");
        foreach (var warning in result.Warnings)
            await output.WriteLineAsync($"  {warning.Count} × {warning.Message} {string.Join(", ", warning.Places)}");
    }
}
