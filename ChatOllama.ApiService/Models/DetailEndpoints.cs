using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatOllama.ApiService.Models;

/// <summary>What Ollama knows of a model: <c>/v1/models/{id}/details</c>.</summary>
public static class DetailEndpoints
{
    /// <summary>The route of details, in the group of the models.</summary>
    internal static void MapDetails(this RouteGroupBuilder models) =>
        models.MapGet("/{id}/details", DetailsAsync).WithName("GetModelDetails")
            .WithSummary("Template, parameters, system prompt, licence and the like, read from Ollama now, and what the settings here put in their place").Problems(404, 409, 502, 503, 504);

    private static async Task<Ok<ModelInfo>> DetailsAsync(string id, HttpContext http, ModelCatalog catalog, OllamaClient ollama, CancellationToken cancellationToken)
    {
        var model = await ModelEndpoints.FindAsync(id, http, catalog);
        if (ModelRules.IsGone(model.Row) || model.Row.Status == ModelStatuses.Downloading)
            throw ProblemException.Conflict($"Ollama does not have '{model.Row.Name}' now, so nobody can tell its details. Pull it first.");
        var show = await RunningEndpoints.OllamaCall(() => ollama.ShowAsync(model.Row.Name, cancellationToken));
        return TypedResults.Ok(ToView(model, show));
    }

    private static ModelInfo ToView(KnownModel model, OllamaShow show)
    {
        var (row, parameters) = (model.Row, Parameters(show.Parameters));
        return new ModelInfo
        {
            Id = row.Id,
            Name = row.Name,
            Digest = row.Digest,
            Size = row.Size,
            Format = show.Details?.Format ?? row.Format,
            Family = show.Details?.Family ?? row.Family,
            Families = show.Details?.Families ?? [],
            ParameterSize = show.Details?.ParameterSize ?? row.Parameters,
            Quantization = show.Details?.QuantizationLevel ?? row.Quantization,
            Capabilities = show.Capabilities ?? [.. row.Capabilities],
            ContextLength = Length(show, ".context_length") ?? row.ContextLength,
            EmbeddingLength = Length(show, ".embedding_length"),
            ParentModel = string.IsNullOrEmpty(show.Details?.ParentModel) ? null : show.Details.ParentModel,
            Template = show.Template,
            System = show.System,
            License = show.License,
            Parameters = parameters,
            Modelfile = show.Modelfile,
            Overrides = Overrides(model.Resolved.Config, show, parameters),
        };
    }

    /// <summary>
    /// Ollama writes them as a table, a line per value and texts in quotes:
    /// <c>stop                           "&lt;|im_end|&gt;"</c>
    /// </summary>
    internal static List<ModelParameter> Parameters(string? table)
    {
        var values = new List<(string Name, string Value)>();
        foreach (var line in (table ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var blank = line.IndexOf(' ');
            if (blank > 0)
                values.Add((line[..blank], Unquote(line[blank..].Trim())));
        }
        return [.. values.GroupBy(v => v.Name).Select(g => new ModelParameter(g.Key, [.. g.Select(v => v.Value)]))];
    }

    private static string Unquote(string text)
    {
        if (text.Length < 2 || text[0] != '"' || text[^1] != '"')
            return text;
        try
        {
            return JsonSerializer.Deserialize(text, ContractsJson.Default.String) ?? text;
        }
        catch (JsonException)
        {
            return text[1..^1]; // Go knows escapes that JSON does not
        }
    }

    /// <summary>The architecture is part of the name: <c>llama.context_length</c>.</summary>
    private static int? Length(OllamaShow show, string suffix)
    {
        foreach (var (name, value) in show.ModelInfo ?? [])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var length))
                return length;
        }
        return null;
    }

    private static List<ModelOverride> Overrides(ModelConfigView config, OllamaShow show, List<ModelParameter> parameters)
    {
        var set = JsonSerializer.SerializeToElement(config, ContractsJson.Default.ModelConfigView).EnumerateObject()
            .Where(field => OptionCatalog.Find(field.Name) is not null)
            .Concat(config.CustomOptions is { } custom ? JsonSerializer.SerializeToElement(custom, ContractsJson.Default.DictionaryStringJsonElement).EnumerateObject() : [])
            .Where(field => field.Value.ValueKind != JsonValueKind.Null);
        var overrides = set.Select(field => new ModelOverride
        {
            Name = field.Name,
            Value = field.Value.ToString(),
            ModelValue = parameters.Find(p => p.Name == OptionCatalog.Find(field.Name)?.Name) is { } own ? string.Join(", ", own.Values) : null,
        }).ToList();
        if (config.SystemPrompt is { } system)
            overrides.Add(new ModelOverride { Name = "system_prompt", Value = system, ModelValue = string.IsNullOrEmpty(show.System) ? null : show.System });
        return overrides;
    }
}
