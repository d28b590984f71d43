namespace ChatOllama.ApiService.Generations;

/// <summary>What a running answer looks like right now; newer than the database.</summary>
/// <param name="Cursor">How far the text here goes; events after it continue exactly there.</param>
public sealed record RunningAnswer(string Status, string Content, string? Thinking, string Cursor)
{
    /// <summary>See <see cref="Contracts.ChatPhases"/>.</summary>
    public string? Phase { get; init; }

    /// <summary>With phase <c>queued</c>: the place in the queue.</summary>
    public int? Place { get; init; }

    /// <summary>Since it was asked for. Not the message's age: an answer may be continued days later.</summary>
    public TimeSpan Age { get; init; }
}
