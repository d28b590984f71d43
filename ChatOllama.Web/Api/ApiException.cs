using ChatOllama.Contracts;
using ChatOllama.Web.Components.Shared;

namespace ChatOllama.Web.Api;

/// <summary>The api refused a call, or does not answer. The message is a sentence for people.</summary>
public sealed class ApiException(Problem problem, Exception? inner = null) : Exception(problem.Detail ?? problem.Title, inner)
{
    public Problem Problem { get; } = problem;

    public static ApiException Unreachable(Exception? inner = null) => new(ApiProblems.Unreachable(null), inner);
}

/// <summary>Problems that the web states itself, in the api's shape and in the visitor's language; what is forwarded has none, so there it is English.</summary>
internal static class ApiProblems
{
    public static Problem Unreachable(string? instance) => Of(ProblemCodes.Overloaded, 503, ProblemTexts.TitleNotReady, ProblemTexts.DetailNotReady, instance);

    public static Problem NotForEverybody(string? instance) => Of(ProblemCodes.Forbidden, 403, ProblemTexts.TitleForbidden, ProblemTexts.DetailAdmin, instance);

    public static Problem Of(string code, int status, string title, string detail, string? instance = null) => new()
    {
        Type = "urn:chatollama:problem:" + code,
        Code = code,
        Title = title,
        Status = status,
        Detail = detail,
        Instance = instance,
    };
}
