using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace ChatOllama.ApiService.Data;

/// <summary>Tells what the disk did to a write from what a bug did to it.</summary>
internal static class DiskFaults
{
    // As Linux numbers them; IOException carries them as its HResult there.
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;

    /// <summary>The problem for the caller, wherever in the chain of exceptions the disk is named; null when it is not the disk.</summary>
    public static ProblemException? Explain(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            switch (e)
            {
                case SqliteException { SqliteErrorCode: SQLITE_FULL }:
                case IOException { HResult: NoSpace or QuotaExceeded }:
                    return new(ProblemCodes.DiskFull, "The disk of the server has no room left, so nothing was stored. Make room; no restart is needed.", e);
                case SqliteException { SqliteErrorCode: SQLITE_READONLY or SQLITE_IOERR or SQLITE_CANTOPEN or SQLITE_PERM }:
                case IOException { HResult: ReadOnlyFileSystem }:
                    return new(ProblemCodes.DiskFailed, "The disk of the server cannot be written, so nothing was stored. Its log says more; no restart is needed once it can be written again.", e) { RetryAfterSeconds = 10 };
                case SqliteException { SqliteErrorCode: SQLITE_CORRUPT or SQLITE_NOTADB }:
                    return new(ProblemCodes.DiskFailed, "The database of the server is damaged. Stop the server, run its command check, and restore a backup.", e);
            }
        return null;
    }
}
