using System.Security.Cryptography;
using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Export;

/// <summary>Rows as an export has them: every column that cannot be made again from others.</summary>
internal static class ExportRecords
{
    public static ExportedSession Of(Session row, string? activeId) => new()
    {
        Id = row.Id,
        Title = row.Title,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
        Model = row.Model,
        SystemPrompt = row.SystemPrompt,
        Options = Parse(row.OptionsJson),
        Pinned = row.Pinned,
        Archived = row.Archived,
        Folder = row.Folder,
        Tags = [.. row.Tags],
        ActiveMessageId = activeId,
        Messages = [],
    };

    /// <summary>Of a temporary session.</summary>
    public static ExportedSession Of(SessionDetail session) => new()
    {
        Id = session.Id,
        Title = session.Title,
        CreatedAt = session.CreatedAt,
        UpdatedAt = session.UpdatedAt,
        Model = session.Model,
        SystemPrompt = session.SystemPrompt,
        Options = session.Options,
        Temporary = session.Temporary,
        ActiveMessageId = session.ActiveMessageId,
        Messages = [],
    };

    public static ExportedMessage Of(Message row, string? parentId) => new()
    {
        Id = row.Id,
        ParentId = parentId,
        Role = row.Role,
        Content = row.Content,
        Thinking = row.Thinking,
        Model = row.Model,
        Status = row.Status,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
        FinishReason = row.FinishReason,
        Usage = UsageOf(row),
        Timings = TimingsOf(row),
        Problem = row.ProblemCode is { } code ? new ExportedProblem(code, row.ProblemDetail) : null,
        Request = row.RequestJson is { } request ? JsonSerializer.Deserialize(request, ContractsJson.Default.JsonElement) : null,
        TraceId = row.TraceId,
        Attachments = [.. row.Attachments.OrderBy(a => a.Position).Select(a => a.Attachment!.Id)],
    };

    /// <summary>Of a temporary session.</summary>
    public static ExportedMessage Of(MessageView message) => new()
    {
        Id = message.Id,
        ParentId = message.ParentId,
        Role = message.Role,
        Content = message.Content,
        Thinking = message.Thinking,
        Model = message.Model,
        Status = message.Status,
        CreatedAt = message.CreatedAt,
        FinishReason = message.FinishReason,
        Usage = message.Usage,
        Timings = message.Timings,
        Problem = message.Problem is { } problem ? new ExportedProblem(problem.Code, problem.Detail) : null,
        Attachments = [.. (message.Attachments ?? []).Select(a => a.Id)],
    };

    public static ExportedModel Of(Model row) => new()
    {
        Name = row.Name,
        DisplayName = row.DisplayName,
        Description = row.Description,
        IsEnabled = row.IsEnabled,
        IsDefault = row.IsDefault,
        Config = ConfigOf(row.Config),
    };

    public static bool SaysAnything(ExportedModel model) => model with { Name = "" } != new ExportedModel { Name = "" };

    private static ModelConfigView? ConfigOf(ModelConfig? row)
    {
        if (row is null)
            return null;
        var config = new ModelConfigView
        {
            Temperature = row.Temperature,
            TopP = row.TopP,
            TopK = row.TopK,
            RepeatPenalty = row.RepeatPenalty,
            ContextLength = row.ContextLength,
            MaxTokens = row.MaxTokens,
            SystemPrompt = row.SystemPrompt,
            KeepAlive = row.KeepAliveJson is { } keepAlive ? JsonElement.Parse(keepAlive) : null,
            Think = row.ThinkJson is { } think ? JsonElement.Parse(think) : null,
            CustomOptions = Parse(row.CustomOptionsJson),
        };
        // A row whose fields were all taken back says nothing.
        return config == new ModelConfigView() ? null : config;
    }

    private static Usage? UsageOf(Message row)
    {
        var usage = new Usage { PromptTokens = row.PromptTokens, CompletionTokens = row.CompletionTokens, ContextLength = row.ContextLength, DroppedMessages = row.DroppedMessages };
        return usage == new Usage() ? null : usage;
    }

    private static Timings? TimingsOf(Message row)
    {
        var timings = new Timings
        {
            QueueMs = row.QueueMs,
            LoadMs = row.LoadMs,
            PromptMs = row.PromptMs,
            FirstTokenMs = row.FirstTokenMs,
            ThinkingMs = row.ThinkingMs,
            TotalMs = row.TotalMs,
            TokensPerSecond = row.TokensPerSecond,
        };
        return timings == new Timings() ? null : timings;
    }

    private static Dictionary<string, JsonElement>? Parse(string? json) =>
        json is null ? null : JsonSerializer.Deserialize(json, ContractsJson.Default.DictionaryStringJsonElement);
}

/// <summary>A file to be written out.</summary>
/// <param name="Bytes">Of a temporary session; null for what lies on disk under <paramref name="Hash"/>.</param>
internal sealed record ExportFile(string Id, string Name, string MediaType, long Size, string Hash, byte[]? Bytes)
{
    public static ExportFile Of(Attachment row) => new(row.Id, row.Name, row.MediaType, row.Size, row.Hash, null);

    public static ExportFile Of(ExchangeAttachment held)
    {
        var bytes = held.Bytes ?? [];
        return new ExportFile(held.Id, held.Name, held.MediaType, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes);
    }
}
