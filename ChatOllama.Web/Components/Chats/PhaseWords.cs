using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Chats;

/// <summary>What an answer that has no word yet is waiting for, in the visitor's language.</summary>
/// <param name="Label">A few words; empty when words are coming.</param>
/// <param name="Hint">What one may know or do when it lasts.</param>
internal readonly record struct PhaseWords(string Label, string Hint)
{
    public static PhaseWords Of(MessageView message) => message.Content.Length > 0 ? new(ChatTexts.Answering, ChatTexts.QuietHint)
        : message.Thinking is { Length: > 0 } ? new(ChatTexts.Thinking, ChatTexts.QuietHint)
        : Of(message.Phase ?? (message.Status == MessageStatuses.Queued ? ChatPhases.Queued : null), message.Place);

    public static PhaseWords Of(string? phase, int? place) => phase switch
    {
        ChatPhases.Queued when place is { } number => new(Words.Fill(ChatTexts.QueuedAt, number), ChatTexts.QueuedHint),
        ChatPhases.Queued => new(ChatTexts.Queued, ChatTexts.QueuedHint),
        ChatPhases.Loading => new(ChatTexts.Loading, ChatTexts.LoadingHint),
        ChatPhases.Prompt => new(ChatTexts.Prompt, ChatTexts.PromptHint),
        _ => new(ChatTexts.FirstWord, ChatTexts.QuietHint),
    };

    /// <summary>The web has lost the api and asks for it again and again.</summary>
    public static PhaseWords Reconnecting => new(ChatTexts.ApiAway, ChatTexts.ReconnectingHint);
}
