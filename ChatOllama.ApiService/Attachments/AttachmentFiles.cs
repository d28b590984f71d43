using System.Security.Cryptography;

namespace ChatOllama.ApiService.Attachments;

/// <summary>
/// The files of attachments in a folder: <c>attachments/ab/ab34…</c>, named by the hash of their bytes. A file never changes, so a copy of that name is the same file.
/// </summary>
internal static class AttachmentFiles
{
    private const int HashLength = 64;

    /// <summary>Where the bytes of a content lie under a folder, the database's or that of backups.</summary>
    public static string PathOf(string folder, string hash) => Path.Combine(folder, "attachments", hash[..2], hash);

    /// <summary>The hashes of all files there; half-written ones have longer names.</summary>
    public static IEnumerable<string> Hashes(string folder)
    {
        var root = Path.Combine(folder, "attachments");
        return Directory.Exists(root)
            ? Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Where(IsHash)
            : [];
    }

    /// <summary>Whether the file is there and its bytes are those of its name.</summary>
    public static bool IsWhole(string folder, string hash)
    {
        try
        {
            return IsHashOf(PathOf(folder, hash), hash);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Brings a file over unless it is there already; it is on disk when this returns.</summary>
    /// <returns>False: there is no such file, or its bytes are no longer those of its name.</returns>
    public static bool Copy(string hash, string from, string to)
    {
        var target = PathOf(to, hash);
        if (File.Exists(target)) return true;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var source = new FileStream(PathOf(from, hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete))
            using (var copy = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                source.CopyTo(copy);
                copy.Flush(flushToDisk: true);
            }
            if (!IsHashOf(temporary, hash)) return false;
            File.Move(temporary, target, overwrite: true);
            return true;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static bool IsHashOf(string path, string hash)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file)) == hash;
    }

    private static bool IsHash(string name) => name.Length == HashLength && name.All(char.IsAsciiHexDigitLower);
}
