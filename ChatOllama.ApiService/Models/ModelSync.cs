using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>Brings the models' rows in line with Ollama's list. Runs in the database's writer.</summary>
internal static class ModelSync
{
    /// <returns>How many rows are new or different.</returns>
    public static int Apply(ChatDbContext db, OllamaListing listing, ActivePulls pulls, DateTime now)
    {
        var rows = db.Models.ToDictionary(m => m.Name, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var pulling = db.Pulls.Where(p => p.Status == PullStatuses.Queued || p.Status == PullStatuses.Running).Select(p => new { p.Id, p.Name }).AsEnumerable()
            .Where(p => !pulls.HasEnded(p.Id)).Select(p => p.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var tag in listing.Tags)
        {
            if ((tag.Name ?? tag.Model) is not { Length: > 0 } name || !seen.Add(name = ModelRules.FullName(name)))
                continue;
            if (!rows.TryGetValue(name, out var row))
                db.Models.Add(row = new Model { Id = Guid.CreateVersion7().ToString(), Name = name, Status = ModelStatuses.Available, CreatedAt = now, UpdatedAt = now });
            else if (!ModelRules.IsHidden(row))
                (row.Status, row.Error) = (ModelStatuses.Available, null);
            Copy(tag, row);
        }
        // What a server may have that has never said what it has is not called gone.
        foreach (var row in rows.Values.Where(r => listing.IsWhole && !seen.Contains(r.Name)))
        {
            // A failed download stays told until somebody tries again or removes it.
            row.Status = pulling.Contains(row.Name) ? ModelStatuses.Downloading : row.Status == ModelStatuses.Error ? ModelStatuses.Error : ModelStatuses.Removed;
            row.Digest = null; // see ModelRules.IsHidden
        }
        return Touch(db, now);
    }

    private static void Copy(OllamaTag tag, Model row)
    {
        // What was made from another model here has no source, even where a registry knows its name. Said once per version: a pull takes it back.
        if (row.Digest != (tag.Digest ?? "") && !string.IsNullOrEmpty(tag.Details?.ParentModel))
            row.IsLocal = true;
        row.Size = tag.Size;
        row.Digest = tag.Digest ?? "";
        row.Family = tag.Details?.Family ?? row.Family;
        row.Format = tag.Details?.Format ?? row.Format;
        row.Parameters = tag.Details?.ParameterSize ?? row.Parameters;
        row.Quantization = tag.Details?.QuantizationLevel ?? row.Quantization;
        row.ContextLength = tag.Details?.ContextLength ?? row.ContextLength;
        if (tag.Capabilities is { } capabilities && !row.Capabilities.SequenceEqual(capabilities))
            row.Capabilities = [.. capabilities];
    }

    private static int Touch(ChatDbContext db, DateTime now)
    {
        var changed = db.ChangeTracker.Entries<Model>().Where(e => e.State is Microsoft.EntityFrameworkCore.EntityState.Added or Microsoft.EntityFrameworkCore.EntityState.Modified).ToList();
        foreach (var entry in changed)
            entry.Entity.UpdatedAt = now;
        return changed.Count;
    }
}
