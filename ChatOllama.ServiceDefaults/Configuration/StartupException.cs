namespace ChatOllama.ServiceDefaults.Configuration;

/// <summary>Something that keeps a service from starting, told in one line that says what to do. <see cref="Hosting.ServiceRunner"/> prints it and ends with exit code 1.</summary>
public class StartupException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A setting with a value that cannot be used.</summary>
/// <param name="name">The variable, e.g. <c>RATE_LIMIT</c>.</param>
/// <param name="expected">What it should be, as the end of a sentence: <c>a whole number from 1 to 100000</c>.</param>
/// <param name="shown">The value as it may be shown, masked where it is secret.</param>
/// <param name="source">Where the value came from.</param>
public sealed class SettingException(string name, string expected, string shown, string source)
    : StartupException($"{name} is '{shown}' ({source}), but must be {expected}.")
{
    /// <summary>The variable.</summary>
    public string Name { get; } = name;
}
