using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Ollama;

public static class OllamaProblems
{
    /// <summary>The problem of the API contract for a fault of Ollama; the sentence stays Ollama's own.</summary>
    public static ProblemException ToProblem(this OllamaException e) => e.Kind switch
    {
        OllamaFault.Unreachable => new(ProblemCodes.OllamaUnreachable, e.Sentence, e) { RetryAfterSeconds = 5 },
        OllamaFault.Busy => new(ProblemCodes.Overloaded, e.Sentence, e) { RetryAfterSeconds = 5 },
        OllamaFault.Timeout => new(ProblemCodes.OllamaTimeout, e.Sentence, e),
        OllamaFault.ContextOverflow => new(ProblemCodes.ContextOverflow, e.Sentence, e),
        _ => new(ProblemCodes.Ollama, e.Sentence, e),
    };
}
