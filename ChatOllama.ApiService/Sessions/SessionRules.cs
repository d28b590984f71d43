using ChatOllama.ApiService.Http;

namespace ChatOllama.ApiService.Sessions;

/// <summary>What the fields of a session may be. Each check gives the value as it is stored, or a 400 that names the field.</summary>
internal static class SessionRules
{
    public const int MaxTitle = 200;

    /// <summary>The longest title that a session gets by itself.</summary>
    public const int MaxOwnTitle = 80;

    private const int MaxFolder = 100;
    private const int MaxTag = 50;
    private const int MaxTags = 20;

    public static string Title(string title)
    {
        title = title.Trim();
        return title.Length is >= 1 and <= MaxTitle && !title.Any(char.IsControl)
            ? title
            : throw ProblemException.Validation("title", $"title must have 1 to {MaxTitle} characters, all on one line.");
    }

    public static string? Folder(string? folder)
    {
        folder = folder?.Trim();
        if (string.IsNullOrEmpty(folder))
            return null;
        return folder.Length <= MaxFolder && !folder.Any(char.IsControl)
            ? folder
            : throw ProblemException.Validation("folder", $"folder must have at most {MaxFolder} characters, all on one line.");
    }

    public static List<string> Tags(string?[]? tags)
    {
        if (tags is null)
            return [];
        if (tags.Length > MaxTags)
            throw ProblemException.Validation("tags", $"tags must have at most {MaxTags} entries.");
        var result = new List<string>(tags.Length);
        for (var i = 0; i < tags.Length; i++)
        {
            var tag = tags[i]?.Trim();
            if (tag is not { Length: >= 1 and <= MaxTag } || tag.Any(char.IsControl))
                throw ProblemException.Validation($"tags[{i}]", $"A tag must have 1 to {MaxTag} characters, all on one line.");
            if (!result.Contains(tag))
                result.Add(tag);
        }
        return result;
    }
}
