using System.Text;
using System.Text.Json;
using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using Microsoft.Extensions.AI;

namespace ChatOllama.ApiService.Generations;

/// <summary>The messages of one request to the model.</summary>
/// <param name="Chars">Their size, for the estimate of characters per token.</param>
/// <param name="Dropped">Messages of the branch that were left out.</param>
public sealed record Prompt(IReadOnlyList<ChatMessage> Messages, int Chars, int Dropped);

/// <summary>Makes the prompt of a generation from its branch: system prompt, turns, and of a continued answer the text so far.</summary>
public sealed class PromptBuilder(IAttachmentBytes attachments)
{
    // What an image costs in a context differs by model; some hundred tokens is usual.
    private const int ImageChars = 2500;

    /// <summary>Reads the branch once; <see cref="Conversation.Fit"/> then makes prompts of different sizes from it.</summary>
    public async Task<Conversation> LoadAsync(Generation generation, CancellationToken cancellationToken)
    {
        var branch = generation.Branch ?? await generation.Store.LoadBranchAsync(generation.Seq, cancellationToken);
        // To Ollama a request without messages means "load the model", and it would count as an answer.
        if (branch.Count == 0) throw ProblemException.NotFound("The session of this answer has been deleted.");
        var messages = new List<ChatMessage>(branch.Count + 2);
        var chars = new List<int>(branch.Count + 2);
        foreach (var message in branch)
        {
            var built = message.Role == "user"
                ? await QuestionAsync(message, generation.Request.Model.Sees, cancellationToken)
                : new ChatMessage(ChatRole.Assistant, message.Content);
            // An answer that failed before its first word has nothing to say.
            if (built.Role == ChatRole.Assistant && message.Content.Length == 0) continue;
            messages.Add(built);
            chars.Add(Size(built));
        }
        if (generation.Answer.Content.Length > 0)
        {
            messages.Add(new ChatMessage(ChatRole.Assistant, generation.Answer.Content));
            chars.Add(Size(messages[^1]));
        }
        return new Conversation(generation.Request.SystemPrompt, messages, chars);
    }

    private static int Size(ChatMessage message) =>
        ContextFitter.MessageOverhead + message.Contents.Sum(c => c is TextContent text ? text.Text.Length : ImageChars);

    private async Task<ChatMessage> QuestionAsync(BranchMessage message, bool modelSees, CancellationToken cancellationToken)
    {
        if (message.Attachments.Count == 0) return new ChatMessage(ChatRole.User, message.Content);
        var contents = new List<AIContent>();
        var text = new StringBuilder();
        foreach (var attachment in message.Attachments)
        {
            var isImage = attachment.MediaType.StartsWith("image/", StringComparison.Ordinal);
            if (isImage && !modelSees)
            {
                text.Append("[Image ").Append(attachment.Name).Append(": this model cannot see it]\n\n");
                continue;
            }
            if (await BytesAsync(attachment, cancellationToken) is not { } bytes)
            {
                text.Append("[File ").Append(attachment.Name).Append(": it is no longer there]\n\n");
                continue;
            }
            if (isImage) contents.Add(new DataContent(bytes, attachment.MediaType));
            else AppendFile(text, attachment.Name, Encoding.UTF8.GetString(bytes.Span));
        }
        contents.Insert(0, new TextContent(text.Append(message.Content).ToString()));
        return new ChatMessage(ChatRole.User, contents);
    }

    /// <summary>The file between fences that nothing in it can close: a Markdown file has fences of its own.</summary>
    private static void AppendFile(StringBuilder text, string name, string content)
    {
        content = content.TrimStart('\uFEFF').TrimEnd();
        var fence = "```";
        while (content.Contains(fence, StringComparison.Ordinal)) fence += '`';
        text.Append("File ").Append(name).Append(":\n").Append(fence).Append('\n').Append(content).Append('\n').Append(fence).Append("\n\n");
    }

    /// <summary>Null when somebody removed the file by hand: the chat goes on without it, and the model is told.</summary>
    private async Task<ReadOnlyMemory<byte>?> BytesAsync(BranchAttachment attachment, CancellationToken cancellationToken)
    {
        if (attachment.Bytes is { } inMemory) return inMemory;
        try
        {
            return await attachments.ReadAsync(attachment.Hash, cancellationToken);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>Reads the bytes of an attachment by their hash.</summary>
public interface IAttachmentBytes
{
    Task<ReadOnlyMemory<byte>> ReadAsync(string hash, CancellationToken cancellationToken);
}

/// <summary>A branch in the model's terms, oldest first.</summary>
public sealed class Conversation(string? systemPrompt, IReadOnlyList<ChatMessage> messages, IReadOnlyList<int> chars)
{
    private int SystemChars => systemPrompt is null ? 0 : systemPrompt.Length + ContextFitter.MessageOverhead;

    private readonly bool[] _isQuestion = [.. messages.Select(m => m.Role == ChatRole.User)];

    /// <summary>Messages that could be left out at most: all but the last turn.</summary>
    public int MaxDropped => Math.Max(0, Array.LastIndexOf(_isQuestion, true));

    /// <summary>The prompt that fits into <paramref name="budgetTokens"/> by the estimate; everything when the budget is not known.</summary>
    public Prompt Fit(int? budgetTokens, double charsPerToken) =>
        Build(ContextFitter.Fit(_isQuestion, chars, SystemChars, budgetTokens * charsPerToken));

    /// <summary>The prompt with one turn less than one that left out <paramref name="dropped"/> messages.</summary>
    public Prompt DropOneMore(int dropped)
    {
        var next = Array.IndexOf(_isQuestion, true, dropped + 1);
        return Build(next < 0 ? dropped : next);
    }

    private Prompt Build(int dropped)
    {
        var prompt = new List<ChatMessage>(messages.Count - dropped + 1);
        if (systemPrompt is not null) prompt.Add(new ChatMessage(ChatRole.System, systemPrompt));
        prompt.AddRange(messages.Skip(dropped));
        return new Prompt(prompt, SystemChars + chars.Skip(dropped).Sum(), dropped);
    }
}

/// <summary>Gives an effective request to <see cref="IChatClient"/>: standard options where M.E.AI has a word, the raw representation for the rest.</summary>
public static class ChatOptionsFactory
{
    public static ChatOptions Create(EffectiveRequest request)
    {
        var options = new ChatOptions { ModelId = request.Model.Name };
        var rest = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in request.Options)
        {
            switch (name)
            {
                case "temperature": options.Temperature = value.GetSingle(); break;
                case "top_p": options.TopP = value.GetSingle(); break;
                case "top_k": options.TopK = value.GetInt32(); break;
                case "seed": options.Seed = value.GetInt64(); break;
                case "num_predict" when value.GetInt32() > 0: options.MaxOutputTokens = value.GetInt32(); break;
                case "frequency_penalty": options.FrequencyPenalty = value.GetSingle(); break;
                case "presence_penalty": options.PresencePenalty = value.GetSingle(); break;
                case "stop":
                    options.StopSequences = value.ValueKind == JsonValueKind.String
                        ? [value.GetString()!]
                        : [.. value.EnumerateArray().Select(v => v.GetString()!)];
                    break;
                default: rest[name] = value; break;
            }
        }
        var raw = new OllamaRequestOptions { Options = rest.Count == 0 ? null : rest, Think = request.Think, Format = request.Format, KeepAlive = request.KeepAlive };
        options.RawRepresentationFactory = _ => raw;
        return options;
    }
}
