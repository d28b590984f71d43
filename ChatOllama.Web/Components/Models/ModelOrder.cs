using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Models;

/// <summary>The order of the models on their page, and how they are found there.</summary>
internal static class ModelOrder
{
    /// <summary>The default first, then by name. The tag counts after the name, so <c>demo:latest</c> stands before <c>demo-vision:latest</c>.</summary>
    public static IReadOnlyList<ModelView> Sort(IEnumerable<ModelView> models) =>
    [
        .. models.OrderByDescending(model => model.IsDefault)
            .ThenBy(model => Name(model.DisplayName), StringComparer.OrdinalIgnoreCase)
            .ThenBy(model => model.DisplayName, StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>What a filter looks through.</summary>
    public static string Words(ModelView model) => string.Join(' ', [model.DisplayName, model.Name, model.Family, model.Parameters, model.Quantization, .. Components.Words.Abilities(model)]).ToLowerInvariant();

    /// <summary>Every word of the filter must be found.</summary>
    public static bool Matches(ModelView model, string? filter)
    {
        var words = Words(model);
        return (filter ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word => words.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private static string Name(string name) => name.LastIndexOf(':') is > 0 and var colon && colon > name.LastIndexOf('/') ? name[..colon] : name;
}
