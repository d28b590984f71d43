namespace ChatOllama.Contracts;

/// <summary>A backup: answer of <c>POST /v1/admin/backup</c>.</summary>
public sealed record BackupView
{
    /// <summary>The file in the folder <c>backups</c> beside the database.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of the database in it; the attachments lie beside it, each once for all backups.</summary>
    public required long Size { get; init; }
    public required long Sessions { get; init; }
    public required long Messages { get; init; }
    public required long Attachments { get; init; }
    public required DateTime CreatedAt { get; init; }

    /// <summary>How long making and verifying took.</summary>
    public double TookMs { get; init; }
}

/// <summary>Answer of <c>GET /v1/admin/backups</c>: newest first.</summary>
public sealed record BackupList(IReadOnlyList<BackupFile> Backups);

/// <summary>A backup in the folder.</summary>
public sealed record BackupFile
{
    public required string Name { get; init; }

    /// <summary>Bytes of the database in it.</summary>
    public required long Size { get; init; }
    public required DateTime CreatedAt { get; init; }
}
