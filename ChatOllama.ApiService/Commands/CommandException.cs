namespace ChatOllama.ApiService.Commands;

/// <summary>The command was called in a way it does not take. The message is a sentence for the operator.</summary>
public sealed class CommandException(string message) : Exception(message);
