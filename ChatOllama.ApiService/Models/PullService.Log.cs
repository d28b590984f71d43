namespace ChatOllama.ApiService.Models;

/// <summary>What it writes into the log.</summary>
public sealed partial class PullService
{
    [LoggerMessage(LogLevel.Information, "The download of {Model} goes on after the restart")]
    private partial void LogGoesOn(string model);

    [LoggerMessage(LogLevel.Information, "The download of {Model} has ended: {Status} {Sentence}")]
    private partial void LogEnded(string model, string status, string? sentence);

    [LoggerMessage(LogLevel.Warning, "Pulled {Model}, but the list could not be read: {Sentence}")]
    private partial void LogUnlisted(string model, string sentence);

    [LoggerMessage(LogLevel.Error, "Pulling {Model} failed by a mistake of the service")]
    private partial void LogBroken(Exception e, string model);

    [LoggerMessage(LogLevel.Error, "The end of the download of {Model} could not be stored")]
    private partial void LogUnstored(Exception e, string model);

    [LoggerMessage(LogLevel.Error, "The downloads of before could not be read or joined")]
    private partial void LogUnreadable(Exception e);
}
