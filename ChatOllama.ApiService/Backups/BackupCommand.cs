using ChatOllama.ApiService.Commands;

namespace ChatOllama.ApiService.Backups;

/// <summary>Reads only, so it does not matter whether a server runs.</summary>
internal sealed class BackupCommand : OperatorCommand
{
    public override string Name => "backup";

    public override string Usage => "backup [--to <folder>] [--keep <n>]   copies database and attachments while the service runs, and verifies the copy";

    public override async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var line = new CommandLine(args, "to", "keep");
        if (line.Operand is { } extra) throw new CommandException($"There is one argument too many: {extra}.");
        var keep = line.Count("keep");
        using var database = line.Database();
        if (!File.Exists(database.FullPath)) throw new BackupException($"There is no database at {database.FullPath}. Set DB_PATH to the one that the service uses.");
        var folder = line["to"] is { } to ? new BackupFolder(to) : BackupFolder.Of(database.FullPath);
        var made = BackupMaker.Make(database.FullPath, folder, keep, TimeProvider.System);
        await output.WriteLineAsync($"{Path.Combine(folder.Path, made.Name)}: {made.Sessions} chats, {made.Messages} messages, {made.Attachments} attachments, {made.Size / 1e6:0.0} MB. Verified. Took {made.TookMs / 1000:0.0} s.");
        return 0;
    }
}
