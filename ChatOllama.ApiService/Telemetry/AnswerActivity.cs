using System.Diagnostics;
using System.Text.Json;
using ChatOllama.ApiService.Generations;
using ChatOllama.Contracts;
using ChatOllama.ServiceDefaults.Telemetry;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Telemetry;

/// <summary>
/// The span of one answer, in the words of the GenAI conventions. It begins below the request that asked and outlives it, as the
/// answer does; the request to Ollama and the writes to the database are below it.
/// </summary>
internal static class AnswerActivity
{
    /// <summary>Null where nobody listens.</summary>
    public static Activity? Start(Generation generation)
    {
        var model = generation.Request.Model.Name;
        var activity = Activities.Source.StartActivity($"chat {model}", ActivityKind.Client);
        if (activity is not { IsAllDataRequested: true }) return activity;
        activity.SetTag("gen_ai.operation.name", "chat");
        activity.SetTag("gen_ai.provider.name", "ollama");
        activity.SetTag("gen_ai.request.model", model);
        activity.SetTag("gen_ai.conversation.id", generation.Answer.SessionId);
        activity.SetTag("gen_ai.response.id", generation.Id);
        return activity;
    }

    /// <summary>What it came to.</summary>
    public static void Ended(Activity? activity, Answer answer)
    {
        if (activity is not { IsAllDataRequested: true }) return;
        activity.SetTag("gen_ai.response.model", answer.Model);
        activity.SetTag("gen_ai.usage.input_tokens", answer.Usage?.PromptTokens);
        activity.SetTag("gen_ai.usage.output_tokens", answer.Usage?.CompletionTokens);
        if (answer.FinishReason is { } reason) activity.SetTag("gen_ai.response.finish_reasons", new[] { reason });
        if (answer.Timings?.FirstTokenMs is { } first) activity.SetTag("gen_ai.server.time_to_first_token", first / 1000);
        activity.SetTag("chatollama.answer.status", answer.Status);
        if (answer.Usage is { DroppedMessages: > 0 } usage) activity.SetTag("chatollama.prompt.dropped_messages", usage.DroppedMessages);
        if (answer.Status != MessageStatuses.Failed) return;
        activity.SetTag("error.type", answer.ProblemCode);
        activity.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>What was asked and answered, word for word: only where <c>TELEMETRY_CONTENT</c> says so.</summary>
    public static void AddContent(Activity? activity, Prompt? prompt, Answer answer)
    {
        if (activity is not { IsAllDataRequested: true }) return;
        if (prompt is not null) activity.SetTag("gen_ai.input.messages", Json(prompt.Messages.Select(message => (message.Role.Value, message.Text))));
        activity.SetTag("gen_ai.output.messages", Json([(ChatRole.Assistant.Value, answer.Content)]));
    }

    private static string Json(IEnumerable<(string Role, string Text)> messages)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var (role, text) in messages)
            {
                writer.WriteStartObject();
                writer.WriteString("role", role);
                writer.WriteString("content", text);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
