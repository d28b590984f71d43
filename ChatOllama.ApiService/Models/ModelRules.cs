using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>What a model row means.</summary>
internal static class ModelRules
{
    /// <summary>Ollama's full name: <c>tiny</c> is <c>tiny:latest</c>, and the colon of a host's port is no tag.</summary>
    public static string FullName(string name) => name.IndexOf(':', name.LastIndexOf('/') + 1) < 0 ? name + ":latest" : name;

    /// <summary>
    /// Removed by a person while Ollama still has it: only a person brings it back. A model that has gone from Ollama has lost its digest, so that is what tells the two apart.
    /// </summary>
    public static bool IsHidden(Model model) => model.Status == ModelStatuses.Removed && model.Digest is not null;

    /// <summary>Neither in Ollama nor on its way: removed or failed, and not <see cref="IsHidden"/>.</summary>
    public static bool IsGone(Model model) => model.Status == ModelStatuses.Error || (model.Status == ModelStatuses.Removed && model.Digest is null);

    /// <summary>Ollama never listed it and nobody ever used it: only a name that somebody tried to pull.</summary>
    public static bool WasNeverHere(Model model) => model is { Size: 0, TotalMessages: 0, Digest: null };

    /// <summary>Only a name, and nobody has decided anything about it: nothing is lost with it.</summary>
    public static bool IsForgettable(ChatDbContext db, Model model) =>
        WasNeverHere(model) && model is { DisplayName: null, Description: null, IsEnabled: true } && !db.Entry(model).Reference(m => m.Config).Query().Any();

    /// <summary>Embedding models cannot chat. A server too old to tell capabilities gets the benefit of the doubt.</summary>
    public static bool CanChat(Model model) => model.Capabilities.Count == 0 || model.Capabilities.Contains("completion");

    public static bool IsUsable(Model model) => model is { Status: ModelStatuses.Available, IsEnabled: true } && CanChat(model);

    /// <summary>Why a model cannot be used for a chat or as the default, as a 400 that names <paramref name="field"/>.</summary>
    public static ProblemException Unusable(Model model, string field) => ProblemException.Validation(field, model switch
    {
        { Status: ModelStatuses.Removed } => $"The model '{model.Name}' has been removed. Restore it if Ollama has it, pull it again, or choose another one.",
        { Status: ModelStatuses.Downloading } => $"The model '{model.Name}' is being downloaded. Wait until it is there, or choose another one.",
        { Status: ModelStatuses.Error } => $"The model '{model.Name}' could not be downloaded ({model.Error}). Pull it again, or choose another one.",
        { IsEnabled: false } => $"The model '{model.Name}' is disabled. Enable it, or choose another one.",
        { Status: ModelStatuses.Available } => $"The model '{model.Name}' makes embeddings and cannot chat. Choose another one.",
        _ => $"The model '{model.Name}' is not ready ({model.Status}). Wait until it is available, or choose another one.",
    });

    /// <summary>Only one model may be the default at any moment, also between two statements: the index says so.</summary>
    public static void SetDefault(ChatDbContext db, Model? next)
    {
        foreach (var current in db.Models.Where(m => m.IsDefault).ToList())
            current.IsDefault = false;
        db.SaveChanges();
        if (next is not null)
            next.IsDefault = true;
        db.SaveChanges();
    }

    /// <summary>The default must be usable; where it is not, the model known longest that is takes its place.</summary>
    public static void EnsureDefault(ChatDbContext db)
    {
        var models = db.Models.OrderBy(m => m.Key).ToList();
        if (models.Find(m => m.IsDefault) is var current && (current is null || !IsUsable(current)))
        {
            var next = models.Find(IsUsable);
            if (current != next)
                SetDefault(db, next);
        }
    }
}
