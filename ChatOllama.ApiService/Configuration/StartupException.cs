namespace ChatOllama.ApiService.Configuration;

/// <summary>Stops the start with one clear line for the operator; no stack trace is printed for it.</summary>
public sealed class StartupException(string message) : Exception(message);
