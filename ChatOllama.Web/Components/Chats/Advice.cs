using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Chats;

/// <summary>Why an answer failed and what to do about it, in the visitor's language. The sentence of Ollama is shown beside it, never instead.</summary>
internal sealed record Advice(string Title, string WhatToDo)
{
    /// <summary>The detail of the problem is Ollama's own sentence.</summary>
    public bool IsOllamas { get; init; }

    /// <summary>Which ways out are offered besides trying again.</summary>
    public bool OtherModel { get; init; }
    public bool NewChat { get; init; }
    public bool ModelSettings { get; init; }
    public bool ModelList { get; init; }
    public bool Settings { get; init; }

    public static Advice On(Problem? problem) => problem?.Code switch
    {
        ProblemCodes.OllamaUnreachable => new(ChatTexts.FailedUnreachable, ChatTexts.AdviceUnreachable) { Settings = true },
        ProblemCodes.Overloaded => new(ChatTexts.FailedBusy, ChatTexts.AdviceBusy),
        ProblemCodes.OllamaTimeout => new(ChatTexts.FailedTimeout, ChatTexts.AdviceTimeout) { OtherModel = true },
        ProblemCodes.ContextOverflow => new(ChatTexts.FailedContext, ChatTexts.AdviceContext) { NewChat = true, ModelSettings = true },
        ProblemCodes.Ollama => OnSentence(problem.Detail ?? "") with { IsOllamas = true },
        _ => new(ChatTexts.FailedOther, ChatTexts.AdviceOther) { OtherModel = true },
    };

    /// <summary>Ollama has no codes: what went wrong stands in its sentences, which have changed little over the years.</summary>
    private static Advice OnSentence(string sentence) =>
        Says(sentence, "not found", "try pulling it first", "no such model") ? new(ChatTexts.FailedGone, ChatTexts.AdviceGone) { OtherModel = true, ModelList = true }
        : Says(sentence, "system memory", "out of memory", "cudaMalloc failed", "unable to allocate", "failed to allocate", "insufficient memory", "signal: killed")
            ? new(ChatTexts.FailedMemory, ChatTexts.AdviceMemory) { OtherModel = true, ModelSettings = true }
        : Says(sentence, "does not support") ? new(ChatTexts.FailedAbility, ChatTexts.AdviceAbility) { OtherModel = true }
        : Says(sentence, "runner process", "unexpected EOF", "error loading model", "unable to load model", "CUDA error", "llama runner")
            ? new(ChatTexts.FailedCrash, ChatTexts.AdviceCrash) { OtherModel = true, ModelSettings = true }
        : new(ChatTexts.FailedOther, ChatTexts.AdviceOther) { OtherModel = true };

    private static bool Says(string sentence, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
            if (sentence.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
