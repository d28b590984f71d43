using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Changes;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Import;

/// <summary>
/// Imports a file: first it is read through and checked to its end, then it is read again and written. One import at a time; the next one waits.
/// </summary>
internal sealed partial class Importer(
    IDbContextFactory<ChatDbContext> readers, DbWriter writer, AttachmentStore files, TemporaryExchanges temporary, ImportModels models, ChangeFeed changes, ILogger<Importer> log) : IDisposable
{
    /// <summary>A page that is told of more than this reads everything again anyway.</summary>
    private const int MaxTold = 200;

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <exception cref="Http.ProblemException">400 with the place of the fault; nothing has changed then.</exception>
    public async Task<ImportResult> ImportAsync(string userId, IImportFormat format, bool dryRun, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            // Before the survey: what a failed import left has the ids of its file, and would be taken for messages of another session.
            await StagedImport.RecoverAsync(writer);
            var planner = new ImportPlanner(readers, temporary, userId);
            var survey = await SurveyAsync(planner, format, cancellation);
            var isFresh = !await planner.HasSessionsAsync(cancellation);
            var changedModels = await models.ApplyAsync(survey.Models, isFresh, survey.Notes, dryRun: true);
            if (!dryRun)
            {
                await WriteAsync(userId, planner, format, survey, cancellation);
                await models.ApplyAsync(survey.Models, isFresh, new ImportNotes(), dryRun: false);
                LogImported(format.Source, survey.Added.Count, survey.Updated.Count, survey.Messages);
            }
            return new ImportResult
            {
                DryRun = dryRun,
                Source = format.Source,
                Sessions = new ImportedSessions(survey.Added.Count, survey.Updated.Count, survey.Unchanged),
                Messages = survey.Messages,
                Attachments = survey.Files.Count,
                Models = changedModels,
                Warnings = survey.Notes.ToList(),
            };
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Finishes or takes back what an earlier run of the service left.</summary>
    public async Task RecoverAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            await StagedImport.RecoverAsync(writer);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Reads the whole file and says what is new in it.</summary>
    private static async Task<Survey> SurveyAsync(ImportPlanner planner, IImportFormat format, CancellationToken cancellation)
    {
        var survey = new Survey();
        await foreach (var file in format.FilesAsync(survey.Notes, cancellation))
            await survey.AddAsync(file, planner, cancellation);
        await foreach (var model in format.ModelsAsync(survey.Notes, cancellation))
            survey.Models.Add(model);
        await foreach (var session in format.SessionsAsync(survey.Notes, cancellation))
        {
            survey.Check(session);
            foreach (var file in session.Messages.SelectMany(m => m.Files))
                await survey.AddAsync(file, planner, cancellation);
            survey.Add(await planner.PlanAsync(session, survey.Notes, cancellation));
        }
        return survey;
    }

    private async Task WriteAsync(string userId, ImportPlanner planner, IImportFormat format, Survey survey, CancellationToken cancellation)
    {
        if (survey.IsEmpty)
            return;
        var staged = new StagedImport(writer, files, userId);
        await staged.BeginAsync();
        try
        {
            var order = await ImportOrder.MakeAsync(readers, writer, userId, format.IsOrdered ? survey.Added : [.. survey.Added.OrderBy(a => a.UpdatedAt)]);
            // What was said of the file once need not be said again.
            await StageAsync(staged, planner, format, survey, order, new ImportNotes(), cancellation);
            await order.MakeRoomAsync(writer);
            await staged.MarkAsync();
        }
        catch
        {
            await DropAsync(staged);
            throw;
        }
        await HandOverAsync(staged);
        Tell(userId, survey);
    }

    private async Task DropAsync(StagedImport staged)
    {
        try
        {
            await staged.DropAsync();
        }
        catch (SqliteException e)
        {
            // The caller is told why the import failed, not why the tidying up did. Nobody sees these rows, and the next import or start removes them.
            LogNotDropped(e);
        }
    }

    private async Task HandOverAsync(StagedImport staged)
    {
        try
        {
            await staged.HandOverAsync();
        }
        catch (SqliteException e)
        {
            // It is stored and will be whole: that nothing was stored, as is said of other faults of the disk, would be wrong.
            LogNotHandedOver(e);
            throw new ProblemException(DiskFaults.Explain(e)?.Code ?? ProblemCodes.Internal,
                "The file is stored, but not all of it is shown yet, as the disk of the server failed at the end. Send the file again, or restart the server, when the disk can be written again: either finishes the import.", e);
        }
    }

    private static async Task StageAsync(StagedImport staged, ImportPlanner planner, IImportFormat format, Survey survey, ImportOrder order, ImportNotes notes, CancellationToken cancellation)
    {
        await foreach (var file in format.FilesAsync(notes, cancellation))
            if (survey.Files.Contains(file.Id) || survey.Used.Contains(file.Id))
                await staged.AddFileAsync(file);
        await foreach (var session in format.SessionsAsync(notes, cancellation))
        {
            var plan = await planner.PlanAsync(session, notes, cancellation);
            if (plan.IsHere && plan.NewMessages.Count == 0)
                continue;
            foreach (var file in session.Messages.SelectMany(m => m.Files))
                if (survey.Files.Contains(file.Id) || survey.Used.Contains(file.Id))
                    await staged.AddFileAsync(file);
            await staged.AddSessionAsync(order.Place(plan));
        }
    }

    private void Tell(string userId, Survey survey)
    {
        foreach (var added in survey.Added.Take(MaxTold))
            changes.Publish(userId, ChangeTypes.SessionCreated, added.Id);
        foreach (var id in survey.Updated.Take(MaxTold))
            changes.Publish(userId, ChangeTypes.SessionChanged, id);
    }

    public void Dispose() => _one.Dispose();

    [LoggerMessage(1, LogLevel.Information, "Imported from {Source}: {Added} sessions added, {Updated} updated, {Messages} messages")]
    private partial void LogImported(string source, int added, int updated, int messages);

    [LoggerMessage(2, LogLevel.Error, "What a failed import left could not be removed; the next import or start tries again")]
    private partial void LogNotDropped(Exception e);

    [LoggerMessage(3, LogLevel.Error, "An import is stored, but not all of it could change hands; the next import or start finishes it")]
    private partial void LogNotHandedOver(Exception e);
}
