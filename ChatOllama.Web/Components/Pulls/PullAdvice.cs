using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Pulls;

/// <summary>Why a download failed and what to do about it, in the visitor's language. Ollama's own sentence stands beside it.</summary>
internal sealed record PullAdvice(string Title, string WhatToDo)
{
    /// <summary>Another try of the same may end better.</summary>
    public bool TryAgain { get; init; } = true;

    public static PullAdvice On(PullView pull) => pull.ErrorCode switch
    {
        ProblemCodes.OllamaUnreachable or ProblemCodes.OllamaTimeout => new(PullTexts.FailedOllama, PullTexts.AdviceOllama),
        _ => OnSentence(pull.Error ?? ""),
    };

    /// <summary>Ollama has no codes: what went wrong stands in its sentences and in those of Go and of the registry.</summary>
    private static PullAdvice OnSentence(string sentence) =>
        Says(sentence, "no space left", "not enough space", "disk full", "disk quota") ? new(PullTexts.FailedDisk, PullTexts.AdviceDisk)
        : Says(sentence, "file does not exist", "not found", "invalid model name", "repository name") ? new(PullTexts.FailedName, PullTexts.AdviceName) { TryAgain = false }
        : Says(sentence, "newer version") ? new(PullTexts.FailedOld, PullTexts.AdviceOld)
        : Says(sentence, "unauthorized", "401", "403", "access denied", "gated") ? new(PullTexts.FailedAccess, PullTexts.AdviceAccess)
        : Says(sentence, "digest mismatch") ? new(PullTexts.FailedBroken, PullTexts.AdviceBroken)
        : Says(sentence, "no such host", "dial tcp", "i/o timeout", "connection refused", "max retries", "TLS", "EOF", "connection reset", "deadline exceeded") ? new(PullTexts.FailedNetwork, PullTexts.AdviceNetwork)
        : new(PullTexts.FailedOther, PullTexts.AdviceOther);

    private static bool Says(string sentence, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
            if (sentence.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
