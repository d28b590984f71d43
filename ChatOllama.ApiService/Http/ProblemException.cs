using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Http;

/// <summary>
/// Ends a request with the problem answer of the API contract. The status follows from the code.
/// </summary>
/// <param name="code">One of <see cref="ProblemCodes"/>.</param>
/// <param name="detail">A sentence for the caller that says what happened and what to do.</param>
public sealed class ProblemException(string code, string detail, Exception? inner = null) : Exception(detail, inner)
{
    public string Code { get; } = code;

    /// <summary>Field → messages, for <see cref="ProblemCodes.Validation"/>.</summary>
    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>Seconds after which trying again makes sense, sent as <c>Retry-After</c>.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>A 400 that names the field.</summary>
    public static ProblemException Validation(string field, string message) =>
        new(ProblemCodes.Validation, message) { Errors = new() { [field] = [message] } };

    public static ProblemException NotFound(string detail) => new(ProblemCodes.NotFound, detail);

    public static ProblemException Conflict(string detail) => new(ProblemCodes.Conflict, detail);
}
