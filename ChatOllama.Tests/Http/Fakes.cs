using System.Collections.Concurrent;
using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Sessions;
using ChatOllama.Contracts;

namespace ChatOllama.Tests.Http;

/// <summary>Knows two models, <c>tiny:latest</c> and <c>big:7b</c>.</summary>
internal sealed class FakeModels : IModelCatalog
{
    public void NoteUnreachable()
    {
    }

    public ValueTask<ResolvedModel> ResolveAsync(string? nameOrId, CancellationToken cancellationToken) => nameOrId switch
    {
        null or "tiny" or "tiny:latest" => ValueTask.FromResult(new ResolvedModel("1", 1, "tiny:latest", [], 4096, new ModelConfigView())),
        "big:7b" => ValueTask.FromResult(new ResolvedModel("2", 2, "big:7b", [], 4096, new ModelConfigView())),
        _ => throw ProblemException.Validation("model", $"There is no model '{nameOrId}' here."),
    };

    public ValueTask<LoadedModel?> FindLoadedAsync(ResolvedModel model, TimeSpan maxAge, CancellationToken cancellationToken, string? host = null) => ValueTask.FromResult<LoadedModel?>(null);
}

/// <summary>Answers that run because a test says so.</summary>
internal sealed class FakeRunningAnswers : IRunningAnswers
{
    public ConcurrentDictionary<string, RunningAnswer> Answers { get; } = new();
    public ConcurrentQueue<string> StoppedSessions { get; } = new();

    public RunningAnswer? TryGetSnapshot(string messageId) => Answers.GetValueOrDefault(messageId);

    public Task StopSessionAsync(string userId, string sessionId)
    {
        StoppedSessions.Enqueue(sessionId);
        return Task.CompletedTask;
    }
}
