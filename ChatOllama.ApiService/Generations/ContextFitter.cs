namespace ChatOllama.ApiService.Generations;

/// <summary>Decides which messages of a branch go to the model. Pure.</summary>
public static class ContextFitter
{
    /// <summary>Characters that a message costs beside its text: role and template.</summary>
    public const int MessageOverhead = 16;

    /// <summary>
    /// Drops the oldest whole turns (a question and what follows up to the next question) until the rest fits.
    /// The last turn is never dropped, and the system prompt is not a turn.
    /// </summary>
    /// <param name="isQuestion">Of each message of the branch, oldest first.</param>
    /// <param name="chars">Of each message, its size in characters.</param>
    /// <param name="fixedChars">Size of what is always sent: the system prompt.</param>
    /// <param name="budgetChars">Room for everything; null when it is not known, then nothing is dropped.</param>
    /// <returns>How many messages to leave out at the beginning.</returns>
    public static int Fit(IReadOnlyList<bool> isQuestion, IReadOnlyList<int> chars, int fixedChars, double? budgetChars)
    {
        if (budgetChars is not { } budget) return 0;
        var total = (double)fixedChars + chars.Sum();
        var dropped = 0;
        while (total > budget && NextQuestion(isQuestion, dropped + 1) is { } next)
        {
            for (var i = dropped; i < next; i++) total -= chars[i];
            dropped = next;
        }
        return dropped;
    }

    /// <summary>
    /// Room for the prompt in tokens: the context less what the answer needs. An answer of unknown length gets an eighth of the context, at most 1,024 tokens.
    /// </summary>
    public static int PromptBudget(int contextLength, int? maxTokens) =>
        contextLength - Math.Min(maxTokens ?? Math.Min(1024, contextLength / 8), contextLength / 2);

    private static int? NextQuestion(IReadOnlyList<bool> isQuestion, int from)
    {
        for (var i = from; i < isQuestion.Count; i++)
            if (isQuestion[i]) return i;
        return null;
    }
}
