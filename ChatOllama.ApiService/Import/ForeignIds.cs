using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChatOllama.ApiService.Import;

/// <summary>Ids that look like all others here, and are the same each time the same thing is imported.</summary>
internal static class ForeignIds
{
    /// <summary>Of the other program's id, or of everything that was said where it has none.</summary>
    public static string Session(string source, ForeignSession session, IReadOnlyList<ForeignNode> nodes)
    {
        if (!string.IsNullOrEmpty(session.Key))
            return Make(source, session.Key);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in new[] { source, session.Title, session.CreatedAt?.ToString("O", CultureInfo.InvariantCulture) }.Concat(nodes.SelectMany(n => new[] { n.Role, n.Content })))
            Append(hash, text ?? "");
        return ToGuid(hash.GetHashAndReset());
    }

    public static string Message(string sessionId, string key) => Make(sessionId, key);

    /// <summary>The same content under the same name is one file.</summary>
    public static string File(string hash, string name) => Make(hash, name);

    private static string Make(string first, string second)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, first);
        Append(hash, second);
        return ToGuid(hash.GetHashAndReset());
    }

    /// <summary>Its length first, so that two texts never run into one another.</summary>
    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }

    /// <summary>Version 8 of RFC 9562: made as its maker likes.</summary>
    private static string ToGuid(byte[] hash)
    {
        var bytes = hash.AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
