using System.Text.Json;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Export;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// Takes over what a file says of models. A model for which nothing is set here gets all of it, also one that Ollama does not have yet; where something is set, it stays.
/// </summary>
internal sealed class ImportModels(ModelCatalog catalog, IDbContextFactory<ChatDbContext> readers, TimeProvider time)
{
    /// <param name="isFresh">Nobody has chatted here yet: then the default model is taken over too, where it can be used.</param>
    /// <returns>How many models get something.</returns>
    public async Task<int> ApplyAsync(IReadOnlyList<IncomingModel> models, bool isFresh, ImportNotes notes, bool dryRun)
    {
        if (models.Count == 0)
            return 0;
        List<IncomingModel> changes;
        await using (var db = await readers.CreateDbContextAsync())
        {
            var known = await db.Models.Include(m => m.Config).ToDictionaryAsync(m => m.Name, StringComparer.OrdinalIgnoreCase);
            changes = [.. models.Where(m => Changes(m, known.GetValueOrDefault(m.Model.Name), notes))];
        }
        if (!dryRun && (changes.Count > 0 || isFresh))
            await catalog.ChangeAsync(context => Write(context, models, changes, isFresh));
        return changes.Count;
    }

    private static bool Changes(IncomingModel incoming, Model? row, ImportNotes notes)
    {
        var said = incoming.Model with { IsDefault = false };
        if (!ExportRecords.SaysAnything(said))
            return false;
        if (row is null)
            return true;
        var here = ExportRecords.Of(row) with { IsDefault = false, Name = said.Name };
        if (!ExportRecords.SaysAnything(here))
            return true;
        if (Text(here) != Text(said))
            notes.Add(ImportWarnings.ModelKept, incoming.Place);
        return false;
    }

    private void Write(WriteContext context, IReadOnlyList<IncomingModel> models, List<IncomingModel> changes, bool isFresh)
    {
        foreach (var (_, model) in changes)
        {
            var row = Find(context, model.Name) ?? Add(context, model.Name);
            (row.DisplayName, row.Description, row.IsEnabled, row.UpdatedAt) = (model.DisplayName, model.Description, model.IsEnabled, context.Now);
            if (model.Config is not { } config)
                continue;
            row.Config ??= new ModelConfig();
            ModelConfigRules.Apply(Update(config), row.Config, context.Now);
        }
        context.Db.SaveChanges();
        if (isFresh && models.FirstOrDefault(m => m.Model.IsDefault) is { } chosen && Find(context, chosen.Model.Name) is { } usable && ModelRules.IsUsable(usable))
            ModelRules.SetDefault(context.Db, usable);
    }

    private static Model? Find(WriteContext context, string name) => context.Db.Models.Include(m => m.Config).FirstOrDefault(m => m.Name == name);

    /// <summary>Not in Ollama, as far as is known; the next sync brings it to life if it is, and a pull does.</summary>
    private Model Add(WriteContext context, string name)
    {
        var row = new Model { Id = Guid.CreateVersion7(time.GetUtcNow()).ToString(), Name = name, Status = ModelStatuses.Removed, CreatedAt = context.Now, UpdatedAt = context.Now };
        context.Db.Models.Add(row);
        return row;
    }

    /// <summary>All fields of a config, as a change.</summary>
    public static UpdateModelConfigRequest Update(ModelConfigView config) => new()
    {
        Temperature = config.Temperature,
        TopP = config.TopP,
        TopK = config.TopK,
        RepeatPenalty = config.RepeatPenalty,
        ContextLength = config.ContextLength,
        MaxTokens = config.MaxTokens,
        SystemPrompt = config.SystemPrompt,
        KeepAlive = config.KeepAlive,
        Think = config.Think,
        CustomOptions = config.CustomOptions,
    };

    private static string Text(ExportedModel model) => JsonSerializer.Serialize(model, ContractsJson.Wire.ExportedModel);
}
