using ChatOllama.Contracts;
using ChatOllama.Web.Api;
using ChatOllama.Web.Components.Composing;

namespace ChatOllama.Web.Components.Chats;

/// <summary>What the page of a new chat shows.</summary>
public sealed record HomeView(ShellView Shell, ModelList Models, Draft? Draft)
{
    /// <summary>Where its composer sends to.</summary>
    public string Action { get; init; } = "/send";
}

/// <summary>What the page of a session shows.</summary>
public sealed record SessionView(ShellView Shell, SessionDetail Session, IReadOnlyList<MessageView> Messages, ModelList Models, Draft? Draft)
{
    /// <summary>The first message shown, where older ones stand on another page; else null.</summary>
    public string? OlderThan { get; init; }

    /// <summary>What is newer stands on another page, or the branch is not the active one: nothing can be sent from here.</summary>
    public bool IsOlder { get; init; }

    /// <summary>The last message shown, where newer ones follow on another page of a branch; else null.</summary>
    public string? NewerThan { get; init; }

    /// <summary>The message that the page was opened at.</summary>
    public string? At { get; init; }

    /// <summary>The branch shown is not the session's active one.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>The answer that is being written, if one is.</summary>
    public MessageView? Running => Messages.LastOrDefault(message => !MessageStatuses.IsTerminal(message.Status));
}

/// <summary>Gets what the chat pages show, side by side where it can.</summary>
internal sealed class ChatLoader(ApiClient api, ShellLoader shell)
{
    /// <summary>Messages on a page.</summary>
    private const int Shown = 50;
    private static readonly ModelList NoModels = new() { Models = [], Total = 0 };

    public ApiClient Api => api;

    public async Task<HomeView> HomeAsync(CancellationToken stop, Draft? draft = null)
    {
        var models = api.ListModelsAsync(availableOnly: true, stop);
        var around = shell.LoadAsync(stop);
        await Task.WhenAll(models, around);
        return new HomeView(await around, await models, draft);
    }

    /// <summary>Words that could not be sent because the api is away, kept on a page that needs nothing of it.</summary>
    /// <param name="action">Where they go when they are sent again.</param>
    public HomeView Alone(Draft draft, string action) => new(shell.Partial(), NoModels, draft) { Action = action };

    /// <summary>What stands around a session, for a script that takes over nothing else.</summary>
    public async Task<SessionView> FrameAsync(string id, CancellationToken stop)
    {
        var session = api.GetSessionAsync(id, stop);
        var around = shell.LoadAsync(stop);
        await Task.WhenAll(session, around);
        return new SessionView(await around, await session, [], NoModels, null);
    }

    /// <param name="before">The page above this message.</param>
    /// <param name="at">The page around this message, whatever branch it is on; the newest page when it has gone.</param>
    public async Task<SessionView> SessionAsync(string id, CancellationToken stop, Draft? draft = null, string? before = null, string? at = null)
    {
        // First what carries the version that the page listens from: what is read after it may be newer, never older.
        var around = await shell.LoadAsync(stop);
        var session = api.GetSessionAsync(id, stop);
        var messages = at is null ? api.ListMessagesAsync(id, before, Shown, stop) : AroundAsync(id, at, stop);
        var models = api.ListModelsAsync(availableOnly: true, stop);
        await Task.WhenAll(session, messages, models);
        var page = await messages;
        var elsewhere = page.IsActiveBranch is false;
        return new SessionView(around, await session, page.Messages, await models, draft)
        {
            OlderThan = page.NextCursor is null ? null : page.Messages[0].Id,
            IsOlder = before is not null || page.HasNewer is true || elsewhere,
            NewerThan = page.HasNewer is true ? page.Messages[^1].Id : null,
            At = page.IsActiveBranch is null ? null : at,
            IsElsewhere = elsewhere,
        };
    }

    private async Task<MessageList> AroundAsync(string id, string at, CancellationToken stop)
    {
        try
        {
            return await api.ListMessagesAroundAsync(id, at, Shown, stop);
        }
        catch (ApiException gone) when (gone.Problem.Code == ProblemCodes.Validation)
        {
            return await api.ListMessagesAsync(id, null, Shown, stop);
        }
    }
}
