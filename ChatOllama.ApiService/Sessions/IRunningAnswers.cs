using ChatOllama.ApiService.Generations;

namespace ChatOllama.ApiService.Sessions;

/// <summary>What sessions need to know of the answers that are being written right now. Thread-safe.</summary>
public interface IRunningAnswers
{
    /// <summary>The answer as far as it has come; null when it does not run.</summary>
    RunningAnswer? TryGetSnapshot(string messageId);

    /// <summary>Stops every answer of a session and waits until none of them writes any more.</summary>
    Task StopSessionAsync(string userId, string sessionId);
}
