using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using Microsoft.AspNetCore.Mvc;

namespace ChatOllama.Web.Components.Search;

/// <summary>The page that finds words in titles and messages.</summary>
internal static class SearchPages
{
    public static void MapSearch(this IEndpointRouteBuilder routes) => routes.MapGet("/search", FindAsync);

    /// <summary>More than anybody types; the api takes 500.</summary>
    private const int Longest = 500;

    private static async Task<IResult> FindAsync([FromQuery] string? q, [FromQuery] string? cursor, ApiClient api, ShellLoader shell, CancellationToken stop)
    {
        var around = shell.LoadAsync(stop);
        if (string.IsNullOrWhiteSpace(q)) return PageServices.Page<SearchPage>(new { View = await around, Query = "" });
        if (q.Length > Longest) q = q[..Longest];
        var found = api.SearchAsync(q, cursor, stop);
        await Task.WhenAll(around, found);
        return PageServices.Page<SearchPage>(new { View = await around, Query = q, Result = await found });
    }
}

/// <summary>A piece of a snippet.</summary>
internal readonly record struct SnippetPart(string Text, bool IsMatch)
{
    public static IEnumerable<SnippetPart> Of(SearchHit hit)
    {
        var at = 0;
        foreach (var mark in hit.Highlights.Chunk(2))
        {
            if (mark is not [var start, var length] || start < at || start + length > hit.Snippet.Length) continue;
            yield return new SnippetPart(hit.Snippet[at..start], false);
            at = start + length;
            yield return new SnippetPart(hit.Snippet[start..at], true);
        }
        yield return new SnippetPart(hit.Snippet[at..], false);
    }
}
