using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Ollama;

/// <summary>
/// Chat with Ollama as <see cref="IChatClient"/>. Thread-safe.
/// <para>Lines that arrived together make one <see cref="ChatResponseUpdate"/>, each with a content of its own: text, reasoning or tool calls; the text of many is
/// joined, see <see cref="LineTexts"/>. The last update, and only that one,
/// carries <c>FinishReason</c>, a <see cref="UsageContent"/> and an <see cref="OllamaDone"/> as <c>RawRepresentation</c>. Whatever ends without it throws
/// <see cref="OllamaException"/>: there is no success but Ollama's last line.</para>
/// <para><c>MoveNextAsync</c> completes synchronously as long as whole lines of one network read are left, so a pump flushes when it does not.</para>
/// <para>Cancelling closes the connection at once, even in silence, and throws <see cref="OperationCanceledException"/>; so does leaving the loop, without the exception.
/// There are no time limits here.</para>
/// </summary>
public sealed class OllamaChatClient(OllamaTransport transport) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("ollama", transport.Address);

    /// <summary>What Microsoft.Extensions.AI has no word for goes through <see cref="ChatOptions.RawRepresentationFactory"/> as <see cref="OllamaRequestOptions"/>.</summary>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stream = await OpenAsync(messages, options, cancellationToken);
        var calledTools = false;
        var texts = new LineTexts();
        while (true)
        {
            if (!stream.TryReadLine(out var json))
            {
                // Nothing more has arrived: what came goes out before the wait.
                if (texts.Any) yield return texts.Take(moreHasArrived: false);
                if (await stream.ReadLineAsync(cancellationToken) is not { } next) break;
                json = next;
            }
            if (texts.IsFull) yield return texts.Take(moreHasArrived: true);
            cancellationToken.ThrowIfCancellationRequested();
            if (texts.TryAdd(json.Span)) continue;
            var line = Parse(json.Span, out var fault);
            if (fault is null && line is { Done: null, ToolCalls: null })
            {
                texts.Add(line);
                continue;
            }
            if (texts.Any) yield return texts.Take(moreHasArrived: true);
            if (fault is not null) throw fault;
            calledTools |= line.ToolCalls is not null;
            if (line.Done is { } done)
            {
                yield return Last(line, done, options, calledTools);
                await stream.FinishAsync(cancellationToken);
                yield break;
            }
            yield return new ChatResponseUpdate(ChatRole.Assistant, Contents(line, null));
        }
        throw new OllamaException(OllamaFault.Incomplete,
            "Ollama ended the answer before it was complete. It may have been stopped or run out of memory; look into its log and try again.", 200);
    }

    /// <summary>The same stream, collected.</summary>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <summary>Nothing to do: the transport belongs to the container.</summary>
    public void Dispose()
    {
    }

    // A method of its own, so that the request's bytes do not live as long as the answer.
    private Task<OllamaStream> OpenAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken) =>
        transport.OpenAsync("api/chat", ChatRequestWriter.Write(messages, options, options?.RawRepresentationFactory?.Invoke(this) as OllamaRequestOptions), cancellationToken);

    /// <param name="fault">What is wrong with the line; what came before it must not be lost.</param>
    private static ChatLine Parse(ReadOnlySpan<byte> json, out OllamaException? fault)
    {
        try
        {
            var line = ChatLine.Parse(json);
            fault = line.IsError ? OllamaErrors.FromLine(json) : null;
            return line;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            fault = OllamaErrors.NotOllama(200, json.TrimStart(" \t\r"u8).StartsWith("<"u8) ? "an HTML page" : "a line that is not the expected JSON", e);
            return default;
        }
    }

    private static ChatResponseUpdate Last(ChatLine line, OllamaDone done, ChatOptions? options, bool calledTools) =>
        new(ChatRole.Assistant, Contents(line, Usage(done)))
        {
            FinishReason = done.Reason switch
            {
                null or "stop" => calledTools ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
                "length" => ChatFinishReason.Length,
                var other => new ChatFinishReason(other),
            },
            ModelId = options?.ModelId,
            RawRepresentation = done,
        };

    private static UsageContent Usage(OllamaDone done) => new(new UsageDetails
    {
        InputTokenCount = done.PromptEvalCount,
        OutputTokenCount = done.EvalCount,
        TotalTokenCount = done.PromptEvalCount is null && done.EvalCount is null ? null : (done.PromptEvalCount ?? 0L) + (done.EvalCount ?? 0L),
    });

    private static AIContent[] Contents(in ChatLine line, UsageContent? usage)
    {
        var contents = new List<AIContent>(2);
        if (line.Thinking is { } thinking)
            contents.Add(new TextReasoningContent(thinking));
        if (line.Content is { } text)
            contents.Add(new TextContent(text));
        if (line.ToolCalls is { } calls)
            contents.AddRange(calls);
        if (usage is not null)
            contents.Add(usage);
        return [.. contents];
    }
}
