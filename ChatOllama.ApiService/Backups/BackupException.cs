namespace ChatOllama.ApiService.Backups;

/// <summary>A backup could not be made, used or trusted. The message is a sentence for the operator.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
