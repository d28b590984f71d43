using ChatOllama.ApiService.Backups;
using ChatOllama.ApiService.Export;
using ChatOllama.ApiService.Import;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.Data.Sqlite;

namespace ChatOllama.ApiService.Commands;

/// <summary>
/// What the program does instead of serving when its first argument is a command: <c>dotnet ChatOllama.ApiService.dll backup --keep 7</c>.
/// Beside a running server a command only reads the database, or asks the server; what changes it needs the server stopped.
/// </summary>
public static class OperatorCommands
{
    private static readonly OperatorCommand[] All = [new BackupCommand(), new RestoreCommand(), new CheckCommand(), new ExportCommand(), new ImportCommand()];

    /// <summary>Runs the command that the arguments begin with.</summary>
    /// <returns>The exit code (0 done, 1 could not be done, 2 called in a wrong way); null: they name none, and the service is to run.</returns>
    public static Task<int?> RunAsync(string[] args) => RunAsync(args, Console.Out, Console.Error);

    internal static async Task<int?> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        if (args is not [var name, .. var rest] || name.StartsWith('-') || name.StartsWith('/')) return null;
        try
        {
            var command = All.FirstOrDefault(c => c.Name == name) ?? throw new CommandException($"There is no command {name}.");
            return await command.RunAsync(rest, output);
        }
        catch (CommandException wrong)
        {
            await errors.WriteLineAsync(wrong.Message + " The commands:");
            foreach (var command in All) await errors.WriteLineAsync("  " + command.Usage);
            await errors.WriteLineAsync("Settings can be given as --DB_PATH <file> and so on. Without a command the service runs.");
            return 2;
        }
        catch (Exception failure) when (failure is BackupException or StartupException or SqliteException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"{name}: {failure.Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }
}

/// <summary>One command.</summary>
internal abstract class OperatorCommand
{
    public abstract string Name { get; }

    /// <summary>How to call it and what it does, in a line.</summary>
    public abstract string Usage { get; }

    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(string[] args, TextWriter output);
}
