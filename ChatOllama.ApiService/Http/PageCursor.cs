using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ChatOllama.ApiService.Http;

/// <summary>
/// The opaque <c>cursor</c> of lists: what is listed, in which direction, and the sequence number of the last item seen.
/// Sequence numbers (of what was imported, negative ones) never change, so a page neither repeats nor skips what stands still, whatever else happens between two calls.
/// </summary>
internal readonly record struct PageCursor(char Kind, long Position)
{
    public const int MaxLimit = 200;

    /// <summary>Lists of the first contract answer this much without <c>limit</c>; an old client knows no cursor.</summary>
    public const int BaseLimit = 1000;

    private const string Field = "cursor";

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Kind}{Position}")));

    /// <summary>Reads a cursor that one of <paramref name="kinds"/> gave out; null when there is none.</summary>
    /// <exception cref="ProblemException">It is not one of those.</exception>
    public static PageCursor? Read(string? text, string kinds)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        Span<byte> bytes = stackalloc byte[32];
        if (text.Length <= 40 && Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out var length) && length > 1
            && kinds.Contains((char)bytes[0])
            && long.TryParse(bytes[1..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var position))
            return new PageCursor((char)bytes[0], position);
        throw ProblemException.Validation(Field, "cursor must be the next_cursor of the page before, from the same list.");
    }

    /// <summary>Reads <c>limit</c>.</summary>
    public static int ReadLimit(string? text, int fallback) => string.IsNullOrEmpty(text) ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit ? limit
        : throw ProblemException.Validation("limit", $"limit must be a whole number from 1 to {MaxLimit}.");

    /// <summary>Reads <c>order</c>: true for <c>desc</c>.</summary>
    public static bool ReadDescending(string? text, bool fallback) => text switch
    {
        null or "" => fallback,
        "asc" => false,
        "desc" => true,
        _ => throw ProblemException.Validation("order", "order must be asc or desc."),
    };

    /// <summary>Reads a filter that is true, false or absent.</summary>
    public static bool? ReadFlag(string? text, string field) => text switch
    {
        null or "" => null,
        "true" => true,
        "false" => false,
        _ => throw ProblemException.Validation(field, $"{field} must be true or false."),
    };
}
