namespace ChatOllama.ApiService.Generations;

/// <summary>What a running answer looks like right now; newer than the database.</summary>
/// <param name="Cursor">How far the text here goes; events after it continue exactly there.</param>
public sealed record RunningAnswer(string Status, string Content, string? Thinking, string Cursor);
