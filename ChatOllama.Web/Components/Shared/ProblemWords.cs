using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Shared;

/// <summary>Problems in the visitor's language, by their code. What the api says in its own words stays as it said it.</summary>
internal static class ProblemWords
{
    public static string Title(Problem problem) => IsOurs(problem) ? problem.Title : Texts(problem).Title;

    public static string Advice(Problem problem) => IsOurs(problem) ? problem.Detail ?? "" : Texts(problem).Advice;

    /// <summary>What the api said itself; null where it says no more than the title, or the web states the problem in the visitor's words already.</summary>
    public static string? Said(Problem problem) => IsOurs(problem) || problem.Code == ProblemCodes.NotFound ? null : problem.Detail;

    /// <summary>The api numbers every request; what the web states has no such number.</summary>
    private static bool IsOurs(Problem problem) => problem.TraceId is null;

    private static (string Title, string Advice) Texts(Problem problem) => problem.Code switch
    {
        ProblemCodes.NotFound => (ProblemTexts.TitleNotFound, ProblemTexts.AdviceNotFound),
        ProblemCodes.Unauthorized => (ProblemTexts.TitleUnauthorized, ProblemTexts.AdviceUnauthorized),
        ProblemCodes.Forbidden => (ProblemTexts.TitleForbidden, ProblemTexts.AdviceForbidden),
        ProblemCodes.Conflict => (ProblemTexts.TitleConflict, ProblemTexts.AdviceConflict),
        ProblemCodes.PayloadTooLarge => (ProblemTexts.TitleTooLarge, ProblemTexts.AdviceTooLarge),
        ProblemCodes.RateLimit => (ProblemTexts.TitleRateLimit, ProblemTexts.AdviceRateLimit),
        ProblemCodes.Ollama => (ProblemTexts.TitleOllama, ProblemTexts.AdviceOllama),
        ProblemCodes.OllamaUnreachable => (ProblemTexts.TitleOllamaUnreachable, ProblemTexts.AdviceOllamaUnreachable),
        ProblemCodes.OllamaTimeout => (ProblemTexts.TitleOllamaTimeout, ProblemTexts.AdviceOllamaTimeout),
        ProblemCodes.DiskFull => (ProblemTexts.TitleDiskFull, ProblemTexts.AdviceDiskFull),
        ProblemCodes.DiskFailed => (ProblemTexts.TitleDiskFailed, ProblemTexts.AdviceDiskFailed),
        ProblemCodes.Overloaded => (ProblemTexts.TitleOverloaded, ProblemTexts.AdviceOverloaded),
        ProblemCodes.ContextOverflow => (ProblemTexts.TitleContextOverflow, ProblemTexts.AdviceContextOverflow),
        _ when problem.Status < 500 => (ProblemTexts.TitleValidation, ProblemTexts.AdviceValidation),
        _ => (ProblemTexts.TitleInternal, ProblemTexts.AdviceInternal),
    };
}
