using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Commands;

namespace ChatOllama.ApiService.Backups;

/// <summary>Looks at a copy, so that a running server is not held up, and nothing is changed.</summary>
internal sealed class CheckCommand : OperatorCommand
{
    public override string Name => "check";

    public override string Usage => "check [<backup>]                      looks whether the database, or a backup, and its attachments are whole";

    public override async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var line = new CommandLine(args);
        using var database = line.Database();
        var path = line.Operand is { } backup ? Path.GetFullPath(backup) : database.FullPath;
        if (!File.Exists(path)) throw new BackupException($"There is no file {path}. Name a backup, or set DB_PATH to the database that the service uses.");
        var copy = Path.Combine(database.Folder, $"{Path.GetFileName(path)}.{Environment.ProcessId}.checking");
        try
        {
            Directory.CreateDirectory(database.Folder);
            DatabaseSnapshot.Copy(path, copy);
            List<string> findings = [.. DatabaseCheck.Run(copy, deep: true)];
            foreach (var finding in findings) await output.WriteLineAsync(finding);
            // Of a database with damage perhaps not even this can be read; what was found is told by then.
            var content = BackupMaker.Describe(copy, default);
            foreach (var finding in CheckAttachments(copy, Path.GetDirectoryName(path)!))
            {
                findings.Add(finding);
                await output.WriteLineAsync(finding);
            }
            await output.WriteLineAsync($"{path}: {content.Sessions} chats, {content.Messages} messages, {content.Attachments} attachments. " + (findings.Count == 0 ? "Whole." : $"{findings.Count} findings: restore a backup, or export what can be read."));
            return findings.Count == 0 ? 0 : 1;
        }
        finally
        {
            DatabaseSnapshot.Delete(copy);
        }
    }

    private static IEnumerable<string> CheckAttachments(string copy, string folder) =>
        BackupMaker.UsedHashes(copy).Where(hash => !AttachmentFiles.IsWhole(folder, hash))
            .Select(hash => (File.Exists(AttachmentFiles.PathOf(folder, hash)) ? "An attachment is damaged: " : "An attachment is missing: ") + hash);
}
