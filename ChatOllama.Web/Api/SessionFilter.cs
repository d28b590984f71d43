using Microsoft.AspNetCore.WebUtilities;

namespace ChatOllama.Web.Api;

/// <summary>Which sessions a list asks for; null asks for all.</summary>
public sealed record SessionFilter
{
    public bool? Pinned { get; init; }
    public bool? Archived { get; init; }
    public string? Folder { get; init; }
    public string? Tag { get; init; }
    public string? Cursor { get; init; }
    public int? Limit { get; init; }

    internal string ToQuery() => QueryHelpers.AddQueryString("", new Dictionary<string, string?>
    {
        ["pinned"] = Word(Pinned),
        ["archived"] = Word(Archived),
        ["folder"] = Folder,
        ["tag"] = Tag,
        ["cursor"] = Cursor,
        ["limit"] = Limit?.ToString(System.Globalization.CultureInfo.InvariantCulture),
    });

    private static string? Word(bool? flag) => flag is null ? null : flag.Value ? "true" : "false";
}
