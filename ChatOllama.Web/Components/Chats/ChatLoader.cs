using ChatOllama.Contracts;
using ChatOllama.Web.Api;

namespace ChatOllama.Web.Components.Chats;

/// <summary>Words that could not be sent, and why; null where nothing went wrong.</summary>
public sealed record Draft(string Text, string? Model, Problem? Problem, string? Key);

/// <summary>What the page of a new chat shows.</summary>
public sealed record HomeView(ShellView Shell, ModelList Models, Draft? Draft);

/// <summary>What the page of a session shows.</summary>
public sealed record SessionView(ShellView Shell, SessionDetail Session, IReadOnlyList<MessageView> Messages, ModelList Models, Draft? Draft)
{
    /// <summary>The first message shown, where older ones stand on another page; else null.</summary>
    public string? OlderThan { get; init; }

    /// <summary>This is a page of older messages: what is newer stands elsewhere, and nothing can be sent from here.</summary>
    public bool IsOlder { get; init; }

    /// <summary>The answer that is being written, if one is.</summary>
    public MessageView? Running => Messages.LastOrDefault(message => !MessageStatuses.IsTerminal(message.Status));
}

/// <summary>Gets what the chat pages show, side by side where it can.</summary>
internal sealed class ChatLoader(ApiClient api, ShellLoader shell)
{
    /// <summary>Messages on a page.</summary>
    private const int Shown = 50;

    public ApiClient Api => api;

    public async Task<HomeView> HomeAsync(CancellationToken stop, Draft? draft = null)
    {
        var models = api.ListModelsAsync(availableOnly: true, stop);
        var around = shell.LoadAsync(stop);
        await Task.WhenAll(models, around);
        return new HomeView(await around, await models, draft);
    }

    public async Task<SessionView> SessionAsync(string id, CancellationToken stop, Draft? draft = null, string? before = null)
    {
        var session = api.GetSessionAsync(id, stop);
        var messages = api.ListMessagesAsync(id, before, Shown, stop);
        var models = api.ListModelsAsync(availableOnly: true, stop);
        var around = shell.LoadAsync(stop);
        await Task.WhenAll(session, messages, models, around);
        var page = await messages;
        return new SessionView(await around, await session, page.Messages, await models, draft)
        {
            OlderThan = page.NextCursor is null ? null : page.Messages[0].Id,
            IsOlder = before is not null,
        };
    }
}
