using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Import;

/// <summary>Checks the records of our own export as strictly as the api checks requests: what is stored must never surprise a page, a prompt or a query.</summary>
internal static class ExportRules
{
    private const int MaxDetail = 20_000;
    private const int MaxDescription = 20_000;

    public static ExportedModel Model(ExportedModel model, string place)
    {
        if (model.Name is null || ModelNames.WhyNot(model.Name) is not null)
            throw ImportFault.At(place + ".name", "this is no name of a model.");
        ImportRules.Short(model.DisplayName, place + ".display_name");
        if (model.Description?.Length > MaxDescription)
            throw ImportFault.At(place + ".description", "the description is too long.");
        if (model.Config is { } config)
            ImportRules.Check(place + ".config", () => ModelConfigRules.Check(ImportModels.Update(config)));
        return model with { Name = ModelRules.FullName(model.Name) };
    }

    /// <param name="files">Ids of the files in the export.</param>
    /// <param name="missing">Those of them whose bytes it lacks.</param>
    public static IncomingSession Session(ExportedSession session, string place, HashSet<string> files, HashSet<string> missing, ImportNotes notes)
    {
        if (session.Messages is not { } messages || messages.Count > ImportRules.MaxMessages)
            throw ImportFault.At(place + ".messages", $"a list of at most {ImportRules.MaxMessages} messages is expected.");
        var roles = new Dictionary<string, string>(StringComparer.Ordinal);
        var incoming = new List<IncomingMessage>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            var at = $"{place}.messages[{i}]";
            var message = Message(messages[i] ?? throw ImportFault.At(at, "an object is expected."), at, files, missing, notes);
            CheckPlace(message, roles);
            incoming.Add(message);
        }
        if (session.ActiveMessageId is { } active && !roles.ContainsKey(active))
            throw ImportFault.At(place + ".active_message_id", "there is no message with this id in the session.");
        return Head(session, place) with { Messages = incoming };
    }

    private static IncomingSession Head(ExportedSession session, string place)
    {
        if (session.Title is null)
            throw ImportFault.At(place + ".title", "a title is missing.");
        var options = ImportRules.Check(place, () => OptionCatalog.Normalize(session.Options));
        ImportRules.Check(place, () => RequestFields.CheckSystemPrompt(session.SystemPrompt));
        return new IncomingSession
        {
            Place = place,
            Id = ImportRules.Id(session.Id, place + ".id"),
            Title = session.Title.Length == 0 ? "" : ImportRules.Check(place, () => SessionRules.Title(session.Title)),
            CreatedAt = ImportRules.Time(session.CreatedAt, place + ".created_at"),
            UpdatedAt = ImportRules.Time(session.UpdatedAt, place + ".updated_at"),
            Model = ImportRules.Short(session.Model, place + ".model"),
            SystemPrompt = session.SystemPrompt,
            OptionsJson = options is { Count: > 0 } ? JsonSerializer.Serialize(options, ContractsJson.Default.DictionaryStringJsonElement) : null,
            Pinned = session.Pinned,
            Archived = session.Archived,
            Folder = ImportRules.Folder(session.Folder, place),
            Tags = ImportRules.Tags(session.Tags, place),
            ActiveId = session.ActiveMessageId,
            Messages = [],
        };
    }

    /// <summary>A parent stands before its children, so there is neither a circle nor a message that hangs in the air.</summary>
    private static void CheckPlace(IncomingMessage message, Dictionary<string, string> roles)
    {
        if (message.ParentId is { } parent && !roles.ContainsKey(parent))
            throw ImportFault.At(message.Place + ".parent_id", "the parent must be a message that stands before this one in the same session.");
        if (message.IsAnswer && (message.ParentId is null || roles[message.ParentId] != "user"))
            throw ImportFault.At(message.Place + ".parent_id", "an answer must stand below a question.");
        if (!roles.TryAdd(message.Id, message.Role))
            throw ImportFault.At(message.Place + ".id", "another message in the file has this id.");
    }

    private static IncomingMessage Message(ExportedMessage message, string place, HashSet<string> files, HashSet<string> missing, ImportNotes notes)
    {
        if (message.Role is not ("user" or "assistant"))
            throw ImportFault.At(place + ".role", "a role must be user or assistant.");
        ImportRules.Text(message.Content, message.Thinking, place);
        ImportRules.Usage(message.Usage, place + ".usage");
        ImportRules.Timings(message.Timings, place + ".timings");
        if (message.Problem?.Detail?.Length > MaxDetail)
            throw ImportFault.At(place + ".problem.detail", "the text is too long.");
        return new IncomingMessage
        {
            Place = place,
            Id = ImportRules.Id(message.Id, place + ".id"),
            ParentId = message.ParentId,
            Role = message.Role,
            Content = message.Content,
            Thinking = message.Thinking,
            Model = ImportRules.Short(message.Model, place + ".model"),
            Status = Status(message, place, notes),
            CreatedAt = ImportRules.Time(message.CreatedAt, place + ".created_at"),
            UpdatedAt = message.UpdatedAt is { } updated ? ImportRules.Time(updated, place + ".updated_at") : null,
            FinishReason = ImportRules.Short(message.FinishReason, place + ".finish_reason"),
            Usage = message.Usage,
            Timings = message.Timings,
            ProblemCode = ImportRules.Short(message.Problem?.Code, place + ".problem.code"),
            ProblemDetail = message.Problem?.Detail,
            RequestJson = Request(message.Request, place + ".request"),
            TraceId = ImportRules.Short(message.TraceId, place + ".trace_id"),
            Attachments = Attachments(message, place, files, missing),
        };
    }

    private static string Status(ExportedMessage message, string place, ImportNotes notes)
    {
        switch (message.Status)
        {
            case MessageStatuses.Complete:
            case MessageStatuses.Stopped or MessageStatuses.Interrupted or MessageStatuses.Failed when message.Role == "assistant":
                return message.Status;
            case MessageStatuses.Queued or MessageStatuses.Generating when message.Role == "assistant":
                notes.Add(ImportWarnings.UnfinishedAnswer, place);
                return MessageStatuses.Interrupted;
            default:
                throw ImportFault.At(place + ".status", "a status must be complete, of an answer also stopped, interrupted or failed.");
        }
    }

    private static string? Request(JsonElement? request, string place)
    {
        if (request is not { ValueKind: not JsonValueKind.Null } value)
            return null;
        return ImportRules.Check(place, () =>
        {
            var extras = value.Deserialize(RequestExtrasJson.Default.RequestExtras) ?? new RequestExtras();
            OptionCatalog.Normalize(extras.Options);
            RequestFields.CheckThink(extras.Think);
            RequestFields.CheckFormat(extras.Format);
            RequestFields.CheckKeepAlive(extras.KeepAlive);
            RequestFields.CheckSystemPrompt(extras.SystemPrompt);
            return extras.ToJson();
        });
    }

    private static List<string> Attachments(ExportedMessage message, string place, HashSet<string> files, HashSet<string> missing)
    {
        var ids = message.Attachments ?? [];
        if (ids.Length > ChatAttachments.MaxCount)
            throw ImportFault.At(place + ".attachments", $"a message can bring at most {ChatAttachments.MaxCount} files.");
        for (var i = 0; i < ids.Length; i++)
            if (ids[i] is null || !files.Contains(ids[i]))
                throw ImportFault.At($"{place}.attachments[{i}]", "there is no file with this id in the export.");
        return [.. ids.Where(id => !missing.Contains(id))];
    }
}
