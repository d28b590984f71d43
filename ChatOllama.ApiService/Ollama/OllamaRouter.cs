using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// Chat with the best of several servers, see <see cref="OllamaServers.For"/>. One that fails before its first word is passed over for the next one that has
/// the model: nothing was said, so nothing is said twice. After the first word a failure is a failure. Otherwise as <see cref="OllamaChatClient"/>; the
/// <see cref="OllamaDone"/> names the server.
/// </summary>
public sealed partial class OllamaRouter(OllamaServers servers, ILogger<OllamaRouter> log) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("ollama", servers.All[0].Address);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var model = options?.ModelId ?? throw new ArgumentException("A chat request must name its model.", nameof(options));
        var tried = new HashSet<OllamaServer>();
        ExceptionDispatchInfo? fault = null;
        while (servers.Take(model, tried) is { } server)
        {
            try
            {
                await using var updates = server.Chat.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
                fault = await BeginAsync(updates, server, model);
                if (fault is not null)
                    continue;
                do
                {
                    var update = updates.Current;
                    if (update.RawRepresentation is OllamaDone done)
                        update.RawRepresentation = done with { Host = server.Name };
                    yield return update;
                }
                while (await updates.MoveNextAsync());
                yield break;
            }
            finally
            {
                server.Leave();
            }
        }
        fault?.Throw();
    }

    /// <summary>The same stream, collected.</summary>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <summary>Nothing to do: the servers belong to the container.</summary>
    public void Dispose()
    {
    }

    /// <returns>Null when the answer has begun, else why another server may be asked.</returns>
    private async Task<ExceptionDispatchInfo?> BeginAsync(IAsyncEnumerator<ChatResponseUpdate> updates, OllamaServer server, string model)
    {
        try
        {
            // Never false: an answer has a last line, or throws.
            await updates.MoveNextAsync();
            server.NoteLoaded(model);
            return null;
        }
        catch (OllamaException e) when (MayGoElsewhere(e))
        {
            if (e.Kind == OllamaFault.Unreachable)
                servers.NoteDown(server, e);
            LogPassedOver(server.Name, model, e.Sentence);
            return ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>What is the matter with the server and not with the request: away, full, without the model, or too small for it.</summary>
    private static bool MayGoElsewhere(OllamaException e) =>
        e.Kind is OllamaFault.Unreachable or OllamaFault.Busy or OllamaFault.ModelNotFound || e is { Kind: OllamaFault.Failed, StatusCode: >= 500 };

    [LoggerMessage(LogLevel.Warning, "The Ollama at {Host} did not begin an answer of {Model}: {Sentence}")]
    private partial void LogPassedOver(string host, string model, string sentence);
}
