using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Models;

/// <summary>Downloads in the database, each together with the status of its model: one transaction, so that the two never disagree.</summary>
public sealed class PullStore(ModelCatalog catalog, DbWriter writer, IDbContextFactory<ChatDbContext> readers, NewModels news)
{
    /// <summary>What waits or runs, and the last that ended, oldest first.</summary>
    internal async Task<List<Pull>> LoadAsync(CancellationToken cancellationToken)
    {
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        var newest = await db.Pulls.OrderByDescending(p => p.Key).Take(PullService.MaxWaiting + PullService.MaxEnded + 100).ToListAsync(cancellationToken);
        newest.Reverse();
        return newest;
    }

    /// <summary>Of several unfinished downloads of one model to one Ollama the first goes on. They should not be, but nothing in the database forbids them.</summary>
    /// <returns>The others, which end here; see <see cref="EndTwinsAsync"/>.</returns>
    internal static List<Pull> Join(IEnumerable<Pull> rows, DateTime now)
    {
        var twins = rows.Where(r => PullStatuses.IsUnfinished(r.Status)).GroupBy(r => (r.Name.ToUpperInvariant(), r.Host)).SelectMany(same => same.OrderBy(r => r.Key).Skip(1)).ToList();
        foreach (var twin in twins)
            (twin.Status, twin.Error, twin.EndedAt) = (PullStatuses.Cancelled, TwinSentence, now);
        return twins;
    }

    /// <summary>Stores their end, and leaves their model to the one that goes on.</summary>
    internal async Task EndTwinsAsync(IReadOnlyList<Pull> twins)
    {
        if (twins.Count == 0)
            return;
        await writer.WriteAsync(context =>
        {
            foreach (var twin in twins)
                context.Execute("UPDATE pulls SET status = $2, error = $3, ended_at = $4 WHERE key = $1", twin.Key, twin.Status, twin.Error, twin.EndedAt);
        });
    }

    /// <summary>A new job; a model that is not here gets its row, or the one it had, with status <c>downloading</c>.</summary>
    /// <exception cref="ProblemException">409 when somebody makes a model of that name right now.</exception>
    internal Task AddAsync(PullJob job) => catalog.ChangeAsync(context =>
    {
        var db = context.Db;
        if (news.IsInTheMaking(job.Name))
            throw ProblemException.Conflict($"A model named '{job.Name}' is being made right now. Wait for it, or pull another one.");
        var model = FindModel(db, job.Name);
        if (model is null)
        {
            var now = context.Now;
            db.Models.Add(model = new Model { Id = Guid.CreateVersion7().ToString(), Name = job.Name, Status = ModelStatuses.Downloading, CreatedAt = now, UpdatedAt = now });
        }
        else if (ModelRules.IsGone(model))
        {
            (model.Status, model.Error, model.UpdatedAt) = (ModelStatuses.Downloading, null, context.Now);
        }
        var row = new Pull { Id = job.Id, Name = job.Name, Insecure = job.IsInsecure, Host = job.Host, Status = PullStatuses.Queued, ModelId = model.Id, CreatedAt = job.CreatedAt };
        db.Pulls.Add(row);
        db.SaveChanges();
        (job.Key, job.ModelId) = (row.Key, model.Id);
    });

    internal Task StartedAsync(PullJob job) => writer.WriteAsync(context =>
    {
        context.Execute("UPDATE pulls SET status = 'running', started_at = $2 WHERE key = $1", job.Key, context.Now);
    });

    /// <summary>The end of a job. Of a model that is still not here the status follows it.</summary>
    internal Task EndAsync(PullJob job, PullOutcome outcome) => catalog.ChangeAsync(context =>
    {
        var (now, last) = (context.Now, job.News.Last);
        context.Execute("UPDATE pulls SET status = $2, error = $3, error_code = $4, model_id = $5, completed = $6, total = $7, ended_at = $8 WHERE key = $1",
            job.Key, outcome.Status, outcome.Fault?.Message, outcome.Fault?.Code, outcome.ModelId ?? job.ModelId, last.Completed, last.Total, now);
        context.Execute("""
            DELETE FROM pulls WHERE status NOT IN ('queued', 'running')
                AND key < (SELECT min(key) FROM (SELECT key FROM pulls WHERE status NOT IN ('queued', 'running') ORDER BY key DESC LIMIT $1))
            """, PullService.MaxEnded);
        var model = FindModel(context.Db, job.Name);
        if (model is not null && outcome.Status == PullStatuses.Done)
            model.IsLocal = false;
        // A sync may have found it gone while the end could not be stored.
        if (model is null || !(model.Status == ModelStatuses.Downloading || (model.Status == ModelStatuses.Removed && ModelRules.IsGone(model))))
            return;
        model.UpdatedAt = now;
        if (outcome.Fault is { } fault)
            (model.Status, model.Error) = (ModelStatuses.Error, fault.Message);
        else if (outcome.Status != PullStatuses.Done && ModelRules.IsForgettable(context.Db, model))
            context.Db.Models.Remove(model);
        else
            model.Status = ModelStatuses.Removed; // after a success only until the next sync can see it
    });

    private const string TwinSentence = "The same model was being downloaded twice. It goes on as one download.";

    private static Model? FindModel(ChatDbContext db, string name) =>
        db.Models.FirstOrDefault(m => m.Name == name) ?? db.Models.FirstOrDefault(m => EF.Functions.Collate(m.Name, "NOCASE") == name);
}
