using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>Checks a config by the same catalog of options that chat requests obey, and writes it into the row.</summary>
internal static class ModelConfigRules
{
    /// <exception cref="ProblemException">400 that names the first field out of range.</exception>
    public static void Check(UpdateModelConfigRequest request)
    {
        CheckNumber("temperature", request.Temperature.Value);
        CheckNumber("top_p", request.TopP.Value);
        CheckNumber("top_k", request.TopK.Value);
        CheckNumber("repeat_penalty", request.RepeatPenalty.Value);
        CheckNumber("context_length", request.ContextLength.Value);
        CheckNumber("max_tokens", request.MaxTokens.Value);
        RequestFields.CheckSystemPrompt(request.SystemPrompt.Value);
        RequestFields.CheckKeepAlive(request.KeepAlive.Value);
        RequestFields.CheckThink(request.Think.Value);
        var options = OptionCatalog.Normalize(request.CustomOptions.Value, "custom_options");
        foreach (var name in options?.Keys ?? Enumerable.Empty<string>())
        {
            if (OptionCatalog.Find(name) is { PublicName: "temperature" or "top_p" or "top_k" or "repeat_penalty" or "context_length" or "max_tokens" } own)
                throw ProblemException.Validation($"custom_options.{name}", $"{own.PublicName} has a field of its own; set that one.");
        }
    }

    /// <summary>Fields that were not sent stay; null is the model's own default again. Call <see cref="Check"/> before.</summary>
    public static void Apply(UpdateModelConfigRequest request, ModelConfig row, DateTime now)
    {
        row.Temperature = request.Temperature.Or(row.Temperature);
        row.TopP = request.TopP.Or(row.TopP);
        row.TopK = request.TopK.Or(row.TopK);
        row.RepeatPenalty = request.RepeatPenalty.Or(row.RepeatPenalty);
        row.ContextLength = request.ContextLength.Or(row.ContextLength);
        row.MaxTokens = request.MaxTokens.Or(row.MaxTokens);
        if (request.SystemPrompt.IsSet)
            row.SystemPrompt = string.IsNullOrWhiteSpace(request.SystemPrompt.Value) ? null : request.SystemPrompt.Value;
        if (request.KeepAlive.IsSet)
            row.KeepAliveJson = Raw(request.KeepAlive.Value);
        if (request.Think.IsSet)
            row.ThinkJson = Raw(request.Think.Value);
        if (request.CustomOptions.IsSet)
            row.CustomOptionsJson = Raw(OptionCatalog.Normalize(request.CustomOptions.Value, "custom_options"));
        row.UpdatedAt = now;
    }

    private static void CheckNumber(string field, double? value)
    {
        if (value is not { } number)
            return;
        if (!double.IsFinite(number))
            throw ProblemException.Validation(field, $"{field} must be a number.");
        OptionCatalog.Check(OptionCatalog.Find(field)!, JsonSerializer.SerializeToElement(number, ContractsJson.Default.Double), field);
    }

    private static string? Raw(JsonElement? value) =>
        value is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } element ? element.GetRawText() : null;

    private static string? Raw(Dictionary<string, JsonElement>? options) =>
        options is { Count: > 0 } ? JsonSerializer.Serialize(options, ContractsJson.Default.DictionaryStringJsonElement) : null;
}
