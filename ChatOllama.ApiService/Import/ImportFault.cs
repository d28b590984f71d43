using System.Text.Json;
using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Import;

/// <summary>Makes the 400 of a file that cannot be imported: it names the place, and says that nothing has changed.</summary>
internal static class ImportFault
{
    private const int MaxPlace = 200;

    public static ProblemException At(string place, string what)
    {
        if (place.Length > MaxPlace)
            place = place[..MaxPlace] + "…";
        return new ProblemException(Contracts.ProblemCodes.Validation, $"The file cannot be imported: at {place}, {what} Nothing was imported.") { Errors = new() { [place] = [char.ToUpperInvariant(what[0]) + what[1..]] } };
    }

    /// <summary>For JSON that is none, or nested too deep.</summary>
    /// <param name="offset">Lines before the text that the exception counts from.</param>
    public static ProblemException OfJson(JsonException e, string place, long offset = 0)
    {
        if (e.Message.Contains("maximum configured depth", StringComparison.Ordinal) || e.Message.Contains("maximum depth", StringComparison.OrdinalIgnoreCase))
            return At(place, $"it is nested deeper than {JsonPieces.MaxDepth} levels.");
        if (e.Message.Contains("uplicate", StringComparison.Ordinal))
            return At(place, "an object has the same name twice.");
        return At(e.LineNumber is { } line ? $"line {line + offset + 1}, byte {e.BytePositionInLine + 1}" : place, "it is not valid JSON.");
    }

    /// <summary>The file itself is not what it should be.</summary>
    public static ProblemException Whole(string sentence) => ProblemException.Validation("file", sentence + " Nothing was imported.");
}
