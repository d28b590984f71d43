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
    /// <summary>The answer that is being written, if one is.</summary>
    public MessageView? Running => Messages.LastOrDefault(message => !MessageStatuses.IsTerminal(message.Status));
}

/// <summary>Gets what the chat pages show, side by side where it can.</summary>
internal sealed class ChatLoader(ApiClient api, ShellLoader shell)
{
    public ApiClient Api => api;

    public async Task<HomeView> HomeAsync(CancellationToken stop, Draft? draft = null)
    {
        var models = api.ListModelsAsync(availableOnly: true, stop);
        var around = shell.LoadAsync(stop);
        await Task.WhenAll(models, around);
        return new HomeView(await around, await models, draft);
    }

    public async Task<SessionView> SessionAsync(string id, CancellationToken stop, Draft? draft = null)
    {
        var session = api.GetSessionAsync(id, stop);
        var messages = api.ListMessagesAsync(id, stop);
        var models = api.ListModelsAsync(availableOnly: true, stop);
        var around = shell.LoadAsync(stop);
        await Task.WhenAll(session, messages, models, around);
        return new SessionView(await around, await session, (await messages).Messages, await models, draft);
    }
}
