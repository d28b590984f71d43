using ChatOllama.ApiService.Commands;

namespace ChatOllama.ApiService.Backups;

/// <summary>Needs the server stopped: it takes the database's lock.</summary>
internal sealed class RestoreCommand : OperatorCommand
{
    public override string Name => "restore";

    public override string Usage => "restore <backup>                      puts a backup in the place of the database, which is kept; the service must be stopped";

    public override async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var line = new CommandLine(args);
        var backup = line.Operand ?? throw new CommandException("Name the backup to restore.");
        using var database = line.Database();
        var kept = Restore.Run(database, backup, TimeProvider.System.GetUtcNow());
        var now = BackupMaker.Describe(database.FullPath, default);
        await output.WriteLineAsync($"{database.FullPath} is now {backup}: {now.Sessions} chats, {now.Messages} messages, verified. " + (kept is null ? "There was no database before." : $"The database before is kept as {kept}."));
        return 0;
    }
}
